import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decideOnce,
  facts,
  follow,
  instance,
  nothing,
  on,
  plan,
  reportsOf,
  service,
  startMs,
} from './make.ts';

test('a service is up where enough instances are healthy', () => {
  const two = { kind: 'count', count: 2 } as const;
  const of = (...healths: readonly ('healthy' | 'sick')[]) =>
    decideOnce(
      facts([
        {
          plan: plan('app', { healthyMin: two, wanted: healths.length }),
          instances: healths.map((health, index) => instance(`t${index}`, health)),
        },
      ]),
    ).decision.verdicts.app;
  assert.equal(of('healthy', 'healthy', 'sick')?.state, 'up');
  assert.equal(of('healthy', 'sick', 'sick')?.state, 'down');
  assert.equal(of('healthy', 'sick', 'sick')?.report, 'down');
});

test('a share of healthy instances is of all that should run, rounded up', () => {
  const decided = decideOnce(
    facts([
      {
        plan: plan('app', { healthyMin: { kind: 'percent', percent: 51 }, wanted: 4 }),
        instances: [instance('a', 'healthy'), instance('b', 'healthy')],
      },
    ]),
  );
  assert.equal(decided.decision.verdicts.app?.state, 'down');
  assert.match(decided.decision.verdicts.app?.message ?? '', /2 of 4 healthy, 3 are needed/);
});

test('no instance that is meant to run means down, and says so', () => {
  const { decision } = decideOnce(facts([{ plan: plan('app', { wanted: 0 }), instances: [] }]));
  assert.equal(decision.verdicts.app?.report, 'down');
  assert.match(decision.verdicts.app?.message ?? '', /no instance is meant to run/);
});

test('nothing is up before the first check, and unknown is not down', () => {
  const { decision } = decideOnce(facts([service('app', 'unknown')]));
  assert.equal(decision.verdicts.app?.state, 'unknown');
  assert.equal(decision.verdicts.app?.report, 'unknown');
});

test('a silent observer changes no verdict', () => {
  const agent = follow();
  const silent = { plan: plan('app'), instances: [instance('a', 'healthy', { stale: true })] };
  agent.at(0, facts([service('app')]));
  const held = agent.at(10, facts([silent]));
  assert.equal(held.decision.verdicts.app?.report, 'up');
  assert.match(JSON.stringify(held.decision.verdicts.app?.because), /nobody can tell right now/);
  assert.equal(decideOnce(facts([silent])).decision.verdicts.app?.state, 'unknown');
});

test('a silent observer does not bring back what is down', () => {
  const agent = follow();
  agent.at(0, facts([service('app', 'sick')]));
  const silent = { plan: plan('app'), instances: [instance('a', 'healthy', { stale: true })] };
  assert.deepEqual(reportsOf(agent.at(10, facts([silent]))), { app: 'down' });
});

test('what a service depends on takes it down, to the end of the chain, and says what is at the bottom', () => {
  const decided = decideOnce(
    facts([service('wfe', 'healthy', on('app')), service('app', 'healthy', on('db')), service('db', 'sick')]),
  );
  assert.deepEqual(reportsOf(decided), { app: 'down', db: 'down', wfe: 'down' });
  assert.equal(
    decided.decision.verdicts.wfe?.message,
    'down because app is down (db: 0 of 1 healthy: fail: status 503)',
  );
  assert.equal(decided.decision.verdicts.wfe?.because[1]?.source, 'label msa.depends-on of wfe');
});

test('a dependency that is not there leaves the service unknown, never up', () => {
  assert.deepEqual(reportsOf(decideOnce(facts([service('wfe', 'healthy', on('nosuch'))]))), {
    wfe: 'unknown',
  });
});

test('a circle of dependencies is left out and told of', () => {
  const decided = decideOnce(facts([service('a', 'healthy', on('b')), service('b', 'healthy', on('a'))]));
  assert.deepEqual(reportsOf(decided), { a: 'up', b: 'up' });
  assert.deepEqual(
    decided.decision.problems.map(({ code, service: of }) => `${code} ${of}`),
    ['circular-dependency a', 'circular-dependency b'],
  );
});

test('a composite is up as long as what it is made of is', () => {
  const whole = { plan: plan('shop', { source: 'composite', ...on('wfe', 'db') }), instances: [] };
  assert.equal(reportsOf(decideOnce(facts([whole, service('wfe'), service('db')]))).shop, 'up');
  assert.equal(reportsOf(decideOnce(facts([whole, service('wfe'), service('db', 'sick')]))).shop, 'down');
});

test('since when a verdict holds is remembered', () => {
  const agent = follow();
  agent.at(0, facts([service('app')]));
  agent.at(10, facts([service('app', 'sick')]));
  const { decision } = agent.at(20, facts([service('app', 'sick')]));
  assert.equal(decision.verdicts.app?.stateSinceMs, startMs + 10_000);
  assert.equal(decision.verdicts.app?.reportSinceMs, startMs + 10_000);
});

test('planned maintenance drains a service and what depends on it', () => {
  const decided = decideOnce(
    facts([
      service('wfe', 'healthy', on('db')),
      service('db', 'healthy', { maintenance: { kind: 'always' } }),
    ]),
  );
  assert.deepEqual(reportsOf(decided), { db: 'drain', wfe: 'drain' });
  assert.equal(decided.decision.verdicts.db?.state, 'up');
  assert.equal(decided.memory.services.db?.report, 'drain');
  assert.deepEqual(nothing.services, {});
});
