import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ServicePlan } from '../../agent/model.ts';
import { type Discovering, discovering } from './discovering.ts';
import {
  MANAGER,
  managerInfo,
  managerNode,
  managerReplies,
  node,
  plainInfo,
  service,
  task,
  taskContainer,
  WORKER,
  workerInfo,
  workerReplies,
} from './engineAnswers.ts';
import { json, notManager } from './fakeEngine.ts';

const onHost = { addresses: ['172.18.0.1', '10.77.0.1'] };

function containerEvent(action: string, id = 'container1aa', attributes: object = {}): object {
  return { Type: 'container', Action: action, Actor: { ID: id, Attributes: attributes }, scope: 'local' };
}

const serviceEvent = {
  Type: 'service',
  Action: 'update',
  Actor: { ID: 'id-shop_wfe', Attributes: {} },
  scope: 'swarm',
};

/** Until the first view, and with the stream of events open. */
async function ready(made: Discovering): Promise<void> {
  await made.soon(() => made.discovery.view() !== undefined, 60_000);
  await made.now(() => made.engine.eventStreams === 1);
  await made.pass(3_000);
}

function plansOf(made: Discovering): readonly ServicePlan[] {
  return made.view().inventory?.services ?? [];
}

function dockerOf(made: Discovering, plans = plansOf(made)): readonly string[] {
  return made.discovery.targets(plans).map(({ instance, docker }) => `${instance} ${docker}`);
}

function codes(made: Discovering): readonly string[] {
  return made.view().problems.map(({ code }) => code);
}

describe('discovery on a manager', () => {
  it('knows its node, its Swarm, and the way to each instance', async () => {
    await using made = await discovering(managerReplies, onHost);
    assert.equal(made.discovery.view(), undefined);
    assert.deepEqual(made.discovery.targets([]), []);
    await ready(made);
    const { node: self, managers, inventory, ...rest } = made.view();
    assert.deepEqual(rest, { inSwarm: true, current: true, problems: [] });
    assert.deepEqual(self, {
      id: MANAGER,
      hostname: 'm1',
      address: '10.77.0.1',
      manager: true,
      raftLeader: true,
      status: 'ready',
    });
    assert.deepEqual(managers, [{ id: MANAGER, address: '10.77.0.1' }]);
    assert.deepEqual(
      inventory?.services.map(({ name, wanted, stack }) => [name, wanted, stack]),
      [['wfe', 2, 'shop']],
    );
    assert.deepEqual(
      inventory?.tasks.map(({ id }) => id),
      ['task1'],
    );
    assert.deepEqual(
      inventory?.nodes.map(({ id }) => id),
      [MANAGER, WORKER],
    );
    const [target] = made.discovery.targets(plansOf(made));
    assert.equal(target?.address, '172.18.0.3');
    assert.equal(made.changes, 1);
    assert.deepEqual(made.logged, ['This node is a manager of a Swarm.']);
  });

  it('tells nothing while nothing changes, and asks on', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    const before = {
      view: made.view(),
      targets: made.discovery.targets(plansOf(made)),
      asked: made.engine.requests.length,
    };
    await made.pass(12_000);
    assert.equal(made.changes, 1);
    assert.equal(made.view(), before.view);
    assert.equal(made.discovery.targets(plansOf(made)), before.targets);
    assert.equal(made.engine.requests.length - before.asked, 2 * 6);
  });

  it('tells nothing where only the order of a list changes', async () => {
    const services = [
      service('shop_wfe', { 'msa.enable': 'true' }),
      service('shop_app', { 'msa.enable': 'true' }),
    ];
    await using made = await discovering({ ...managerReplies, '/services': json(services) }, onHost);
    await ready(made);
    made.engine.replies.set('/services', json(services.toReversed()));
    await made.pass(12_000);
    assert.equal(made.changes, 1);
  });

  it('sees a changed label soon after the event', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    made.engine.replies.set(
      '/services',
      json([service('shop_wfe', { 'msa.probe': 'tcp://:9', 'msa.priority': '7' })]),
    );
    made.engine.emit(serviceEvent);
    const tookMs = await made.soon(() => plansOf(made)[0]?.priority === 7, 1_000);
    assert.ok(tookMs <= 100, `took ${tookMs} ms`);
  });

  it('sees a changed label at the next list where the event got lost', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    made.engine.replies.set('/services', json([service('shop_wfe', { 'msa.priority': '7' })]));
    await made.soon(() => plansOf(made)[0]?.priority === 7, 5_500);
  });

  it('lists once for many events together', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    const lists = () => made.engine.requests.filter((request) => request.includes('/services')).length;
    const before = lists();
    made.engine.replies.set('/services', json([]));
    for (let count = 0; count < 50; count++) made.engine.emit(serviceEvent);
    await made.soon(() => plansOf(made).length === 0, 1_000);
    await made.pass(500);
    assert.ok(lists() - before <= 2, `${lists() - before} lists`);
  });

  it('sees that another node leads the Swarm', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    const follower = node(MANAGER, '10.77.0.1', {
      ManagerStatus: { Reachability: 'reachable', Addr: '10.77.0.1:2377' },
    });
    made.engine.replies.set('/nodes', json([follower]));
    await made.soon(() => !made.view().node.raftLeader, 5_500);
  });

  it('is not complete before the Swarm answered', async () => {
    await using made = await discovering({ ...managerReplies, '/tasks': { misbehave: 'hang' } }, onHost);
    const isAsked = (path: string) => made.engine.requests.some((request) => request.includes(path));
    await made.soon(() => isAsked('/tasks') && isAsked('/containers/json'), 1_000);
    assert.equal(made.discovery.view(), undefined);
  });

  it('goes on without an inventory where it starts while the Swarm has no leader', async () => {
    const error = 'rpc error: code = Unknown desc = The swarm does not have a leader.';
    await using made = await discovering(
      {
        ...managerReplies,
        '/info': managerInfo({ Error: error }),
        '/services': { misbehave: 'hang' },
        '/tasks': { misbehave: 'hang' },
        '/nodes': { misbehave: 'hang' },
      },
      onHost,
    );
    await made.soon(() => made.discovery.view() !== undefined, 1_000);
    assert.equal(made.view().inventory, undefined);
    assert.equal(made.view().current, false);
    assert.deepEqual(codes(made), ['swarm-unreachable']);
    assert.match(made.view().problems[0]?.message ?? '', /does not have a leader/);
  });

  it('keeps its inventory when the Swarm loses its quorum, and goes on when it is back', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    const { inventory } = made.view();
    made.engine.replies.set('/info', managerInfo({ Error: 'The swarm does not have a leader.' }));
    for (const path of ['/services', '/tasks', '/nodes'])
      made.engine.replies.set(path, { misbehave: 'hang' });
    await made.soon(() => codes(made).includes('swarm-unreachable'), 6_000);
    assert.equal(made.view().inventory, inventory);
    assert.equal(made.view().node.raftLeader, false);
    assert.deepEqual(dockerOf(made), ['task1 running']);
    for (const path of ['/info', '/services', '/tasks', '/nodes']) {
      const reply = managerReplies[path];
      if (reply !== undefined) made.engine.replies.set(path, reply);
    }
    await made.soon(() => made.view().current, 6_000);
    assert.deepEqual(codes(made), []);
    assert.equal(made.view().inventory, inventory);
  });

  it("still reads as Swarm's leader when an answer is late, and not when the engine is gone", async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    made.engine.replies.set('/info', { misbehave: 'hang' });
    await made.soon(() => codes(made).includes('engine-unreachable'), 6_000);
    assert.equal(made.view().node.raftLeader, true);
    await made.engine.refuse();
    await made.soon(() => !made.view().node.raftLeader, 6_000);
  });

  for (const [what, reply] of Object.entries({
    'are cut off': { misbehave: 'cut-off' },
    'are 500': { status: 500, message: 'boom' },
    'are nonsense': { text: 'hello' },
    'never come': { misbehave: 'hang' },
  } as const)) {
    it(`keeps its inventory while answers about tasks ${what}`, async () => {
      await using made = await discovering(managerReplies, onHost);
      await ready(made);
      const { inventory } = made.view();
      made.engine.replies.set('/tasks', reply);
      await made.soon(() => !made.view().current, 6_000);
      assert.equal(made.view().inventory, inventory);
      assert.deepEqual(codes(made), ['swarm-unreachable']);
    });
  }
});

describe('a container of this node', () => {
  it('that is killed is stopping at once, without a list', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    for (const path of ['/containers/json', '/info', '/tasks'])
      made.engine.replies.set(path, { misbehave: 'hang' });
    made.engine.emit(containerEvent('kill', 'container1aa', { signal: '15' }));
    await made.now(() => dockerOf(made)[0] === 'task1 stopping');
    assert.equal(made.changes, 2);
    made.engine.emit(containerEvent('die'));
    await made.now(() => made.changes === 3);
    assert.deepEqual(dockerOf(made), ['task1 stopping']);
  });

  it('whose health changed has its new health at once', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    made.engine.emit(containerEvent('health_status: unhealthy'));
    await made.now(() => dockerOf(made)[0] === 'task1 unhealthy');
  });

  it('that started is found soon', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    const containers = [
      taskContainer('container1aa', 'shop_wfe', 'task1'),
      taskContainer('container2bb', 'shop_wfe', 'task2'),
    ];
    made.engine.replies.set('/containers/json', json(containers));
    made.engine.emit(containerEvent('start', 'container2bb'));
    await made.soon(() => dockerOf(made).length === 2, 200);
  });

  it('that ended stays until managers have had time to see it', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    made.engine.replies.set('/containers/json', json([]));
    made.engine.emit(containerEvent('die'));
    await made.now(() => dockerOf(made)[0] === 'task1 stopping');
    await made.pass(6_000);
    assert.deepEqual(dockerOf(made), ['task1 stopping']);
    await made.soon(() => dockerOf(made).length === 0, 10_000);
  });

  it('is not listed again for events that mean nothing', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    const asked = made.engine.requests.length;
    made.engine.emit(containerEvent('update'));
    made.engine.emit(containerEvent('create', 'container9zz'));
    await made.pass(1_000);
    assert.equal(made.engine.requests.length, asked);
  });
});

describe('discovery on a worker', () => {
  const plans = [
    {
      id: 'id-shop_wfe',
      name: 'wfe',
      source: 'swarm',
      probe: { how: { kind: 'tcp', port: 80 }, intervalMs: 1, fastMs: 1, timeoutMs: 1, rise: 1, fall: 1 },
      healthyMin: { kind: 'count', count: 1 },
      priority: 0,
      dependsOn: [],
      prefers: [],
      holdMs: 0,
      statusByReport: { up: 200, down: 503, drain: 503, unknown: 503 },
      notify: [],
      exported: false,
      problems: [],
    },
  ] as const;

  it('asks nothing that only managers answer, and logs no error', async () => {
    await using made = await discovering(workerReplies, onHost);
    await ready(made);
    await made.pass(12_000);
    assert.equal(made.view().inventory, undefined);
    assert.deepEqual(made.view().managers, [{ id: MANAGER, address: '10.77.0.1' }]);
    assert.deepEqual(codes(made), []);
    assert.deepEqual(made.logged, ['This node is a worker of a Swarm.']);
    assert.deepEqual(
      made.engine.requests.filter((request) => /services|tasks|nodes/.test(request.replace(/\?.*/, ''))),
      [],
    );
  });

  it('probes its containers by the plans that managers send', async () => {
    await using made = await discovering(workerReplies, onHost);
    await ready(made);
    assert.deepEqual(
      made.discovery.targets(plans).map(({ instance, address, node: at }) => [instance, address, at]),
      [['task1', '172.18.0.3', WORKER]],
    );
  });

  it('that is promoted lists the Swarm, and forgets it when it is demoted', async () => {
    await using made = await discovering(workerReplies, onHost);
    await ready(made);
    const promoted = { ControlAvailable: true };
    for (const [path, reply] of Object.entries({ ...managerReplies, '/info': workerInfo(promoted) })) {
      made.engine.replies.set(path, reply);
    }
    made.engine.emit({ Type: 'node', Action: 'update', Actor: { ID: WORKER, Attributes: {} } });
    await made.soon(() => made.view().inventory !== undefined, 1_000);
    assert.equal(made.view().node.manager, true);
    for (const [path, reply] of Object.entries(workerReplies)) made.engine.replies.set(path, reply);
    await made.soon(() => made.view().inventory === undefined, 11_000);
    assert.equal(made.view().node.manager, false);
    assert.deepEqual(codes(made), []);
    assert.deepEqual(made.logged.slice(1), [
      'This node is a manager of a Swarm.',
      'This node is a worker of a Swarm.',
    ]);
  });

  it('does not take a manager that is starting for demoted', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    const { inventory } = made.view();
    made.engine.replies.set('/info', managerInfo({ LocalNodeState: 'pending', ControlAvailable: false }));
    for (const path of ['/services', '/tasks', '/nodes']) made.engine.replies.set(path, notManager);
    await made.soon(() => !made.view().current, 6_000);
    await made.pass(12_000);
    assert.equal(made.view().node.manager, true);
    assert.equal(made.view().inventory, inventory);
    assert.match(made.view().problems[0]?.message ?? '', /its state on this node is pending/);
  });
});

describe('an engine that leaves its Swarm', () => {
  for (const [role, replies] of [
    ['manager', managerReplies],
    ['worker', workerReplies],
  ] as const) {
    it(`may be about to stop, so that its last word as a ${role} stands for a while`, async () => {
      await using made = await discovering(replies, onHost);
      await ready(made);
      const { node, inventory } = made.view();
      made.engine.replies.set('/info', plainInfo);
      for (const path of ['/services', '/tasks', '/nodes']) made.engine.replies.set(path, notManager);
      await made.soon(() => codes(made).includes('swarm-unreachable'), 6_000);
      await made.pass(20_000);
      const { view } = made;
      assert.deepEqual([view().inSwarm, view().node.id, view().node.manager], [true, node.id, node.manager]);
      assert.equal(view().node.raftLeader, false);
      assert.equal(view().inventory, inventory);
      assert.match(view().problems[0]?.message ?? '', /has just left it, or is being stopped/);
      await made.soon(() => !made.view().inSwarm, 20_000);
      assert.deepEqual(codes(made), []);
    });
  }

  it('and is in it again goes on as before', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    for (let times = 0; times < 3; times++) {
      made.engine.replies.set('/info', plainInfo);
      await made.soon(() => codes(made).includes('swarm-unreachable'), 6_000);
      await made.pass(15_000);
      made.engine.replies.set('/info', managerInfo());
      await made.soon(() => codes(made).length === 0, 6_000);
      assert.equal(made.view().inSwarm, true);
    }
  });
});

describe('discovery without an engine', () => {
  it('has no view, and says nothing of services', async () => {
    await using made = await discovering({}, { address: 'unix:///nowhere/docker.sock' });
    await made.pass(12_000);
    assert.equal(made.discovery.view(), undefined);
    assert.equal(made.changes, 0);
  });

  it('keeps its last view when the engine goes, and lists again when it is back', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    const { inventory } = made.view();
    const paths = [
      '/version',
      '/info',
      '/containers/json',
      '/services',
      '/tasks',
      '/nodes',
      '/networks/docker_gwbridge',
      '/events',
    ];
    const version = made.engine.replies.get('/version');
    for (const path of paths) made.engine.replies.set(path, { misbehave: 'cut-off' });
    made.engine.cutEvents();
    await made.soon(() => codes(made).includes('engine-unreachable'), 6_000);
    await made.pass(12_000);
    assert.deepEqual(codes(made), ['engine-unreachable']);
    assert.equal(made.view().current, false);
    assert.equal(made.view().inventory, inventory);
    assert.deepEqual(dockerOf(made), ['task1 running']);
    made.engine.replies.delete('/events');
    for (const [path, reply] of Object.entries(managerReplies)) made.engine.replies.set(path, reply);
    if (version !== undefined) made.engine.replies.set('/version', version);
    made.engine.replies.set('/containers/json', json([]));
    await made.soon(() => made.view().current && dockerOf(made)[0] === 'task1 stopping', 10_000);
    await made.soon(() => made.engine.eventStreams === 1, 10_000);
  });
});

describe('the stream of events', () => {
  it('is opened again when it was cut, and everything is listed then', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    made.engine.replies.set('/services', json([]));
    made.engine.cutEvents();
    await made.now(() => made.engine.eventStreams === 0);
    const tookMs = await made.soon(() => plansOf(made).length === 0, 5_000);
    assert.ok(tookMs <= 1_000, `took ${tookMs} ms`);
    assert.equal(made.engine.eventStreams, 1);
  });

  it('is waited for longer and longer while it is refused', async () => {
    await using made = await discovering(
      { ...managerReplies, '/events': { status: 403, message: 'no' } },
      onHost,
    );
    await made.pass(60_000);
    const streams = made.engine.requests.filter((request) => request.includes('/events')).length;
    assert.ok(streams >= 10 && streams <= 20, `${streams} attempts`);
    assert.equal(made.view().current, true);
  });

  it('that has been silent for a minute is replaced', async () => {
    await using made = await discovering(managerReplies, onHost);
    await ready(made);
    const streams = () => made.engine.requests.filter((request) => request.includes('/events')).length;
    assert.equal(streams(), 1);
    await made.pass(61_000);
    await made.now(() => streams() === 2);
  });
});

describe('discovery on an engine without a Swarm', () => {
  const labels = { 'msa.enable': 'true' };
  const web = { ...taskContainer('c1c1c1c1c1c1c1', '', ''), Names: ['/web'], Labels: labels };

  it('has the labelled containers as services, stopped ones included', async () => {
    const stopped = { ...web, Id: 'c2c2c2c2c2c2c2', Names: ['/db'], State: 'exited', Status: 'Exited (0)' };
    await using made = await discovering({ '/info': plainInfo, '/containers/json': json([web, stopped]) });
    await ready(made);
    assert.deepEqual(
      plansOf(made).map(({ name, source }) => [name, source]),
      [
        ['db', 'container'],
        ['web', 'container'],
      ],
    );
    assert.deepEqual(dockerOf(made), ['c1c1c1c1c1c1 running']);
    assert.equal(made.view().inSwarm, false);
    assert.deepEqual(made.view().managers, []);
    assert.deepEqual(made.logged, ['This engine has no Swarm.']);
    assert.ok(made.engine.requests.some((request) => request.endsWith('/containers/json?all=true')));
  });

  it('notices that it joins a Swarm', async () => {
    await using made = await discovering({ '/info': plainInfo, '/containers/json': json([web]) });
    await ready(made);
    for (const [path, reply] of Object.entries(managerReplies)) made.engine.replies.set(path, reply);
    await made.soon(() => made.view().inSwarm && plansOf(made)[0]?.name === 'wfe', 11_000);
  });
});

describe('external services', () => {
  it('are in the inventory, and what is wrong with their file is told', async (test) => {
    const folder = await mkdtemp(join(tmpdir(), 'msa-external-'));
    test.after(() => rm(folder, { recursive: true }));
    const externalFile = join(folder, 'external.yml');
    await writeFile(externalFile, 'services: { mail: { labels: { msa.probe: "tcp://mail.example:25" } } }');
    await using made = await discovering(
      { ...managerReplies, '/nodes': json([managerNode]) },
      { ...onHost, externalFile },
    );
    await made.now(() => made.engine.requests.length > 0);
    await ready(made);
    assert.deepEqual(
      plansOf(made).map(({ name }) => name),
      ['mail', 'wfe'],
    );
    await writeFile(externalFile, 'services: [');
    await made.soon(() => codes(made).includes('bad-external-file'), 60_000);
    assert.deepEqual(
      plansOf(made).map(({ name }) => name),
      ['mail', 'wfe'],
    );
  });
});

describe('a service of a Swarm', () => {
  it('is left out with its tasks where it has no label', async () => {
    await using made = await discovering(
      {
        ...managerReplies,
        '/services': json([service('plain', {})]),
        '/tasks': json([task('t', 'plain', WORKER)]),
      },
      onHost,
    );
    await ready(made);
    assert.deepEqual(made.view().inventory?.services, []);
    assert.deepEqual(made.view().inventory?.tasks, []);
  });
});
