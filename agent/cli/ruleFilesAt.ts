/** The rule files that a command is told of: files themselves, or all files of folders. */

import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type RuleFile, readRuleFiles } from '../loop/ruleFiles.ts';
import { CommandError } from './ask.ts';

/** The files at all paths, named by their paths. Throws a CommandError where there are none. */
export async function ruleFilesAt(paths: readonly string[]): Promise<readonly RuleFile[]> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const byName = new Map(files.map((file) => [file.name, file]));
  return [...byName.values()];
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
      'Rule files end in .json; tests (*.test.json) and schemas are none.',
    );
  return wanted.map(({ name, text }) => ({ name: join(folder, name), text }));
}
