/** `msa validate`: checks rule files as an agent would, before it does, and tells what is legal but most likely not meant. */

import { z } from 'zod';
import { lintRules } from '../decide/lint/lintRules.ts';
import { loadRules } from '../decide/rule/load.ts';
import type { KnownNames } from '../decide/rule/readingScope.ts';
import { ask } from './ask.ts';
import { problemText } from './problemText.ts';
import { ruleFilesAt } from './ruleFilesAt.ts';
import type { Paint } from './table.ts';

export interface ValidateOptions {
  /** The services that there are; a rule that names another one is not valid. */
  readonly services?: string;
  /** An agent that knows which services and regions there are. */
  readonly url?: string;
}

/** Checks files, and all files of folders, as one set. Returns what to print, whether the set is valid, and how many warnings it has. */
export async function validate(
  paths: readonly string[],
  options: ValidateOptions,
  paint: Paint,
): Promise<{ readonly text: string; readonly valid: boolean; readonly warnings: number }> {
  const files = await ruleFilesAt(paths);
  const loaded = loadRules(files, await knownNames(options));
  if (!loaded.ok) {
    const told = loaded.problems.map((problem) => problemText(problem, paint));
    return { text: told.join('\n\n'), valid: false, warnings: 0 };
  }
  const { rules, version, hash } = loaded.rules;
  const findings = lintRules(loaded.rules);
  const counts =
    findings.length === 0 ? '' : `, ${findings.length} ${findings.length === 1 ? 'warning' : 'warnings'}`;
  return {
    text: [
      ...findings.map((finding) => problemText(finding, paint, ` ${paint('yellow', 'warning')}:`)),
      `${paint('green', 'valid')}: ${rules.length} rules in ${files.length} files, version ${version}, hash ${hash}${counts}`,
    ].join('\n\n'),
    valid: true,
    warnings: findings.length,
  };
}

const facts = z.looseObject({
  facts: z.looseObject({
    region: z.string(),
    services: z.record(z.string(), z.unknown()),
    regions: z.record(z.string(), z.looseObject({ services: z.record(z.string(), z.unknown()) })),
  }),
});

async function knownNames({ services, url }: ValidateOptions): Promise<KnownNames> {
  const named = services?.split(',').map((name) => name.trim()) ?? [];
  if (url === undefined) return services === undefined ? {} : { services: named };
  const { facts: known } = await ask(url, '/api/v1/facts', facts);
  const there = Object.values(known.regions).flatMap((region) => Object.keys(region.services));
  return {
    services: [...new Set([...named, ...Object.keys(known.services), ...there])],
    regions: [known.region, ...Object.keys(known.regions)],
  };
}
