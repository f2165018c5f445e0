/** What `msa test` shows of its results in the terminal. */

import { renderExplanation } from '../decide/explain.ts';
import type { RuleProblem } from '../decide/rule/rule.ts';
import type { Difference } from '../decide/trial/compare.ts';
import type { TrialResult } from '../decide/trial/runTrial.ts';
import { formatDuration } from '../duration.ts';
import { problemText } from './problemText.ts';
import type { Paint } from './table.ts';

export interface FileOfTests {
  readonly file: string;
  /** What is wrong with the file, or with its rules: then its tests did not run. */
  readonly problems: readonly RuleProblem[];
  readonly results: readonly TrialResult[];
}

/** Did everything pass, and was there anything? */
export function allPassed(files: readonly FileOfTests[]): boolean {
  const isGood = files.every(
    ({ problems, results }) =>
      problems.length === 0 && results.every(({ differences }) => differences.length === 0),
  );
  return isGood && files.some(({ results }) => results.length > 0);
}

/** One line for each test that passed; for one that failed, what was expected, what came instead, and why. */
export function testText(files: readonly FileOfTests[], paint: Paint, color: boolean): string {
  const shown = files.filter(({ problems, results }) => problems.length + results.length > 0);
  const parts = shown.map(({ file, problems, results }) =>
    [
      paint('bold', file),
      ...results.map((result) => resultText(result, paint, color)),
      ...problems.map((problem) => indent(problemText(problem, paint))),
    ].join('\n'),
  );
  return [...parts, summary(files, paint)].join('\n\n');
}

function summary(files: readonly FileOfTests[], paint: Paint): string {
  const results = files.flatMap((file) => file.results);
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  const broken = files.filter(({ problems }) => problems.length > 0).length;
  const words = [
    paint('green', `${results.length - failed} passed`),
    ...(failed === 0 ? [] : [paint('red', `${failed} failed`)]),
    ...(broken === 0 ? [] : [paint('red', `${broken} of ${files.length} files could not be run`)]),
  ];
  return results.length + broken === 0 ? paint('yellow', 'no test has such a name') : words.join(', ');
}

function resultText({ trial, differences }: TrialResult, paint: Paint, color: boolean): string {
  if (differences.length === 0) return `  ${paint('green', '✓')} ${trial.name}`;
  return [
    `  ${paint('red', '✗')} ${trial.name}`,
    ...differences.map((difference) => indent(differenceText(difference, paint, color))),
  ].join('\n');
}

/** What was expected, what came instead, and why. */
export function differenceText(difference: Difference, paint: Paint, color: boolean): string {
  const { where, atMs, what, expected, got, explanation } = difference;
  const place = paint('dim', `${where.file}:${where.line}:${where.column}`);
  const lines = [
    `at ${formatDuration(atMs)}, ${paint('bold', what)}  ${place}`,
    `  expected  ${paint('green', expected)}`,
    `  got       ${paint('red', got)}`,
  ];
  if (explanation !== undefined)
    lines.push(indent(renderExplanation(explanation.tree, { nowMs: explanation.nowMs, color })));
  return lines.join('\n');
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}
