/** `msa validate`: checks rule files as an agent would, before it does. */

import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { loadRules } from '../decide/rule/load.ts';
import type { RuleProblem } from '../decide/rule/rule.ts';
import { type RuleFile, readRuleFiles } from '../ruleFiles.ts';
import { CommandError } from './ask.ts';
import type { Paint } from './table.ts';

/** Checks files, and all files of folders, as one set. Returns what to print, and whether the set is valid. */
export async function validate(
  paths: readonly string[],
  paint: Paint,
): Promise<{ readonly text: string; readonly valid: boolean }> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const loaded = loadRules(files);
  if (!loaded.ok)
    return { text: loaded.problems.map((problem) => describe(problem, paint)).join('\n\n'), valid: false };
  const { rules, version, hash } = loaded.rules;
  return {
    text: `${paint('green', 'valid')}: ${rules.length} rules in ${files.length} files, version ${version}, hash ${hash}`,
    valid: true,
  };
}

async function filesAt(path: string): Promise<readonly RuleFile[]> {
  const entry = await stat(path).catch(() => {
    throw new CommandError(`${path} is not there`, 'Name rule files, or folders of them.');
  });
  const folder = entry.isDirectory() ? path : dirname(path);
  const read = await readRuleFiles(folder);
  if (!read.ok) throw new CommandError(read.message, read.hint);
  const wanted = entry.isDirectory() ? read.files : read.files.filter(({ name }) => name === basename(path));
  if (wanted.length === 0)
    throw new CommandError(
      `${path} holds no rules`,
      'Rule files end in .json; tests (*.test.json) and the schema are none.',
    );
  return wanted.map(({ name, text }) => ({ name: join(folder, name), text }));
}

function describe({ file, line, column, rule, message, hint }: RuleProblem, paint: Paint): string {
  const where = paint('bold', `${file}:${line}:${column}`);
  const of = rule === undefined ? '' : ` rule ${rule}:`;
  return `${where}:${of} ${message}\n  ${paint('cyan', hint)}`;
}
