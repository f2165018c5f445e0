/** Runs trials that a test writes down, with the real labels, and tells in one line each what was not as expected. */

import assert from 'node:assert/strict';
import { loadRules } from '../../../agent/decide/rule/load.ts';
import { readTrials } from '../../../agent/decide/trial/readTrials.ts';
import { runTrial } from '../../../agent/decide/trial/runTrial.ts';
import { planOf } from '../../../agent/discover/labels.ts';
import type { Json } from '../../../agent/model.ts';

/** `at 10s east/db: expected report up, got report down`, one for each difference; none: the trial passed. */
export function tryOut(
  trial: { readonly [key: string]: Json },
  rules: readonly Json[] = [],
): readonly string[] {
  const text = JSON.stringify({ tests: [{ name: 'the trial', ...trial }] });
  const read = readTrials({ name: 'a.test.json', text });
  assert.ok(
    read.ok,
    read.ok ? '' : read.problems.map(({ message, hint }) => `${message}: ${hint}`).join('\n'),
  );
  const loaded = loadRules([{ name: 'a.json', text: JSON.stringify({ rules }) }]);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.problems.map(({ message }) => message).join('\n'));
  return read.trials.flatMap((one) =>
    runTrial({ trial: one, rules: loaded.rules, stack: {}, planOf }).differences.map(
      ({ atMs, what, expected, got }) => `at ${atMs / 1000}s ${what}: expected ${expected}, got ${got}`,
    ),
  );
}

/** What is wrong with a file: `line:column: message (hint)`. */
export function mistakesIn(text: string): readonly string[] {
  const read = readTrials({ name: 'a.test.json', text });
  return read.ok
    ? []
    : read.problems.map(({ line, column, message, hint }) => `${line}:${column}: ${message} (${hint})`);
}
