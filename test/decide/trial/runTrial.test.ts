/** A trial goes through its time as regions do, and tells what was not as expected. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryOut } from './trying.ts';

const up = { east: { db: 'up' }, west: { db: 'up' } };

test('what is as expected passes, and what is not is told', () => {
  assert.deepEqual(
    tryOut({ given: up, at: [{ t: '0s', expect: { db: 'up', 'east/db': { state: 'up', priority: 0 } } }] }),
    [],
  );
  const wrong = {
    'east/db': { report: 'down', priority: 7, because: 'no such reason' },
    db: 'up only in west',
  };
  assert.deepEqual(tryOut({ given: up, at: [{ t: '5s', expect: wrong }] }), [
    'at 5s east/db: expected report down, priority 7, because … no such reason, got report up, priority 0, no reason says so',
    'at 5s db: expected up only in west, got up only in east, west',
  ]);
});

test('a service or region that is not there can not be as expected', () => {
  assert.deepEqual(tryOut({ given: up, at: [{ t: '0s', expect: { 'east/app': 'down' } }] }), [
    'at 0s east/app: expected a verdict, got there is no such service',
  ]);
  assert.deepEqual(tryOut({ given: up, at: [{ t: '0s', stop: 'west', expect: { 'west/db': 'up' } }] }), [
    'at 0s west/db: expected a verdict, got that region does not run',
  ]);
});

test('situations read as they are written', () => {
  const given = {
    east: { a: '1/3', b: '0/2', c: 'none', d: 'unknown', e: 'absent', f: 'up version=7 role=main' },
  };
  const labels = { a: { 'msa.healthy.min': '2' } };
  const rules = [
    { name: 'version', if: { has: ['f', 'version', 7] }, then: { service: 'f', priority: 3 } },
    { name: 'role', if: { has: ['f', 'role', 'main'] }, then: { service: 'f', priority: 40 } },
  ];
  const expect = { a: 'down', b: 'down', c: 'down', d: 'unknown', f: { report: 'up', priority: 43 } };
  assert.deepEqual(
    tryOut(
      {
        given,
        labels,
        at: [
          { t: '0s', expect },
          { t: '1s', set: { a: '2/3' }, expect: { a: 'up' } },
        ],
      },
      rules,
    ),
    [],
  );
});

const remote = [
  {
    name: 'far',
    regions: ['east'],
    if: { up: 'west/db' },
    else: { service: 'app', report: 'down', message: 'no db in west' },
    guard: false,
  },
];
const far = { given: { east: { app: 'up' }, west: { db: 'up' } } };

test('a region that is cut off is stale first, then lost, by the settings of the agents', () => {
  const at = [
    { t: '0s', expect: { 'east/app': 'up' } },
    { t: '10s', cut: 'west' },
    { t: '14s', expect: { 'east/app': 'up' } },
    { t: '15s', expect: { 'east/app': { report: 'down', message: 'no db in west' } } },
    { t: '20s', heal: 'west', expect: { 'east/app': 'up' } },
  ];
  assert.deepEqual(tryOut({ ...far, settings: { MSA_LOST_AFTER: '5s' }, at }, remote), []);
});

test('a service that is not exported does not exist for other regions', () => {
  const at = [{ t: '0s', expect: { 'east/app': 'down' } }];
  assert.deepEqual(tryOut({ ...far, labels: { db: { 'msa.export': false } }, at }, remote), []);
});

test('a third region passes on what it hears, until its own link is cut', () => {
  const given = { ...far.given, north: {} };
  const at = [
    { t: '0s' },
    { t: '1s', cut: 'east <> west' },
    { t: '1m', set: { 'west/db': 'down' }, expect: { 'east/app': 'down' } },
    { t: '2m', set: { 'west/db': 'up' }, expect: { 'east/app': 'up' } },
    { t: '3m', cut: 'north <> west' },
    { t: '4m', expect: { 'east/app': 'down' } },
  ];
  assert.deepEqual(tryOut({ ...far, given, at }, remote), []);
});

test('time passes between steps: what changes then is seen', () => {
  const wait = [
    { name: 'slow', if: { up: 'db' }, for: '20s', then: { webhook: { url: 'http://x/' }, message: 'go' } },
  ];
  const given = { east: { db: 'down' } };
  const at = [
    { t: '0s' },
    { t: '10s', set: { db: 'up' } },
    { t: '1h', expect: { effects: ['webhook slow go'] } },
  ];
  assert.deepEqual(tryOut({ given, at, always: ['webhook slow'] }, wait), [
    'at 0s always: expected webhook slow, got no such effect',
  ]);
  assert.deepEqual(tryOut({ given, at, never: ['webhook slow'] }, wait), [
    'at 30s never: expected webhook slow, got east webhook slow POST http://x/: go',
  ]);
});

test('effects are told once, and each must be expected', () => {
  const told = [{ name: 'tell', if: { up: 'db' }, then: { notify: 'chat', message: 'db is {{db.state}}' } }];
  const step = (t: string, effects: readonly string[]) => ({ t, expect: { effects } });
  assert.deepEqual(
    tryOut({ given: { east: { db: 'up' } }, at: [step('0s', ['notify chat']), step('1s', [])] }, told),
    [],
  );
  assert.deepEqual(tryOut({ given: { east: { db: 'up' } }, at: [step('0s', [])] }, told), [
    'at 0s effects: expected none, got east notify chat: db is up [rule tell (a.json:1)]',
  ]);
});

test('an override, a label and a window of the calendar come and go', () => {
  const window = { 'msa.maintenance': '0 10 * * * 1h' };
  const at = [
    { t: '0s', override: { 'east/db': 'down' }, expect: { db: 'up only in west' } },
    { t: '1m', override: { 'east/db': null }, expect: { db: 'up' } },
    { t: '2m', labels: { 'west/db': window }, expect: { db: 'up' } },
    { t: '61m', expect: { 'west/db': 'drain' } },
    { t: '121m', expect: { db: 'up' } },
    { t: '122m', labels: { 'west/db': { 'msa.maintenance': 'true' } }, expect: { 'west/db': 'drain' } },
    { t: '123m', labels: { 'west/db': { 'msa.maintenance': '' } }, expect: { db: 'up' } },
  ];
  assert.deepEqual(tryOut({ given: up, start: '2026-01-05T09:00:00Z', at }), []);
});

test('a label that is wrong fails the test with its message', () => {
  const [problem = ''] = tryOut({ given: up, labels: { db: { 'msa.priorty': 1 } }, at: [{ t: '0s' }] });
  assert.match(problem, /^at 0s labels: .*msa\.priorit?y/);
});

test('a region that stands still decides nothing, and goes on with its memory', () => {
  const at = [
    { t: '0s', expect: { 'east/db': 'up' } },
    { t: '10s', set: { 'east/db': 'down' } },
    { t: '12s', set: { 'east/db': 'up' }, expect: { 'east/db': { report: 'down', because: 'held' } } },
    { t: '13s', stop: 'east', expect: { db: 'up only in west' } },
    { t: '20s', start: 'east', expect: { 'east/db': { because: 'held' } } },
    { t: '31s', expect: { db: 'up' } },
  ];
  assert.deepEqual(tryOut({ given: up, labels: { db: { 'msa.hold': '30s' } }, at }), []);
});

test('regions that chase each other are told of', () => {
  const chase = (own: string, other: string) => ({
    ...{ name: own, regions: [own], guard: false, if: { reported: `${other}/db` } },
    ...(own === 'east'
      ? { then: { service: 'db', report: 'down' } }
      : { else: { service: 'db', report: 'down' } }),
  });
  const [first = ''] = tryOut({ given: up, at: [{ t: '0s' }] }, [
    chase('east', 'west'),
    chase('west', 'east'),
  ]);
  assert.match(first, /the regions: expected come to rest/);
});
