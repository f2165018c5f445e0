import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes } from '../../agent/decide/changes.ts';
import { explain, renderExplanation } from '../../agent/decide/explain.ts';
import { decideOnce, facts, follow, on, rules, service, startMs } from './make.ts';

test('an explanation follows what a service depends on, down to the probe', () => {
  const { decision } = decideOnce(
    facts([service('wfe', 'healthy', on('app')), service('app', 'healthy', on('db')), service('db', 'sick')]),
  );
  const tree = explain(decision, 'wfe');
  assert.ok(tree);
  assert.equal(
    renderExplanation(tree, { nowMs: startMs + 12_000, color: false }),
    `wfe is down in east (for 12s)
├─ instances   state up: 1 of 1 healthy, 1 is needed  [instances of wfe]
│  · wfe#wfe.1.health = healthy for 1m 12s (pass, http://10.0.1.5:8080/health, on n1)
└─ dependency  state down because app is down (db: 0 of 1 healthy: fail: status 503)  [label msa.depends-on of wfe]
   · app.state = down for 12s
   └─ app is down in east (for 12s)
      ├─ instances   state up: 1 of 1 healthy, 1 is needed  [instances of app]
      │  · app#app.1.health = healthy for 1m 12s (pass, http://10.0.1.5:8080/health, on n1)
      └─ dependency  state down because db is down (0 of 1 healthy: fail: status 503)  [label msa.depends-on of app]
         · db.state = down for 12s
         └─ db is down in east (for 12s)
            └─ instances   state down: 0 of 1 healthy, 1 is needed  [instances of db]
               · db#db.1.health = sick for 1m 12s (fail: status 503, http://10.0.1.5:8080/health, on n1)`,
  );
});

test('colours are there only where they are wanted', () => {
  const { decision } = decideOnce(facts([service('db')]));
  const tree = explain(decision, 'db');
  assert.ok(tree);
  assert.ok(!renderExplanation(tree, { nowMs: startMs, color: false }).includes('\u001b'));
  assert.ok(renderExplanation(tree, { nowMs: startMs, color: true }).includes('\u001b[32mup\u001b[0m'));
});

test('there is no explanation for a service that is not there', () => {
  const { decision } = decideOnce(facts([service('db')]));
  assert.equal(explain(decision, 'nosuch'), undefined);
  assert.equal(explain(decision, 'constructor'), undefined);
});

test('changes are told in one sentence each, with the reason', () => {
  const agent = follow(
    rules({ name: 'r', if: { up: 'db' }, else: { service: 'app', report: 'down', message: 'no database' } }),
  );
  const before = agent.at(0, facts([service('app'), service('db'), service('old')])).decision;
  const after = agent.at(1, facts([service('app'), service('db', 'sick'), service('new')])).decision;
  assert.deepEqual(
    changes(before, after).map(({ sentence, notable }) => [sentence, notable]),
    [
      ['app is down, state up (was up): no database', true],
      ['db is down (was up): 0 of 1 healthy, 1 is needed', true],
      ['new is up: 1 of 1 healthy, 1 is needed', false],
      ['old is gone (was up)', true],
    ],
  );
  assert.deepEqual(changes(after, after), []);
  assert.equal(changes(undefined, before).length, 3);
});
