/** The rules that a command decides by, from files. */

import { sep } from 'node:path';
import { loadRules } from '../decide/rule/load.ts';
import type { RuleSet } from '../decide/rule/rule.ts';
import { CommandError } from './ask.ts';
import { problemText } from './problemText.ts';
import { ruleFilesAt } from './ruleFilesAt.ts';

/** All files as one set, named below their folders as an agent names them. Throws a CommandError where they are not valid. */
export async function rulesOf(paths: readonly string[]): Promise<RuleSet> {
  const files = await ruleFilesAt(paths);
  const loaded = loadRules(files.map(({ name, text }) => ({ name: shortName(name, paths), text })));
  if (loaded.ok) return loaded.rules;
  throw new CommandError(
    loaded.problems.map((problem) => problemText(problem, (_style, text) => text)).join('\n'),
    'Mend the rules first: msa validate shows the same.',
    1,
  );
}

function shortName(name: string, paths: readonly string[]): string {
  const folder = paths
    .map((path) => (path.endsWith(sep) ? path : `${path}${sep}`))
    .find((path) => name.startsWith(path));
  return folder === undefined ? name : name.slice(folder.length);
}
