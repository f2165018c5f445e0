import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Decided, decide } from '../../agent/decide/decide.ts';
import type { Facts, Json, Properties } from '../../agent/model.ts';
import {
  decideOnce,
  facts,
  follow,
  instance,
  nothing,
  override,
  plan,
  region,
  remote,
  reportsOf,
  rules,
  service,
  startMs,
} from './make.ts';

const db = (properties: Properties = {}) => service('db', 'healthy', { properties });

/** Whether a rule with that condition takes wfe down. */
function holds(condition: Json, given: Facts): boolean {
  const set = rules({ name: 'r', if: condition, then: { service: 'wfe', report: 'down' } });
  return reportsOf(decideOnce(given, set)).wfe === 'down';
}

test('each operator says what it means', () => {
  const west = region('west', {
    db: remote({ state: 'down', healthy: 3, properties: { write: true } }),
    app: remote(),
  });
  const given = facts(
    [
      service('wfe'),
      db({ write: true, version: 7, roles: ['write', 'read'], lag: 3 }),
      {
        plan: plan('app', { wanted: 3 }),
        instances: [instance('a1', 'healthy'), instance('a2', 'healthy'), instance('a3', 'sick')],
      },
      service('old', 'sick'),
    ],
    { regions: [west, region('south', { db: remote() }, 'lost')] },
  );
  const yes: readonly Json[] = [
    { up: 'db' },
    { up: ['db', 'app'] },
    { '!': { up: 'old' } },
    { '!': { up: 'west/db' } },
    { up: 'east/db' },
    { up: '*/app' },
    { '!': { up: '*/db' } },
    { reported: 'db' },
    { reported: 'west/app' },
    { has: ['db', 'write'] },
    { has: ['db', 'version', 7] },
    { '!': { has: ['db', 'version', 8] } },
    { '!': { has: ['db', 'nothing'] } },
    { has: ['west/db', 'write'] },
    { '==': [{ property: ['db', 'version'] }, 7] },
    { '==': [{ property: ['db', 'none', 'x'] }, 'x'] },
    { '==': [{ healthy: 'app' }, 2] },
    { '==': [{ healthy: '*/db' }, 4] },
    { '>=': [{ '+': [{ healthy: 'app' }, { healthy: 'west/db' }] }, 5] },
    { minViable: { services: ['db', 'app', 'old'], count: 2 } },
    { '!': { minViable: { services: ['db', 'app', 'old'], percent: 67 } } },
    { minViable: { services: '*', percent: 75 } },
    { lost: 'south' },
    { '!': { lost: 'west' } },
    { '!': { up: 'south/db' } },
    { '==': [{ var: 'db.state' }, 'up'] },
    { in: [{ var: 'db.report' }, ['up', 'drain']] },
    { '<': [1, { healthy: 'app' }, 3] },
    { '==': [{ var: 'region.name' }, 'east'] },
    { some: [{ property: ['db', 'roles'] }, { '==': [{ var: '' }, 'write'] }] },
    { '!': { missing: ['db.properties.version'] } },
    { '!!': { missing: ['db.properties.version', 'db.properties.x'] } },
    { '<': [{ '/': [{ healthy: 'app' }, { var: 'app.total' }] }, 0.7] },
    { '==': [{ '%': [{ healthy: 'app' }, 2] }, 0] },
    { if: [{ up: 'old' }, { up: 'west/db' }, { up: 'db' }] },
    { '==': [{ max: [{ healthy: 'app' }, { property: ['db', 'lag'] }] }, 3] },
    { atMost: ['db', 1] },
    { or: [{ up: 'old' }, { up: 'db' }] },
    true,
  ];
  for (const condition of yes) {
    assert.equal(holds(condition, given), true, JSON.stringify(condition));
    assert.equal(holds({ '!': condition }, given), false, `not ${JSON.stringify(condition)}`);
  }
});

test('a property that is no number makes a comparison unknown, not true', () => {
  const given = facts([service('wfe'), db({ lag: 'none' })]);
  for (const name of ['lag', 'nothing']) {
    assert.equal(holds({ '<': [{ property: ['db', name] }, 5] }, given), false);
    assert.equal(holds({ '!': { '<': [{ property: ['db', name] }, 5] } }, given), false);
  }
  assert.equal(holds({ none: [{ property: ['db', 'nothing'] }, { '==': [{ var: '' }, 1] }] }, given), false);
});

test('dividing by zero is unknown', () => {
  const given = facts([service('wfe'), service('old', 'sick')]);
  const condition = { '>': [{ '/': [1, { healthy: 'old' }] }, 5] };
  assert.equal(holds(condition, given), false);
  assert.equal(holds({ '!': condition }, given), false);
});

test('properties are own keys only', () => {
  const given = facts([service('wfe'), db()]);
  assert.equal(holds({ has: ['db', 'constructor'] }, given), false);
  assert.equal(holds({ '!!': { var: 'db.properties.__proto__.x' } }, given), false);
});

test('what is unknown both ways is known where both agree', () => {
  const silent = facts([service('wfe')], { regions: [region('west', { db: remote() }, 'stale')] });
  const west = { up: 'west/db' };
  assert.equal(holds({ or: [west, { '!': west }] }, silent), true);
  assert.equal(holds({ and: [west, { '!': west }] }, silent), false);
  assert.equal(holds({ '==': [west, west] }, silent), true);
  assert.equal(holds(west, silent), false);
  assert.equal(holds({ '!': west }, silent), false);
  assert.equal(holds({ or: [west, { up: 'wfe' }] }, silent), true);
});

test('a rule holds its branch while what it reads is unknown, or takes the one it names', () => {
  const said = (freshness: 'fresh' | 'stale', unknown?: string) => {
    const set = rules({
      name: 'r',
      if: { up: 'west/db' },
      then: { service: 'wfe', report: 'drain' },
      else: { service: 'wfe', report: 'down' },
      ...(unknown === undefined ? {} : { unknown }),
    });
    const agent = follow(set);
    agent.at(0, facts([service('wfe')], { regions: [region('west', { db: remote() })] }));
    return reportsOf(
      agent.at(
        1,
        facts([service('wfe')], { regions: [region('west', { db: remote({ state: 'down' }) }, freshness)] }),
      ),
    ).wfe;
  };
  assert.equal(said('fresh'), 'down');
  assert.equal(said('stale'), 'drain');
  assert.equal(said('stale', 'then'), 'drain');
  assert.equal(said('stale', 'else'), 'down');
});

test('`for` waits, is broken by a false or unknown answer, and names when to look again', () => {
  const set = rules({
    name: 'r',
    if: { '!': { up: 'db' } },
    for: '20s',
    then: { service: 'wfe', report: 'down' },
  });
  const agent = follow(set);
  const sick = facts([service('wfe'), service('db', 'sick')]);
  const well = facts([service('wfe'), service('db')]);
  assert.equal(reportsOf(agent.at(0, sick)).wfe, 'up');
  assert.equal(agent.at(5, sick).wakeAtMs, startMs + 20_000);
  assert.equal(reportsOf(agent.at(10, well)).wfe, 'up');
  assert.equal(reportsOf(agent.at(15, sick)).wfe, 'up');
  assert.equal(reportsOf(agent.at(34, sick)).wfe, 'up');
  assert.equal(reportsOf(agent.at(35, sick)).wfe, 'down');
  assert.equal(reportsOf(agent.at(36, well)).wfe, 'up');
});

test('later rules have the last word, by order, file and place, and both are told', () => {
  const set = rules(
    { name: 'late', order: 2, if: true, then: { service: 'wfe', report: 'drain' } },
    { name: 'early', order: 1, if: true, then: { service: 'wfe', report: 'down' } },
  );
  const decided = decideOnce(facts([service('wfe')]), set);
  assert.equal(reportsOf(decided).wfe, 'drain');
  const told = decided.decision.verdicts.wfe?.because
    .filter(({ step }) => step === 'rule')
    .map(({ source }) => source);
  assert.deepEqual(told, ['rule early (test.json:1)', 'rule late (test.json:1)']);
});

test('a rule applies in its regions only', () => {
  const set = rules({ name: 'r', regions: ['west'], if: true, then: { service: 'wfe', report: 'down' } });
  assert.equal(reportsOf(decideOnce(facts([service('wfe')]), set)).wfe, 'up');
  assert.equal(reportsOf(decideOnce(facts([service('wfe')], { region: 'west' }), set)).wfe, 'down');
});

test('a rule can set a state, which what depends on it follows', () => {
  const set = rules({
    name: 'r',
    if: { '<': [{ healthy: 'db' }, 2] },
    then: { service: 'db', state: 'down', message: 'too few' },
  });
  const decided = decideOnce(
    facts([service('wfe', 'healthy', { dependsOn: [{ service: 'db' }] }), service('db')]),
    set,
  );
  assert.deepEqual(reportsOf(decided), { db: 'down', wfe: 'down' });
  assert.match(decided.decision.verdicts.wfe?.message ?? '', /too few/);
});

test('a rule can not make up what is down', () => {
  const set = rules({ name: 'r', if: true, then: { service: 'db', report: 'up' } });
  const decided = decideOnce(facts([service('db', 'sick')]), set);
  assert.equal(reportsOf(decided).db, 'down');
  assert.match(JSON.stringify(decided.decision.verdicts.db?.because), /would be up, if it could serve/);
});

test('a rule reads the report of one service and sets that of another, in the same decision', () => {
  const set = rules({ name: 'r', if: { reported: 'a' }, else: { service: 'z', report: 'down' } });
  const other = rules({ name: 'r', if: { reported: 'z' }, else: { service: 'a', report: 'down' } });
  const one = facts([service('a', 'healthy', { maintenance: { kind: 'always' } }), service('z')]);
  assert.equal(reportsOf(decideOnce(one, set)).z, 'down');
  const two = facts([service('z', 'healthy', { maintenance: { kind: 'always' } }), service('a')]);
  assert.equal(reportsOf(decideOnce(two, other)).a, 'down');
});

test('messages are filled in with facts', () => {
  const set = rules({
    name: 'r',
    if: { up: 'db' },
    then: {
      service: 'wfe',
      report: 'down',
      message: 'db is {{db.state}}, version {{ db.properties.version }}, there {{west/db.state}}',
    },
  });
  const { decision } = decideOnce(facts([service('wfe'), db({ version: 7 })]), set);
  assert.equal(decision.verdicts.wfe?.message, 'down: db is up, version 7, there unknown');
});

test('an effect outside stands while its occasion lasts, under one key', () => {
  const set = rules({
    name: 'failover',
    if: { '!': { up: 'west/db' } },
    then: {
      webhook: { url: 'http://db/failover', body: { from: '{{region.name}}', n: 1 } },
      message: 'taking over',
    },
    else: { notify: 'ops', message: 'west/db is back' },
  });
  const agent = follow(set);
  const west = (state: 'up' | 'down', freshness: 'fresh' | 'stale' = 'fresh') =>
    facts([service('db')], { regions: [region('west', { db: remote({ state }) }, freshness)] });
  const effects = ({ decision }: Decided) => decision.effects.map((effect) => effect.key);
  assert.deepEqual(effects(agent.at(0, west('up'))), [], 'a first else is no occasion');
  const first = agent.at(1, west('down'));
  assert.deepEqual(effects(first), [`failover/then/0@${startMs + 1000}`]);
  assert.deepEqual(first.decision.effects[0], {
    kind: 'webhook',
    key: `failover/then/0@${startMs + 1000}`,
    rule: 'failover',
    url: 'http://db/failover',
    method: 'POST',
    headers: {},
    body: { from: 'east', n: 1 },
    message: 'taking over',
  });
  assert.deepEqual(effects(agent.at(2, west('down'))), effects(first));
  assert.deepEqual(effects(agent.at(3, west('down', 'stale'))), [], 'nothing is begun while it is unknown');
  assert.deepEqual(effects(agent.at(4, west('down'))), effects(first), 'the occasion goes on');
  assert.deepEqual(effects(agent.at(5, west('up'))), [`failover/else/0@${startMs + 5000}`]);
  assert.deepEqual(effects(agent.at(6, west('down'))), [`failover/then/0@${startMs + 6000}`]);
});

test('an isolated region tells people, but calls no webhook because of another region before it is in touch', () => {
  const then = [{ webhook: { url: 'http://db/failover' } }, { notify: 'ops', message: 'gone' }];
  const set = rules(
    { name: 'there', if: { '!': { up: 'west/db' } }, then },
    { name: 'anywhere', if: { '!': { up: '*/db' } }, then },
    {
      name: 'heard',
      if: { '==': [{ var: 'regions.west.freshness' }, 'fresh'] },
      then,
    },
    { name: 'here', if: { '!': { up: 'east/db' } }, then },
  );
  const west = region('west', { db: remote({ state: 'down' }) });
  const agent = follow(set);
  const kinds = ({ decision }: Decided) =>
    decision.effects.map(({ kind, key }) => `${kind} ${key.split('/')[0]}`);
  const given = (isolated: boolean) => ({ ...facts([service('db', 'sick')], { regions: [west] }), isolated });
  agent.at(0, given(true));
  const alone = kinds(agent.at(1, given(true)));
  assert.deepEqual(
    alone.filter((told) => told.startsWith('webhook')),
    ['webhook here'],
  );
  assert.equal(alone.filter((told) => told.startsWith('notify')).length, 4);
  assert.equal(kinds(agent.at(2, given(false))).filter((told) => told.startsWith('webhook')).length, 4);
});

test('`changed` is true for a while after a change, and not at the first decision', () => {
  const set = rules({
    name: 'r',
    if: { changed: ['db', '10s'] },
    then: { notify: 'ops', message: 'db is {{db.report}}' },
  });
  const agent = follow(set);
  const count = (decided: Decided) => decided.decision.effects.length;
  assert.equal(count(agent.at(0, facts([db()]))), 0);
  const changed = agent.at(1, facts([service('db', 'sick')]));
  assert.deepEqual(
    changed.decision.effects.map(({ message }) => message),
    ['db is down'],
  );
  assert.equal(changed.wakeAtMs, startMs + 11_000);
  const again = agent.at(5, facts([db()]));
  assert.notEqual(
    again.decision.effects[0]?.key,
    changed.decision.effects[0]?.key,
    'each change is an occasion',
  );
  assert.equal(count(agent.at(15, facts([db()]))), 0);
});

test('a label names the channels that hear of changes, and not of the first report', () => {
  const agent = follow();
  const of = (health: 'healthy' | 'sick') => facts([service('db', health, { notify: ['ops'] })]);
  assert.deepEqual(agent.at(0, of('healthy')).decision.effects, []);
  assert.deepEqual(
    agent.at(1, of('sick')).decision.effects.map((effect) => [effect.kind, effect.message]),
    [['notify', 'db in east: down: 0 of 1 healthy, 1 is needed']],
  );
  assert.deepEqual(agent.at(400, of('sick')).decision.effects, [], 'old news is none');
});

test('rules name what is not there: the facts are unknown and people are told', () => {
  const set = rules({
    name: 'r',
    if: { and: [{ up: 'nosuch' }, { up: 'north/db' }] },
    then: { service: 'wfe', report: 'down' },
  });
  const { decision } = decideOnce(facts([service('wfe')]), set);
  assert.equal(decision.verdicts.wfe?.report, 'up');
  assert.deepEqual(
    decision.problems.map(({ code }) => code),
    ['unknown-service', 'unknown-region'],
  );
});

test('an override is the last word, the one on a service before the one on all, until it expires', () => {
  const set = rules({ name: 'r', if: true, then: { service: 'b', report: 'down' } });
  const given = facts([service('a'), service('b'), service('c', 'sick'), service('d')], {
    overrides: [
      override('*', 'drain', { expiresAtMs: startMs + 60_000 }),
      override('b', 'up', { reason: 'I know better' }),
      override('c', 'up'),
      override('d', 'down', { expiresAtMs: startMs }),
    ],
  });
  const decided = decide(set, given, nothing, startMs);
  assert.deepEqual(reportsOf(decided), { a: 'drain', b: 'up', c: 'up', d: 'drain' });
  assert.equal(decided.decision.verdicts.b?.message, 'up: I know better');
  assert.equal(decided.wakeAtMs, startMs + 60_000);
});

test('a rule adds to the priority, and a label where a preference is met', () => {
  const set = rules({ name: 'r', if: { up: 'db' }, then: { service: 'app', priority: 5 } });
  const app = service('app', 'healthy', {
    priority: 100,
    prefers: [{ service: 'db', property: 'write', priority: 1000 }],
  });
  const of = (properties: Properties) =>
    decideOnce(facts([app, db(properties)], { regionPriority: 20 }), set).decision.verdicts.app?.priority;
  assert.equal(of({ write: true }), 1125);
  assert.equal(of({}), 125);
});
