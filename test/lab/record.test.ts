/** The judge of the lab's records, on records that are made up. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Expected, summarise, type Trace } from './record.ts';

const expected: Expected = { away: [], touches: () => false, limited: ['db'] };

/** One answer every 50 ms that took 4 ms each: `u` up, `d` down, `-` none. */
function trace(node: string, story: string, service = 'db'): Trace {
  const region = node.split('-')[0] ?? '';
  const answers = [...story].map((letter, index) => {
    const asked = { atMs: 1000 + index * 50, tookMs: 4, body: '' };
    if (letter === '-') return { ...asked, error: 'refused' };
    return { ...asked, status: letter === 'u' ? 200 : 503 };
  });
  const usual = story.startsWith('u') ? 200 : 503;
  return { node, region, service, usual, answers };
}

test('a record without a change has nothing to say', () => {
  const summary = summarise([trace('east-m1', 'uuuu'), trace('west-m1', 'dddd')], expected);
  assert.deepEqual(summary, {
    answers: 8,
    missing: 0,
    silences: [],
    changed: [],
    mostUpAtOnce: 1,
    overlaps: [],
    longestWithoutMs: 4,
  });
});

test('an answer that never came is missing, unless its node was away', () => {
  const traces = [trace('east-m1', 'uu-u')];
  const { missing, silences } = summarise(traces, expected);
  assert.deepEqual([missing, silences], [1, ['east-m1, db, after 100 ms: refused']]);
  assert.equal(summarise(traces, { ...expected, away: ['east-m1'] }).missing, 0);
});

/** Answers for a second, and a beat more. */
const aSecond = 'u'.repeat(20);

test('a node that was away is silent once, in one row, or as often as it is told', () => {
  const away = { ...expected, away: ['east-m1'] };
  assert.equal(summarise([trace('east-m1', 'uu---')], away).missing, 0);
  const twice = trace('east-m1', `u-${aSecond}--u`);
  assert.equal(summarise([twice], { ...away, times: 2 }).missing, 0);
  const { missing, silences } = summarise([twice], away);
  // The longer row is the one that was to be expected; people are told of both.
  assert.equal(missing, 1);
  assert.deepEqual(silences, [
    'east-m1, db, after 50 ms: refused',
    'east-m1, db, after 1100 ms: refused, 2 in a row',
  ]);
});

test('answers that came only afterwards do not end a row of silence', () => {
  const { answers, ...of } = trace('east-m1', `u-${aSecond}-u`);
  const late = answers.map((answer, at) => (at > 1 ? { ...answer, tookMs: 3000 } : answer));
  const traces = [{ ...of, answers: late }];
  assert.equal(summarise(traces, { ...expected, away: ['east-m1'] }).missing, 0);
});

test('answers for less than a second do not end a row of silence', () => {
  const story = `u-${aSecond.slice(1)}--u`;
  assert.equal(summarise([trace('east-m1', story)], { ...expected, away: ['east-m1'] }).missing, 0);
  assert.equal(summarise([trace('east-m1', story)], expected).missing, 3);
});

test('an answer other than the first is a change, unless the failure touches that service there', () => {
  const traces = [trace('east-m1', 'u-d'), trace('east-m2', 'dud')];
  assert.deepEqual(summarise(traces, expected).changed, [
    'east-m1, db, after 100 ms: 503 ',
    'east-m2, db, after 50 ms: 200 ',
  ]);
  const touches = (service: string, node: string) => service === 'db' && node === 'east-m1';
  assert.equal(summarise(traces, { ...expected, touches }).changed.length, 1);
});

test('a node that was away must come back with the answer that it had', () => {
  const away = { ...expected, limited: [], away: ['east-m1'] };
  assert.deepEqual(summarise([trace('east-m1', 'u--u')], away).changed, []);
  assert.equal(summarise([trace('east-m1', 'u--du')], away).changed.length, 1);
});

test('about what is limited it may be careful first, but never say more than before, nor take it back', () => {
  const away = { ...expected, away: ['east-m1'] };
  assert.deepEqual(summarise([trace('east-m1', 'u--ddu')], away).changed, []);
  assert.equal(summarise([trace('east-m1', 'u--dud')], away).changed.length, 1);
  assert.equal(summarise([trace('east-m1', 'd--ud')], away).changed.length, 1);
  assert.equal(summarise([trace('east-m2', 'u--du')], away).changed.length, 1);
});

test('an answer that was overtaken counts from when it came', () => {
  const away = { ...expected, away: ['east-m1'] };
  /** The answer to that question comes 220 ms later than others. */
  const overtaken = (story: string, late: number): Trace => {
    const one = trace('east-m1', story);
    const answers = one.answers.map((answer, at) => (at === late ? { ...answer, tookMs: 224 } : answer));
    return { ...one, answers };
  };
  for (const [story, late] of [
    ['u-u-ddu', 2],
    ['uu-u-du', 3],
    ['u-----du', 0],
  ] as const) {
    const { missing, changed } = summarise([overtaken(story, late)], away);
    assert.deepEqual([missing, changed], [0, []], story);
  }
  assert.equal(summarise([trace('east-m1', `u-${aSecond}-ddu`)], away).missing, 1);
  assert.equal(summarise([overtaken('u-u-dud', 2)], away).changed.length, 1);
});

for (const [what, east, west, most] of [
  ['after one another', 'uuudddd', 'dddduuu', 1],
  ['at once for one beat', 'uuuudddd', 'dduuuuuu', 2],
  ['at once, once each', 'ddudd', 'ddudd', 2],
  ['with a single answer within the row of another', 'uuuuu', 'ddudd', 2],
  ['at once only where neither is known to be', 'uudd', 'dduu', 1],
  ['with silence where the other is up', 'uu---uu', 'ddduddd', 1],
] as const) {
  test(`two regions that are up ${what}: ${most}`, () => {
    const traces = [trace('east-m1', east), trace('west-m1', west)];
    const { mostUpAtOnce, overlaps } = summarise(traces, expected);
    assert.equal(mostUpAtOnce, most);
    assert.equal(overlaps.length, most - 1);
  });
}

test('two nodes of one region count once', () => {
  const traces = [trace('east-m1', 'uuud'), trace('east-m2', 'uuuu')];
  assert.equal(summarise(traces, expected).mostUpAtOnce, 1);
});

test('any node of a region makes it up', () => {
  const traces = [trace('east-m1', 'uddd'), trace('east-m2', 'uuud'), trace('west-m1', 'duuu')];
  assert.equal(summarise(traces, expected).mostUpAtOnce, 2);
});

test('services are judged each by itself, and only those that are limited', () => {
  const traces = [trace('east-m1', 'uuuu'), trace('west-m1', 'uuuu', 'ledger')];
  assert.equal(summarise(traces, { ...expected, limited: ['db', 'ledger'] }).mostUpAtOnce, 1);
  const both = [trace('east-m1', 'uuuu', 'news'), trace('west-m1', 'uuuu', 'news')];
  assert.deepEqual(summarise(both, expected).mostUpAtOnce, 0);
});

test('the time without any lasts from the last "up" of anybody to the next', () => {
  const traces = [trace('east-m1', 'uuuddddd'), trace('west-m1', 'ddddd-uu')];
  // Asked for at 100 ms the last time, and had at 304 ms again.
  assert.equal(summarise(traces, expected).longestWithoutMs, 204);
});

test('a service that does not come back is without to the end of the record', () => {
  assert.equal(summarise([trace('east-m1', 'uuddd')], expected).longestWithoutMs, 150);
  assert.equal(summarise([trace('east-m1', 'ddddd')], expected).longestWithoutMs, 200);
});
