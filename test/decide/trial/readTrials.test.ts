/** A file of trials is read whole, or every mistake in it is told with its place and what to do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTrials } from '../../../agent/decide/trial/readTrials.ts';
import { mistakesIn } from './trying.ts';

/** A good file but for one part of its only test. */
const withTest = (part: string): string => `{ "given": { "east": { "db": "up" }, "west": { "db": "up" } },
  "tests": [ { "name": "one", ${part} } ] }`;
const withStep = (part: string): string => withTest(`"at": [ { "t": "1s", ${part} } ]`);

const mistakes: readonly (readonly [what: string, text: string, told: string])[] = [
  [
    'no tests',
    '{}',
    '1:1: the file has no list of "tests" (write "tests": [ { "name": "…", "at": [ … ] } ])',
  ],
  [
    'a misspelt key',
    withTest('"alwys": [], "at": [ { "t": "0s" } ]'),
    '2:31: unknown key "alwys" in a test (did you mean "always"?)',
  ],
  [
    'no name',
    '{ "given": { "east": "up" }, "tests": [ { "at": [ { "t": "0s" } ] } ] }',
    '1:41: a test has no "name" (say in a sentence what holds, as in "a lost region is taken over")',
  ],
  [
    'no regions',
    '{ "tests": [ { "name": "one", "at": [ { "t": "0s" } ] } ] }',
    '1:14: no regions are given (add "given": { "east": { "db": "up" } } to the test or the file)',
  ],
  [
    'no steps',
    withTest('"at": []'),
    '2:37: a test has no list "at" of what happens when (write "at": [ { "t": "0s", "expect": { "db": "up" } } ])',
  ],
  [
    'a time without a unit',
    withTest('"at": [ { "t": "30" } ]'),
    '2:46: "30" is no length of time (write it as in "20s", "500ms" or "1m30s")',
  ],
  [
    'a step without a time',
    withTest('"at": [ { "expect": {} } ]'),
    '2:39: a step has no "t" (say when, as in "t": "30s")',
  ],
  [
    'steps in the wrong order',
    withTest('"at": [ { "t": "2s" }, { "t": "1s" } ]'),
    '2:54: a step is not later than the one before (put the steps in order of their "t"; all that happens at one instant is one step)',
  ],
  [
    'a situation that is none',
    withStep('"set": { "db": "2/1" }'),
    '2:67: "2/1" does not say how a service is (write "up", "down", "unknown", "silent", "none", "absent" or "2/3", then properties, as in "up write version=7")',
  ],
  [
    'an unknown region',
    withStep('"cut": "wst"'),
    '2:59: the test has no region "wst" (did you mean "west"?)',
  ],
  [
    'a link to itself',
    withStep('"cut": "east <> east"'),
    '2:59: "east <> east" can\'t be cut (write "west", or "east <> west" for one link)',
  ],
  [
    'a region of a service misspelt',
    withStep('"expect": { "esat/db": "up" }'),
    '2:64: the test has no region "esat" (did you mean "east"?)',
  ],
  [
    'a report that is none',
    withStep('"expect": { "east/db": "on" }'),
    '2:75: "on" is nothing to expect (write "up", "down", "drain" or "unknown", or an object with "report", "state", "because" …)',
  ],
  [
    'a region named twice',
    withStep('"expect": { "east/db": "up only in west" }'),
    '2:75: "up only in west" is nothing to expect (write "up", "down", "drain" or "unknown", or an object with "report", "state", "because" …)',
  ],
  [
    'an unknown detail',
    withStep('"expect": { "db": { "raport": "up" } }'),
    '2:72: unknown key "raport" in what is expected of db (did you mean "report"?)',
  ],
  [
    'an override that is none',
    withStep('"override": { "db": "off" }'),
    '2:72: an override is none of "up", "down", "drain" and null (null takes it back)',
  ],
  [
    'a claim that is none',
    withTest('"never": ["db is broken"], "at": [ { "t": "0s" } ]'),
    '2:41: "db is broken" is no sentence that can hold or not (write "db up in at most 1 region", "west/db up" or "webhook db-failover"; the numbers may also be "at least", "exactly", "more than", "fewer than")',
  ],
  [
    'an instant that is none',
    withTest('"start": "tomorrow", "at": [ { "t": "0s" } ]'),
    '2:40: "tomorrow" is no instant (write it in UTC, as in "2026-03-29T00:30:00Z")',
  ],
  [
    'an unknown setting',
    withTest('"settings": { "MSA_LOST_AFTR": "1s" }, "at": [ { "t": "0s" } ]'),
    '2:45: unknown key "MSA_LOST_AFTR" in "settings" (did you mean "MSA_LOST_AFTER"?)',
  ],
  ['broken JSON', '{ "tests": [ }', '1:14: "}" where a value should be (is something missing before it?)'],
];

for (const [what, text, told] of mistakes) {
  test(`a mistake is told with its place and its mend: ${what}`, () => {
    assert.deepEqual(mistakesIn(text), [told]);
  });
}

test('a mistake that all tests of a file share is told once', () => {
  const text =
    '{ "given": { "east": "up" }, "never": ["x"], "tests": [ { "name": "a", "at": [{ "t": "0s" }] }, { "name": "b", "at": [{ "t": "0s" }] } ] }';
  assert.equal(mistakesIn(text).length, 1);
});

test('two tests of one name are a mistake', () => {
  const text =
    '{ "given": { "east": "up" }, "tests": [ { "name": "a", "at": [{ "t": "0s" }] }, { "name": "a", "at": [{ "t": "0s" }] } ] }';
  assert.deepEqual(mistakesIn(text), ['1:81: a second test "a" (give each test a name of its own)']);
});

test('a test adds labels to those of its file, and says what is given in its place', () => {
  const read = readTrials({
    name: 'a.test.json',
    text: `{ "labels": { "db": { "msa.priority": 1 }, "app": { "msa.hold": "1s" } }, "given": { "east": "up", "west": "up" },
      "stack": "s.yml",
      "tests": [ { "name": "a", "stack": null, "labels": { "db": { "msa.export": true } }, "given": { "east": "down" }, "at": [ { "t": "0s" } ] } ] }`,
  });
  assert.ok(read.ok);
  const [trial] = read.trials;
  assert.deepEqual(trial?.labels, {
    db: { 'msa.priority': '1', 'msa.export': 'true' },
    app: { 'msa.hold': '1s' },
  });
  assert.deepEqual(Object.keys(trial?.given ?? {}), ['east']);
  assert.equal(trial?.stack, undefined);
});
