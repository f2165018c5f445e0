import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextDue, type Occasion } from '../../agent/probe/due.ts';
import { scheduleOf } from '../../agent/probe/schedule.ts';
import { planFor } from './target.ts';

const plan = planFor({ kind: 'tcp', port: 1 });
const usual: Occasion = {
  nowMs: 100_010,
  askedAtMs: 100_000,
  first: false,
  inTransition: false,
  random: 0.5,
};

/** How long after the last question the next is due. */
function after(changes: Partial<Occasion>): number {
  const occasion = { ...usual, ...changes };
  return nextDue(plan, undefined, occasion).atMs - occasion.askedAtMs;
}

describe('the next question', () => {
  it('is due one interval after the last, give or take a tenth', () => {
    assert.equal(after({ random: 0 }), 4_500);
    assert.equal(after({ random: 0.5 }), 5_000);
    assert.equal(after({ random: 0.999_999 }), 5_500);
  });

  it('after the very first falls anywhere within one interval', () => {
    assert.equal(after({ first: true, random: 0 }), 0);
    assert.equal(after({ first: true, random: 0.7 }), 3_500);
  });

  it('falls on one of fifty instants per interval, so that many can be asked at once', () => {
    const due = nextDue(plan, undefined, { ...usual, askedAtMs: 100_001 });
    assert.deepEqual(due, { atMs: 105_100, ask: true });
  });

  it('comes fast, and never later than that, while outcomes and health disagree', () => {
    assert.equal(after({ inTransition: true, random: 0 }), 900);
    assert.equal(after({ inTransition: true, first: true, random: 0.999_999 }) <= 1_000, true);
  });
});

describe('a schedule', () => {
  const quarterPastTwo = Date.UTC(2026, 10, 22, 2, 15);

  it('is looked at minute by minute, and asks where it matches, in UTC', () => {
    const schedule = scheduleOf('15 2 * * SUN');
    const at = (nowMs: number) => nextDue(plan, schedule, { ...usual, nowMs });
    assert.deepEqual(at(quarterPastTwo - 61_000), { atMs: quarterPastTwo - 60_000, ask: false });
    assert.deepEqual(at(quarterPastTwo - 60_000), { atMs: quarterPastTwo, ask: true });
    assert.deepEqual(at(quarterPastTwo - 1), { atMs: quarterPastTwo, ask: true });
    assert.deepEqual(at(quarterPastTwo), { atMs: quarterPastTwo + 60_000, ask: false });
  });

  it('with seconds is looked at second by second', () => {
    const schedule = scheduleOf('*/10 * * * * *');
    const at = (nowMs: number) => nextDue(plan, schedule, { ...usual, nowMs });
    assert.deepEqual(at(quarterPastTwo), { atMs: quarterPastTwo + 1_000, ask: false });
    assert.deepEqual(at(quarterPastTwo + 9_500), { atMs: quarterPastTwo + 10_000, ask: true });
  });

  it('gives way to the fast interval while outcomes and health disagree', () => {
    const due = nextDue(plan, scheduleOf('15 2 * * *'), { ...usual, inTransition: true, random: 0 });
    assert.deepEqual(due, { atMs: usual.askedAtMs + 900, ask: true });
  });

  for (const bad of ['', 'nonsense', '61 * * * *', '* * * *', '* * * * * * *']) {
    it(`is not read from ${JSON.stringify(bad)}`, () => {
      assert.equal(scheduleOf(bad), undefined);
    });
  }
});
