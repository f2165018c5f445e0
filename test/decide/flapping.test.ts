import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Damping } from '../../agent/model.ts';
import { facts, follow, region, remote, reportsOf, service, startMs } from './make.ts';

test('a hold delays coming back, never going down', () => {
  const agent = follow();
  const of = (health: 'healthy' | 'sick') => facts([service('db', health, { holdMs: 30_000 })]);
  assert.deepEqual(reportsOf(agent.at(0, of('healthy'))), { db: 'up' }, 'the first report is not held');
  assert.deepEqual(reportsOf(agent.at(5, of('sick'))), { db: 'down' });
  const held = agent.at(10, of('healthy'));
  assert.deepEqual(reportsOf(held), { db: 'down' });
  assert.equal(held.decision.verdicts.db?.state, 'up');
  assert.equal(held.decision.verdicts.db?.eligible, false);
  assert.equal(held.wakeAtMs, startMs + 30_000);
  assert.match(held.decision.verdicts.db?.message ?? '', /^held down until 2023-11-14 22:13:50 UTC/);
  assert.deepEqual(reportsOf(agent.at(30, of('healthy'))), { db: 'up' });
  assert.deepEqual(reportsOf(agent.at(31, of('sick'))), { db: 'down' });
  assert.deepEqual(
    reportsOf(agent.at(59, of('healthy'))),
    { db: 'down' },
    'each return starts the hold again',
  );
  assert.deepEqual(reportsOf(agent.at(60, of('healthy'))), { db: 'up' });
});

test('while one region is held another takes a limited service', () => {
  const agent = follow();
  const of = (health: 'healthy' | 'sick', west: boolean) =>
    facts([service('db', health, { holdMs: 30_000, maxRegions: 1, priority: 100 })], {
      regions: [region('west', { db: remote({ eligible: west, holding: false }) })],
    });
  agent.at(0, of('healthy', true));
  agent.at(1, of('sick', true));
  const held = agent.at(2, of('healthy', true)).decision.verdicts.db;
  assert.equal(held?.eligible, false, 'so west is the first, and serves');
  assert.equal(held?.claim?.able, false);
});

const damping: Damping = { penalty: 1000, suppress: 2500, reuse: 750, halfLifeMs: 60_000 };

function flap(changes: number) {
  const agent = follow();
  const of = (health: 'healthy' | 'sick') => facts([service('db', health, { damping })]);
  agent.at(0, of('healthy'));
  for (let index = 1; index <= changes; index++) agent.at(index, of(index % 2 === 1 ? 'sick' : 'healthy'));
  return { agent, of };
}

test('a service that changes too often is suppressed until its penalty has decayed', () => {
  const { agent, of } = flap(3);
  const first = agent.at(4, of('healthy'));
  assert.deepEqual(reportsOf(first), { db: 'down' });
  assert.match(
    first.decision.verdicts.db?.message ?? '',
    /^suppressed until about 2023-11-14 22:15:\d\d UTC: it changed too often$/,
  );
  const { wakeAtMs } = first;
  assert.ok(wakeAtMs !== undefined && wakeAtMs > startMs + 100_000 && wakeAtMs < startMs + 130_000);
  const seconds = (wakeAtMs - startMs) / 1000;
  assert.deepEqual(reportsOf(agent.at(seconds - 0.001, of('healthy'))), { db: 'down' });
  const back = agent.at(seconds, of('healthy'));
  assert.deepEqual(reportsOf(back), { db: 'up' });
  assert.equal(back.memory.services.db?.suppressed, undefined);
});

test('few changes suppress nothing', () => {
  const { agent, of } = flap(2);
  assert.deepEqual(reportsOf(agent.at(3, of('healthy'))), { db: 'up' });
});

test('changes far apart suppress nothing, since the penalty decays', () => {
  const agent = follow();
  const of = (health: 'healthy' | 'sick') => facts([service('db', health, { damping })]);
  for (let index = 0; index < 20; index++) agent.at(index * 120, of(index % 2 === 0 ? 'healthy' : 'sick'));
  assert.deepEqual(reportsOf(agent.at(2400, of('healthy'))), { db: 'up' });
});

test('the penalty has a ceiling, so that no suppression lasts longer than four half-lives', () => {
  const { agent, of } = flap(3);
  for (let index = 0; index < 200; index++)
    agent.at(4 + index * 0.01, of(index % 2 === 0 ? 'sick' : 'healthy'));
  const { wakeAtMs = 0 } = agent.at(7, of('healthy'));
  assert.ok(wakeAtMs <= startMs + 7_000 + 4 * damping.halfLifeMs);
});
