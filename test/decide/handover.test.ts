/** How a limited service is let go of and taken up. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decided } from '../../agent/decide/decide.ts';
import type { Facts, RegionFacts } from '../../agent/model.ts';
import { createHandingOver, times } from './handingOver.ts';
import { facts, follow, override, region, remote, rules, service, startMs } from './make.ts';

const job = service('job', 'healthy', { maxRegions: 1 });
const released =
  'down: released, since this region hears too few of the others to be sure that nobody took over';

function at(regions: readonly RegionFacts[], more: Partial<Facts> = {}): Facts {
  return { ...facts([job], { regions }), ...more };
}

function told({ decision }: Decided): readonly [string | undefined, string | undefined] {
  const verdict = decision.verdicts.job;
  const placed = verdict?.because.findLast(({ step }) => step === 'placement');
  return [verdict?.report, placed?.says];
}

const idle = remote({ state: 'down', holding: false });
const holding = remote({ state: 'down', holding: true });

test('what is limited is released while this region is cut off, and the guard does not bring it back', () => {
  const one = follow();
  const others = [region('west', { job: idle })];
  assert.equal(told(one.at(0, at(others)))[0], 'up');
  assert.deepEqual(told(one.at(1, at(others, { isolated: true }))), ['down', released]);
  assert.equal(told(one.at(2, at(others)))[0], 'up');
  const lost = [region('west', { job: idle }, 'lost')];
  assert.deepEqual(told(one.at(3, at(lost, { isolated: true }))), ['down', released]);
});

test('cut off, an operator still has the last word, and what is not limited stays', () => {
  const free = service('web');
  const cut = (overrides: Facts['overrides']): Facts => ({
    ...facts([job, free], { regions: [region('west', { job: idle, web: remote() })] }),
    isolated: true,
    overrides,
  });
  const { verdicts } = follow().at(0, cut({ job: override('job', 'up') })).decision;
  assert.deepEqual([verdicts.job?.report, verdicts.web?.report], ['up', 'up']);
});

test('the region that comes first waits until another lets go, and keeps what it has', () => {
  const one = follow();
  const waits = 'down: chosen, but waits until west lets go of it';
  assert.deepEqual(told(one.at(0, at([region('west', { job: holding })]))), ['down', waits]);
  assert.equal(told(one.at(1, at([region('west', { job: idle })])))[0], 'up');
  assert.equal(told(one.at(2, at([region('west', { job: holding })])))[0], 'up');
});

test('the region that serves it goes on until one that comes first serves it or is ready to; an older one does not say', () => {
  const better = { priority: 9, report: 'down', holding: false } as const;
  const given = (west: Partial<typeof holding>): Facts =>
    at([region('west', { job: remote({ ...better, ...west }) })]);
  for (const [west, report] of [
    [{ ready: false }, 'up'],
    [{ ready: true }, 'down'],
    [{ ready: false, holding: true }, 'down'],
    [{}, 'down'],
  ] as const) {
    const one = follow();
    assert.equal(told(one.at(0, at([region('west', { job: idle })])))[0], 'up');
    const [now, says] = told(one.at(1, given(west)));
    assert.equal(now, report, JSON.stringify(west));
    if (now === 'up') assert.equal(says, 'goes on until west is ready to take over');
  }
  assert.equal(told(follow().at(0, given({ ready: false })))[0], 'down', 'one that does not serve it waits');
});

test('a region that comes first says so, and says that it is ready once its claim has stood', () => {
  const west = { ...region('west', { job: holding }), sinceMs: 0 };
  const one = follow();
  const readyAt = (seconds: number, given: Facts) => one.at(seconds, given).decision.verdicts.job?.ready;
  const given = at([west], { settleMs: 4000 });
  assert.equal(readyAt(0, given), false);
  assert.equal(readyAt(3, given), false);
  assert.equal(readyAt(4, given), true);
  assert.equal(readyAt(5, { ...given, isolated: true }), false);
  const better = { ...region('west', { job: remote({ priority: 9 }) }), sinceMs: 0 };
  assert.equal(readyAt(6, at([better], { settleMs: 4000 })), false, 'it does not come first');
  assert.equal(
    readyAt(10, at([{ ...west, services: { job: idle } }], { settleMs: 4000 })),
    undefined,
    'it serves it',
  );
  assert.equal(readyAt(11, at([west])), undefined, 'nobody else is configured');
});

test('handed over in good order, it is up nowhere only while words are on their way', () => {
  const regions = createHandingOver({
    names: ['east', 'west', 'witness'],
    maxRegions: 1,
    random: () => 0.99,
  });
  const seen: string[] = [];
  const run = (steps: number): void => {
    for (let count = 0; count < steps; count++) seen.push(regions.step().join());
  };
  run(2 * times.lostAfter);
  assert.equal(seen.at(-1), 'east');
  seen.length = 0;
  regions.happen({ kind: 'priority', region: 'west', priority: 5 });
  run(2 * times.settle);
  assert.deepEqual([...new Set(seen)], ['east', '', 'west']);
  assert.ok(seen.filter((up) => up === '').length <= times.delay + 1);
});

test('a lost region holds nothing; an older one that tells nothing of it holds what it reports up or drains', () => {
  assert.equal(told(follow().at(0, at([region('west', { job: holding }, 'lost')])))[0], 'up');
  for (const report of ['up', 'drain'] as const) {
    const older = remote({ state: 'down', report });
    assert.equal(told(follow().at(0, at([region('west', { job: older })])))[0], 'down');
  }
});

test('where two may serve it, those that go before count as if they did already', () => {
  const two = service('job', 'healthy', { maxRegions: 2 });
  const better = remote({ priority: 9, report: 'down', holding: false });
  const given = (west: typeof holding): Facts =>
    facts([two], { regions: [region('north', { job: better }), region('west', { job: west })] });
  const one = follow();
  assert.deepEqual(told(one.at(0, given(holding))), [
    'down',
    'down: chosen, but waits until west lets go of it',
  ]);
  assert.equal(told(one.at(1, given(idle)))[0], 'up');
});

test('a region that was never heard may hold anything, until it is lost', () => {
  const one = follow();
  assert.notEqual(told(one.at(0, at([region('west', {}, 'stale')])))[0], 'up');
  assert.equal(told(one.at(1, at([region('west', {}, 'lost')])))[0], 'up');
});

test('a claim must have stood for a while, and a change of it begins anew', () => {
  const one = follow();
  const west = { ...region('west', { job: idle }), sinceMs: 0 };
  const given = at([west], { settleMs: 4000 });
  const first = one.at(0, given);
  assert.equal(told(first)[0], 'down');
  assert.equal(first.wakeAtMs, first.decision.decidedAtMs + 4000);
  assert.equal(told(one.at(1, given))[0], 'down');
  const changed = { ...given, regionPriority: 5 };
  assert.equal(told(one.at(3, changed))[0], 'down');
  assert.equal(told(one.at(6, changed))[0], 'down');
  assert.equal(told(one.at(7, changed))[0], 'up');
  assert.equal(told(one.at(8, given))[0], 'up', 'what is held needs no waiting');
});

test('a region that has just come back may not have heard the claim; with none that is not lost there is no wait', () => {
  const one = follow();
  const lost = at([{ ...region('west', { job: idle }, 'lost'), sinceMs: 0 }], { settleMs: 4000 });
  assert.equal(told(one.at(0, lost))[0], 'up');
  const other = follow();
  const back = at([region('west', { job: idle })], { settleMs: 4000 });
  assert.equal(told(other.at(0, back))[0], 'down');
  assert.equal(told(other.at(4, back))[0], 'up');
});

test('a region that comes back while a claim stands may have missed it, so the claim stands anew from then on', () => {
  const one = follow();
  const heardSince = (seconds: number): Facts =>
    at([{ ...region('west', { job: idle }), sinceMs: startMs + seconds * 1000 }], { settleMs: 4000 });
  assert.equal(told(one.at(0, heardSince(-60)))[0], 'down');
  assert.equal(told(one.at(3, heardSince(3)))[0], 'down');
  assert.equal(told(one.at(6, heardSince(3)))[0], 'down');
  assert.equal(told(one.at(7, heardSince(3)))[0], 'up');
});

test('a rule that asks for the first regions waits and lets go too, guard or not', () => {
  const set = rules({ name: 'one', if: { atMost: ['job', 1] }, else: { service: 'job', report: 'down' } });
  const given = (west: typeof holding, more: Partial<Facts> = {}): Facts => ({
    ...facts([service('job')], { regions: [region('west', { job: west })] }),
    ...more,
  });
  const one = follow(set);
  const waiting = one.at(0, given(holding));
  assert.equal(told(waiting)[0], 'down');
  assert.match(JSON.stringify(waiting.decision.verdicts.job?.because), /waits until west lets go of it/);
  assert.equal(told(one.at(1, given(idle)))[0], 'up');
  assert.equal(told(one.at(2, given(idle, { isolated: true })))[0], 'down');
});
