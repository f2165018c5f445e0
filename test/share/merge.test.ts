/** Joining inventory and observations. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceFacts, Observation, Task } from '../../agent/model.ts';
import { createMerge, lastWords, type Seen } from '../../agent/share/merge.ts';
import { instance, inventory, node, observation, plan, share, task } from './facts.ts';

const heard = (...observations: Observation[]): Seen => ({ heard: true, observations });
const silent = (...observations: Observation[]): Seen => ({ heard: false, observations });

function instances(
  tasks: readonly Task[],
  seen: Record<string, Seen>,
  over: object = {},
): readonly InstanceFacts[] {
  const services = createMerge()({
    inventory: inventory({ tasks, ...over }),
    seen: new Map(Object.entries(seen)),
    nowMs: 100,
  });
  return services.wfe?.instances ?? [];
}

const ids = (all: readonly InstanceFacts[]): string =>
  all.map(({ id, health, stale }) => `${id} ${health}${stale ? ' stale' : ''}`).join(', ');

test('an observed task is an instance with what its node observes', () => {
  const all = instances([task('t1', 'wfe', 'n1')], { n1: heard(observation('t1', 'wfe', 'n1', 'sick')) });
  assert.deepEqual(all, [
    {
      id: 't1',
      node: 'n1',
      health: 'sick',
      stale: false,
      sinceMs: 5,
      properties: { write: true },
      outcome: { result: 'fail', reason: 'status', detail: 'status 503' },
      asked: 'http://10.0.1.5:8080/health',
    },
  ]);
});

test('a task that nobody observed yet is an instance of unknown health, once it has started', () => {
  const states = [
    'new',
    'pending',
    'assigned',
    'preparing',
    'starting',
    'running',
    'failed',
    'complete',
    'orphaned',
  ];
  const all = instances(
    states.map((state) => task(state, 'wfe', 'n1', { state })),
    {},
  );
  assert.equal(ids(all), 'running unknown, starting unknown');
});

test('a task that is not meant to run and that nobody observes is no instance', () => {
  assert.equal(ids(instances([task('t1', 'wfe', 'n1', { desiredState: 'shutdown' })], {})), '');
});

test('a silent agent’s observation stands, marked stale, while the task is meant to run', () => {
  const seen = { n1: silent(observation('t1', 'wfe', 'n1')) };
  assert.equal(ids(instances([task('t1', 'wfe', 'n1')], seen)), 't1 healthy stale');
  assert.equal(ids(instances([task('t1', 'wfe', 'n1', { desiredState: 'shutdown' })], seen)), '');
  assert.equal(ids(instances([task('t1', 'wfe', 'n1', { state: 'failed' })], seen)), '');
  assert.equal(ids(instances([], seen)), '');
});

test('what an agent that is heard observes counts before and after the inventory lists it', () => {
  assert.equal(ids(instances([], { n1: heard(observation('t1', 'wfe', 'n1')) })), 't1 healthy');
});

test('an observation of a service that is not known is left out', () => {
  assert.equal(ids(instances([], { n1: heard(observation('t1', 'other', 'n1')) })), '');
});

test('on a node that Swarm gave up nothing runs, whatever its tasks and its agent still say', () => {
  const nodes = [node('n1', { status: 'down' })];
  const seen = { n1: heard(observation('t1', 'wfe', 'n1')) };
  assert.equal(ids(instances([task('t1', 'wfe', 'n1')], seen, { nodes })), '');
  assert.equal(
    ids(instances([task('t1', 'wfe', 'n1')], seen, { nodes: [node('n1', { status: 'unknown' })] })),
    't1 healthy',
  );
});

test('of two nodes that claim one instance the one that is heard counts', () => {
  const tasks = [task('t1', 'wfe', 'n1')];
  const all = {
    n1: heard(observation('t1', 'wfe', 'n1', 'sick')),
    n2: silent(observation('t1', 'wfe', 'n2')),
  };
  assert.equal(ids(instances(tasks, all)), 't1 sick');
});

test('a service without instances is there, with none', () => {
  assert.deepEqual(createMerge()({ inventory: inventory(), seen: new Map(), nowMs: 1 }), {
    wfe: { plan: plan('wfe'), instances: [] },
  });
});

test('what did not change stays the same object, service by service', () => {
  const merge = createMerge();
  const services = [plan('wfe'), plan('db'), plan('new')];
  const [w1, w2, d1] = [
    observation('w1', 'wfe', 'n1'),
    observation('w2', 'wfe', 'n2'),
    observation('d1', 'db', 'n1'),
  ];
  const tasks = [
    task('w1', 'wfe', 'n1'),
    task('w2', 'wfe', 'n2'),
    task('d1', 'db', 'n1'),
    task('x1', 'new', 'n1'),
  ];
  const at = (nowMs: number, ...seen: [string, Seen][]) =>
    merge({ inventory: inventory({ services, tasks: [...tasks] }), seen: new Map(seen), nowMs });

  const first = at(1, ['n1', heard(w1, d1)], ['n2', heard(w2)]);
  const second = at(2, ['n2', heard(w2)], ['n1', heard(d1, w1)]);
  for (const name of ['wfe', 'db', 'new']) assert.equal(second[name], first[name], name);
  const third = at(3, ['n1', heard(w1, d1)], ['n2', silent(w2)]);
  assert.notEqual(third.wfe, first.wfe);
  assert.equal(third.wfe?.instances[0], first.wfe?.instances[0]);
  assert.equal(third.db, first.db);
  assert.equal(third.new?.instances[0]?.sinceMs, 1);
  const fourth = at(4, ['n1', heard(w1, d1)], ['n2', heard(w2)]);
  assert.deepEqual(fourth, first);
});

test('an instance that its own agent saw leave is gone, though the inventory still lists it', () => {
  const merge = createMerge();
  const at = (seen: Seen, tasks = [task('t1', 'wfe', 'n1')]): string =>
    ids(
      merge({ inventory: inventory({ tasks }), seen: new Map([['n1', seen]]), nowMs: 1 }).wfe?.instances ??
        [],
    );
  assert.equal(at(heard()), 't1 unknown');
  assert.equal(at(heard(observation('t1', 'wfe', 'n1'))), 't1 healthy');
  assert.equal(at(heard()), '');
  assert.equal(at(silent()), '');
  assert.equal(at(heard(observation('t1', 'wfe', 'n1'))), 't1 healthy');
  assert.equal(at(silent(observation('t1', 'wfe', 'n1'))), 't1 healthy stale');
  assert.equal(at(silent()), 't1 unknown');
});

test('what was shared last stands for what this agent can’t see, and its own view goes over it', () => {
  const { inventory: told, seen } = lastWords(
    share('a', ['wfe'], {
      services: { wfe: { plan: plan('wfe'), instances: [instance('w1', 'n1'), instance('w2', 'n2')] } },
      nodes: [node('n1'), node('n2')],
    }),
  );
  const merge = createMerge();
  const alone = merge({ inventory: told, seen, nowMs: 1 });
  assert.equal(ids(alone.wfe?.instances ?? []), 'w1 healthy stale, w2 healthy stale');
  assert.equal(merge({ inventory: told, seen, nowMs: 2 }).wfe, alone.wfe);
  const own = new Map([...seen, ['n1', heard(observation('w1', 'wfe', 'n1', 'sick'))] as const]);
  assert.equal(
    ids(merge({ inventory: told, seen: own, nowMs: 3 }).wfe?.instances ?? []),
    'w1 sick, w2 healthy stale',
  );
});

// ---------------------------------------------------------------- services that are asked as a whole

const whole = plan('cloud', {
  source: 'external',
  probe: { ...plan('cloud').probe, how: { kind: 'tcp', host: '10.9.9.9', port: 5432 } },
});

test('the last word on a service that is asked as a whole stands, stale, while nobody leads', () => {
  const seen = new Map([['n1', { heard: false, observations: [observation('cloud', 'cloud', 'n1')] }]]);
  const { cloud } = createMerge()({ inventory: inventory({ services: [whole] }), seen, nowMs: 9 });
  assert.deepEqual(
    cloud?.instances.map(({ id, health, stale }) => ({ id, health, stale })),
    [{ id: 'cloud', health: 'healthy', stale: true }],
  );
});

test('a service that is asked as a whole, which a new leader has not asked yet, is unknown and not gone', () => {
  const merge = createMerge();
  const input = { inventory: inventory({ services: [whole] }), seen: new Map() };
  const { cloud } = merge({ ...input, nowMs: 9 });
  assert.deepEqual(
    cloud?.instances.map(({ id, health, sinceMs }) => ({ id, health, sinceMs })),
    [{ id: 'cloud', health: 'unknown', sinceMs: 9 }],
  );
  assert.equal(merge({ ...input, nowMs: 10 }).cloud, cloud);
});

test('the tasks of a service that is asked as a whole are not waited for', () => {
  const seen = new Map([
    ['n1', { heard: true, observations: [observation('cloud', 'cloud', 'n1', 'sick')] }],
  ]);
  const tasks = [task('t1', 'cloud', 'n1'), task('t2', 'cloud', 'n2')];
  const { cloud } = createMerge()({ inventory: inventory({ services: [whole], tasks }), seen, nowMs: 9 });
  assert.deepEqual(
    cloud?.instances.map(({ id }) => id),
    ['cloud'],
  );
});
