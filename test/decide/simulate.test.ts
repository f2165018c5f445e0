/** What if: the same decision on changed facts, now and later; nothing else changes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeFacts } from '../../agent/decide/changeFacts.ts';
import { decide } from '../../agent/decide/decide.ts';
import { simulate } from '../../agent/decide/simulate.ts';
import type { Facts } from '../../agent/model.ts';
import { facts, noRules, nothing, on, region, remote, rules, service, startMs } from './make.ts';

const now = facts(
  [service('db'), service('app', 'healthy', { ...on('db'), maxRegions: 1, holdMs: 30_000 })],
  {
    regions: [
      region('west', { db: remote({ properties: { write: true } }), app: remote({ priority: 100 }) }),
    ],
  },
);

function changed(...changes: readonly string[]): Facts {
  return changes.reduce((given, change) => {
    const next = changeFacts(given, change, startMs);
    assert.ok(next.ok, next.ok ? '' : next.message);
    return next.facts;
  }, now);
}

function whatIf(given: Facts, set = noRules, aheadMs = 3_600_000) {
  const { memory } = decide(set, now, nothing, startMs - 1000);
  return simulate({
    rules: set,
    rulesBefore: set,
    facts: now,
    changed: given,
    memory,
    nowMs: startMs,
    aheadMs,
  });
}

test('nothing assumed, nothing changes', () => {
  assert.deepEqual(whatIf(now).instants, []);
});

test('what follows from the change is told with its reasons, what does not is not', () => {
  const [instant, ...later] = whatIf(changed('west/app.state=down')).instants;
  assert.deepEqual(later, []);
  assert.deepEqual(
    instant?.changes.map(({ service: name, from, to }) => [name, from.report, to.report]),
    [['app', 'down', 'up']],
  );
  assert.match(JSON.stringify(instant?.changes[0]?.explanation), /chosen: this is the first region/);
});

test('time runs on after the change: a webhook that waits is told with its wait', () => {
  const failover = rules({
    ...{ name: 'failover', if: { '!': { has: ['west/db', 'write'] } }, for: '20s' },
    ...{ then: { webhook: { url: 'http://db/' }, message: 'taking over' } },
  });
  const { instants } = whatIf(changed('west/db.state=down'), failover);
  assert.deepEqual(
    instants.map(({ afterMs, effects }) => [afterMs, effects.map(({ message }) => message)]),
    [[20_000, ['taking over']]],
  );
  assert.deepEqual(whatIf(changed('west/db.state=down'), failover, 19_000).instants, []);
});

test('new rules are compared with those in force', () => {
  const strict = rules({
    name: 'strict',
    if: { '<': [{ healthy: 'db' }, 2] },
    then: { service: 'db', state: 'down' },
  });
  const { instants } = simulate({
    ...{
      rules: strict,
      rulesBefore: noRules,
      facts: now,
      changed: now,
      memory: nothing,
      nowMs: startMs,
      aheadMs: 0,
    },
  });
  assert.deepEqual(
    instants[0]?.changes.map(({ service: name }) => name),
    ['app', 'db'],
  );
});

for (const [change, told] of [
  ['db.state=down', 'down'],
  ['db.state=unknown', 'unknown'],
  ['db.healthy=0', 'down'],
  ['db.override=drain', 'drain'],
  ['east/db.state=down', 'down'],
] as const) {
  test(`${change} makes db ${told}`, () => {
    const { decision } = decide(noRules, changed(change), nothing, startMs);
    assert.equal(decision.verdicts.db?.report, told);
  });
}

test('a priority, a property, and what another region says are changed one at a time', () => {
  const given = changed(
    'app.priority=7',
    'db.properties.write=true',
    'west.freshness=lost',
    'west/app.priority=3',
    'db.override=down',
    'db.override=none',
  );
  assert.equal(given.services.app?.plan.priority, 7);
  assert.deepEqual(given.services.db?.instances[0]?.properties, { write: true });
  assert.equal(given.regions.west?.freshness, 'lost');
  assert.equal(given.regions.west?.services.app?.priority, 3);
  assert.deepEqual(given.overrides, {});
  assert.equal(now.services.app?.plan.priority, 0, 'the facts themselves stay');
});

for (const [change, message, hint] of [
  ['nonsense', '"nonsense" is no change', 'Write db.state=down, west/db.state=down or west.freshness=lost'],
  ['dbb.state=down', 'east knows of no service "dbb"', 'Did you mean "db"?'],
  ['wast/db.state=down', 'east knows of no region "wast"', 'Did you mean "west"?'],
  [
    'db.state=sick',
    '"db.state=sick" can\'t be set on a service of this region',
    'It has state, healthy, priority, override, properties.<name>; state is up, down or unknown',
  ],
  [
    'db.report=down',
    '"db.report=down" can\'t be set on a service of this region',
    'It has state, healthy, priority, override, properties.<name>; state is up, down or unknown',
  ],
  ['west.freshness=old', '"old" is no freshness', 'Write fresh, stale or lost'],
] as const) {
  test(`what can't be assumed is told, with what can: ${change}`, () => {
    assert.deepEqual(changeFacts(now, change, startMs), { ok: false, message, hint });
  });
}
