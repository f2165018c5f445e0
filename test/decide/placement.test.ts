import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServicePlan } from '../../agent/model.ts';
import { createFederation } from './federation.ts';
import {
  decideOnce,
  facts,
  follow,
  noRules,
  on,
  override,
  region,
  remote,
  reportsOf,
  rules,
  service,
} from './make.ts';

/** Two regions with the same services, where the west is preferred. */
function two(of: (name: 'east' | 'west') => readonly ReturnType<typeof service>[], set = noRules) {
  const federation = createFederation(
    [
      { name: 'east', services: of('east') },
      { name: 'west', services: of('west'), priority: 100 },
    ],
    set,
  );
  assert.notEqual(federation.settle(), undefined);
  return federation;
}

const one: Partial<ServicePlan> = { maxRegions: 1 };

test('a limited service runs in the region of the highest priority, and moves when that is sick', () => {
  const federation = two(() => [service('db', 'healthy', one)]);
  assert.deepEqual(federation.upIn('db'), ['west']);
  const east = federation.verdicts('east').db;
  assert.equal(east?.state, 'up', 'it does not look broken');
  assert.equal(east?.message, 'down: this is not the first region to serve it');
  federation.change('west', [service('db', 'sick', one)]);
  federation.settle();
  assert.deepEqual(federation.upIn('db'), ['east']);
});

test('two limited services, chained by a dependency and preferred by different regions, come together', () => {
  const federation = two((name) => [
    service('db', 'healthy', { ...one, priority: name === 'west' ? 10 : 0 }),
    service('app', 'healthy', { ...one, ...on('db'), priority: name === 'east' ? 500 : 0 }),
  ]);
  assert.deepEqual([federation.upIn('db'), federation.upIn('app')], [['east'], ['east']]);
});

test('a limited service goes where all that depends on it can run', () => {
  const federation = two((name) => [
    service('db', 'healthy', one),
    service('app', name === 'west' ? 'sick' : 'healthy', on('db')),
  ]);
  assert.deepEqual([federation.upIn('db'), federation.upIn('app')], [['east'], ['east']]);
});

test('a preference for a property wins over the region’s priority', () => {
  const prefers = [{ service: 'db', property: 'write', priority: 10_000 }];
  const federation = two((name) => [
    service('db', 'healthy', { properties: name === 'east' ? { write: true } : {} }),
    service('app', 'healthy', { ...one, prefers }),
  ]);
  assert.deepEqual(federation.upIn('app'), ['east']);
});

test('of several variants the most capable that is eligible is reported up, region by region', () => {
  const federation = two((name) => [
    service('full', name === 'west' ? 'sick' : 'healthy', { variantOf: 'wfe', capability: 3 }),
    service('lite', 'healthy', { variantOf: 'wfe', capability: 2 }),
    service('sorry', 'healthy', { variantOf: 'wfe', capability: 1 }),
  ]);
  assert.deepEqual(federation.upIn('full'), ['east']);
  assert.deepEqual(federation.upIn('lite'), ['west']);
  assert.deepEqual(federation.upIn('sorry'), []);
  assert.match(
    federation.verdicts('east').sorry?.message ?? '',
    /because full serves, which is more capable/,
  );
});

test('where a limited variant serves elsewhere, the next capable one serves here', () => {
  const federation = two(() => [
    service('full', 'healthy', { ...one, variantOf: 'wfe', capability: 3 }),
    service('lite', 'healthy', { variantOf: 'wfe', capability: 2 }),
  ]);
  assert.deepEqual([federation.upIn('full'), federation.upIn('lite')], [['west'], ['east']]);
});

test('`atMost` in a rule limits as the label does', () => {
  const set = rules({ name: 'one', if: { atMost: ['db', 1] }, else: { service: 'db', report: 'down' } });
  const federation = two(() => [service('db')], set);
  assert.deepEqual(federation.upIn('db'), ['west']);
  federation.change('west', [service('db', 'sick')]);
  federation.settle();
  assert.deepEqual(federation.upIn('db'), ['east']);
});

const viable = {
  name: 'viable',
  if: { minViable: { services: ['wfe', 'app', 'db'], count: 2 } },
  else: { service: '*', report: 'down', message: 'region not viable' },
} as const;

test('a region that is not viable goes out as a whole, while another is', () => {
  const sick = [service('wfe'), service('app', 'sick'), service('db', 'sick')];
  const well = [service('wfe'), service('app'), service('db')];
  const federation = two((name) => (name === 'west' ? sick : well), rules(viable));
  assert.deepEqual(federation.upIn('wfe'), ['east']);
  assert.equal(federation.verdicts('west').wfe?.message, 'down: region not viable');
});

test('the guard keeps the last region of a service, and says so', () => {
  const sick = [service('wfe'), service('app', 'sick'), service('db', 'sick')];
  const federation = two(() => sick, rules(viable));
  assert.deepEqual(federation.upIn('wfe'), ['west']);
  assert.equal(
    federation.verdicts('west').wfe?.message,
    'up: no other region serves it, so this one keeps it',
  );
  assert.equal(federation.verdicts('west').wfe?.because.at(-1)?.step, 'guard');
});

test('a rule that says so may take the last region out', () => {
  const sick = [service('wfe'), service('app', 'sick'), service('db', 'sick')];
  const federation = two(() => sick, rules({ ...viable, guard: false }));
  assert.deepEqual(federation.upIn('wfe'), []);
});

test('where there is one region only, rules and maintenance mean what they say', () => {
  const set = rules({ name: 'r', if: true, then: { service: 'wfe', report: 'down' } });
  const decided = decideOnce(
    facts([service('wfe'), service('db', 'healthy', { maintenance: { kind: 'always' } })]),
    set,
  );
  assert.deepEqual(reportsOf(decided), { db: 'drain', wfe: 'down' });
});

test('a service that no other region has is not guarded', () => {
  const given = facts([service('local', 'healthy', { maintenance: { kind: 'always' } })], {
    regions: [region('west', { db: remote() })],
  });
  assert.deepEqual(reportsOf(decideOnce(given)), { local: 'drain' });
});

test('an operator is never overruled by a guard, and moves a limited service', () => {
  const given = (report: 'down' | 'up') =>
    facts([service('db', 'healthy', one)], {
      regions: [region('west', { db: remote({ priority: 100 }) })],
      overrides: [override('db', report)],
    });
  const down = decideOnce(given('down')).decision.verdicts.db;
  assert.deepEqual([down?.report, down?.eligible], ['down', false]);
  const up = decideOnce(given('up')).decision.verdicts.db;
  assert.equal(up?.report, 'up');
  assert.ok((up?.claim?.priority ?? 0) > 1_000_000, 'so the other regions let it go');
});

test('two services in maintenance in different regions do not take down what needs both', () => {
  const maintenance = { maintenance: { kind: 'always' } } as const;
  const federation = two((name) => [
    service('left', 'healthy', name === 'west' ? maintenance : {}),
    service('right', 'healthy', name === 'east' ? maintenance : {}),
    service('both', 'healthy', on('left', 'right')),
  ]);
  assert.deepEqual(federation.upIn('both'), ['west']);
  assert.match(federation.verdicts('west').left?.message ?? '', /both needs it and is served nowhere else/);
  assert.equal(federation.verdicts('east').right?.report, 'drain');
});

test('while a region is silent a limited service stays where it was; once it is lost it is taken over', () => {
  const federation = two(() => [service('db', 'healthy', one)]);
  federation.hear('east', 'west', 'stale');
  federation.settle();
  assert.deepEqual(federation.upIn('db'), ['west']);
  assert.match(federation.verdicts('east').db?.message ?? '', /hangs on a silent region/);
  federation.hear('east', 'west', 'lost');
  federation.settle();
  assert.deepEqual(federation.upIn('db'), ['east', 'west'], 'east can not know that west lives');
});

test('a silent region is none of the first where enough others surely are', () => {
  const given = facts([service('db', 'healthy', one)], {
    regions: [region('west', { db: remote({ priority: 100 }) }), region('south', { db: remote() }, 'stale')],
  });
  assert.deepEqual(reportsOf(decideOnce(given)), { db: 'down' });
});

test('at the first decision a silent region leaves a limited service unknown, never up', () => {
  const given = facts([service('db', 'healthy', one)], {
    regions: [region('west', { db: remote() }, 'stale')],
  });
  assert.deepEqual(reportsOf(decideOnce(given)), { db: 'unknown' });
});

test('a service elsewhere can be depended on; of any region, one that serves is enough', () => {
  const given = (west: 'up' | 'down', freshness: 'fresh' | 'stale' | 'lost' = 'fresh') =>
    facts([service('wfe', 'healthy', on('west/db')), service('any', 'healthy', on('*/db'))], {
      regions: [
        region('west', { db: remote({ state: west }) }, freshness),
        region('south', { db: remote() }),
      ],
    });
  assert.deepEqual(reportsOf(decideOnce(given('up'))), { any: 'up', wfe: 'up' });
  assert.deepEqual(reportsOf(decideOnce(given('down'))), { any: 'up', wfe: 'down' });
  assert.deepEqual(reportsOf(decideOnce(given('up', 'lost'))), { any: 'up', wfe: 'down' });
  assert.deepEqual(reportsOf(decideOnce(given('up', 'stale'))), { any: 'up', wfe: 'unknown' });
  const agent = follow();
  agent.at(0, given('up'));
  assert.deepEqual(reportsOf(agent.at(1, given('up', 'stale'))), { any: 'up', wfe: 'up' });
  assert.deepEqual(reportsOf(agent.at(2, given('up', 'lost'))), { any: 'up', wfe: 'down' });
  assert.deepEqual(reportsOf(agent.at(3, given('up', 'stale'))), { any: 'up', wfe: 'down' });
});

test('what is served in no region says so of each', () => {
  const given = facts([service('any', 'healthy', on('*/db')), service('db', 'sick')], {
    regions: [region('west', { db: remote() }, 'lost'), region('south', { db: remote({ state: 'down' }) })],
  });
  const agent = follow();
  agent.at(0, given);
  const says = agent.at(1, given).decision.verdicts.any?.message;
  assert.equal(says, 'down because */db is down (down in east, down in south, down in west)');
});

test('an older peer that says no claim is judged by what it says otherwise', () => {
  const { claim: _, ...older } = remote({ priority: 100 });
  const given = facts([service('db', 'healthy', one)], { regions: [region('west', { db: older })] });
  assert.deepEqual(reportsOf(decideOnce(given)), { db: 'down' });
});
