/** `msa test`: runs the tests of rules and labels, in files `*.test.json`. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { loadRules } from '../decide/rule/load.ts';
import type { RuleSet } from '../decide/rule/rule.ts';
import { readTrials } from '../decide/trial/readTrials.ts';
import { runTrial, type TrialResult } from '../decide/trial/runTrial.ts';
import type { Trial } from '../decide/trial/trial.ts';
import { planOf } from '../discover/labels.ts';
import { CommandError } from './ask.ts';
import { ruleFilesAt } from './ruleFilesAt.ts';
import { stackServices } from './stackServices.ts';
import type { FileOfTests } from './testText.ts';

/** What may be changed on the way from the files to the runs, by tests of tests. */
export interface TestHooks {
  readonly changeRules?: (file: { readonly name: string; readonly text: string }) => string;
  readonly changeLabels?: (
    service: string,
    labels: Readonly<Record<string, string>>,
  ) => Readonly<Record<string, string>>;
}

/** Runs all tests in the files, and in all files of the folders, whose name contains the filter. */
export async function runTests(
  paths: readonly string[],
  filter: string | undefined,
  hooks: TestHooks = {},
): Promise<readonly FileOfTests[]> {
  const files = (await Promise.all(paths.map(testFilesAt))).flat();
  return Promise.all(files.map((file) => runFile(file, filter, hooks)));
}

async function runFile(path: string, filter: string | undefined, hooks: TestHooks): Promise<FileOfTests> {
  const read = readTrials({ name: path, text: await readFile(path, 'utf8') });
  if (!read.ok) return { file: path, problems: read.problems, results: [] };
  const results: TrialResult[] = [];
  for (const trial of read.trials) {
    if (filter !== undefined && !trial.name.toLowerCase().includes(filter.toLowerCase())) continue;
    const rules = await rulesOf(trial, path, hooks);
    if (!rules.ok) return { file: path, problems: rules.problems, results };
    const stack = trial.stack === undefined ? {} : await stackServices(join(dirname(path), trial.stack));
    const labelled = Object.entries(stack).map(([name, service]) => {
      const labels = hooks.changeLabels?.(name, service.labels) ?? service.labels;
      return [name, { ...service, labels }] as const;
    });
    results.push(runTrial({ trial, rules: rules.rules, stack: Object.fromEntries(labelled), planOf }));
  }
  return { file: path, problems: [], results };
}

/** The rule files that the test names; else the one of the same name as the test's own, if there is one. */
async function rulesOf(
  trial: Trial,
  path: string,
  { changeRules }: TestHooks,
): Promise<
  | { readonly ok: true; readonly rules: RuleSet }
  | { readonly ok: false; readonly problems: FileOfTests['problems'] }
> {
  const folder = dirname(path);
  const sibling = join(folder, basename(path).replace(/\.test\.json$/, '.json'));
  const named = trial.rules?.map((name) => join(folder, name)) ?? ((await isFile(sibling)) ? [sibling] : []);
  const files = await ruleFilesAt(named);
  return loadRules(files.map((file) => ({ ...file, text: changeRules?.(file) ?? file.text })));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

async function testFilesAt(path: string): Promise<readonly string[]> {
  const entry = await stat(path).catch(() => {
    throw new CommandError(`${path} is not there`, 'Name files *.test.json, or folders that hold some.');
  });
  if (!entry.isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => name.endsWith('.test.json')).toSorted();
  if (files.length === 0)
    throw new CommandError(
      `${path} holds no tests`,
      'Tests of rules end in .test.json; rules/README.md shows one.',
    );
  return files.map((name) => join(path, name));
}
