import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWindow, parseWindow } from '../../agent/decide/cron.ts';
import type { Maintenance } from '../../agent/model.ts';
import { facts, follow, reportsOf, rules, service, startMs } from './make.ts';

const at = (text: string) => Date.parse(text);

function window(text: string) {
  const read = parseWindow(text);
  assert.ok(read.ok);
  const made = createWindow(read.value);
  assert.ok(made);
  return made;
}

/** Where the window is open: from, to. */
function openings(text: string, from: string, count: number): readonly string[] {
  const made = window(text);
  const found: string[] = [];
  let nowMs = at(from);
  while (found.length < count * 2) {
    const { untilMs } = made.at(nowMs);
    assert.ok(untilMs > nowMs, 'an answer holds for some time');
    found.push(new Date(untilMs).toISOString().slice(0, 16));
    nowMs = untilMs;
  }
  return found;
}

test('a window opens at its time, in its time zone, across the change of clocks', () => {
  assert.deepEqual(openings('0 2 * * SUN 2h Europe/Berlin', '2026-10-20T00:00:00Z', 2), [
    '2026-10-25T00:00',
    '2026-10-25T02:00',
    '2026-11-01T01:00',
    '2026-11-01T03:00',
  ]);
});

test('a time that the clocks skip falls into the hour after', () => {
  assert.deepEqual(openings('30 2 * * * 1h Europe/Berlin', '2026-03-28T12:00:00Z', 2), [
    '2026-03-29T01:30',
    '2026-03-29T02:30',
    '2026-03-30T00:30',
    '2026-03-30T01:30',
  ]);
});

test('a window that is longer than the time between its starts stays open', () => {
  const made = window('0 * * * * 90m');
  for (let hour = 0; hour < 5; hour++)
    assert.equal(made.at(at('2026-05-01T00:00:00Z') + hour * 3_600_000 + 1).open, true);
});

test('the edges belong to the window at its start and not at its end', () => {
  const made = window('0 2 * * * 2h');
  assert.equal(made.at(at('2026-05-01T01:59:59.999Z')).open, false);
  assert.equal(made.at(at('2026-05-01T02:00:00Z')).open, true);
  assert.equal(made.at(at('2026-05-01T03:59:59.999Z')).open, true);
  assert.equal(made.at(at('2026-05-01T04:00:00Z')).open, false);
});

test('the words of a cron expression: the last day, the second Friday, the nearest working day', () => {
  assert.deepEqual(
    openings('0 0 L * * 1h', '2026-02-01T00:00:00Z', 2).filter((_, index) => index % 2 === 0),
    ['2026-02-28T00:00', '2026-03-31T00:00'],
  );
  assert.deepEqual(openings('0 0 * * 5#2 1h', '2026-05-01T00:00:00Z', 1)[0], '2026-05-08T00:00');
  assert.deepEqual(openings('0 0 * * 5L 1h', '2026-05-01T00:00:00Z', 1)[0], '2026-05-29T00:00');
  assert.deepEqual(openings('0 0 15W * * 1h', '2026-08-01T00:00:00Z', 1)[0], '2026-08-14T00:00');
  assert.deepEqual(openings('0 0 29 2 * 1h', '2026-03-01T00:00:00Z', 1)[0], '2028-02-29T00:00');
});

test('a day that never comes is refused', () => {
  assert.equal(parseWindow('0 0 30 2 * 1h').ok, false);
});

test('a time that clocks show twice is the first of the two', () => {
  assert.deepEqual(openings('30 2 * * * 1h Europe/Berlin', '2026-10-24T12:00:00Z', 1), [
    '2026-10-25T00:30',
    '2026-10-25T01:30',
  ]);
});

test('a maintenance window drains while it is open, and the decision says when to look again', () => {
  const maintenance: Maintenance = {
    kind: 'window',
    cron: '0 2 * * *',
    lengthMs: 3_600_000,
    timeZone: 'UTC',
  };
  const given = facts([service('db', 'healthy', { maintenance })]);
  const agent = follow();
  const seconds = (text: string) => (at(text) - startMs) / 1000;
  assert.equal(agent.at(seconds('2026-05-01T01:00:00Z'), given).wakeAtMs, at('2026-05-01T02:00:00Z'));
  const open = agent.at(seconds('2026-05-01T02:00:00Z'), given);
  assert.deepEqual(reportsOf(open), { db: 'drain' });
  assert.equal(open.wakeAtMs, at('2026-05-01T03:00:00Z'));
  assert.deepEqual(reportsOf(agent.at(seconds('2026-05-01T03:00:00Z'), given)), { db: 'up' });
});

test('a rule can ask whether a window is open', () => {
  const set = rules({
    name: 'night',
    if: { during: '0 22 * * * 8h Europe/Berlin' },
    then: { service: 'batch', report: 'up' },
    else: { service: 'batch', report: 'down' },
  });
  const agent = follow(set);
  const seconds = (text: string) => (at(text) - startMs) / 1000;
  const given = facts([service('batch')]);
  assert.deepEqual(reportsOf(agent.at(seconds('2026-05-01T12:00:00Z'), given)), { batch: 'down' });
  assert.deepEqual(reportsOf(agent.at(seconds('2026-05-01T20:00:00Z'), given)), { batch: 'up' });
});
