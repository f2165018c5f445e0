import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LocalContainer } from '../../agent/discover/containerShapes.ts';
import {
  createSwarmInventory,
  inventoryOfContainers,
  type SwarmLists,
} from '../../agent/discover/inventory.ts';
import { planOf } from '../../agent/discover/labels.ts';
import type { SwarmService } from '../../agent/discover/swarmShapes.ts';
import type { RegionNode, ServicePlan, Task } from '../../agent/model.ts';

const node1: RegionNode = {
  id: 'n1',
  hostname: 'm1',
  address: '10.0.0.1',
  manager: true,
  raftLeader: true,
  status: 'ready',
};

function service(
  name: string,
  labels: Record<string, string>,
  more: Partial<SwarmService> = {},
): SwarmService {
  return {
    id: `id-${name}`,
    name,
    createdAt: '2026-01-01',
    labels,
    containerLabels: {},
    replicas: 2,
    isGlobal: false,
    ...more,
  };
}

function task(id: string, serviceId: string, more: Partial<Task> = {}): Task {
  return { id, serviceId, nodeId: 'n1', state: 'running', desiredState: 'running', ...more };
}

function inventory(lists: Partial<SwarmLists>, external: readonly ServicePlan[] = []) {
  return createSwarmInventory()({ services: [], tasks: [], nodes: [node1], ...lists }, external);
}

function container(
  name: string,
  labels: Record<string, string>,
  more: Partial<LocalContainer> = {},
): LocalContainer {
  const id = `${name}0123456789abcdef`;
  return {
    id,
    name,
    labels,
    running: true,
    state: 'running',
    docker: 'running',
    onHostNetwork: false,
    networks: [],
    ports: [],
    ...more,
  };
}

const on = { 'msa.enable': 'true' };

describe('the inventory of a Swarm', () => {
  it('has the services with labels, and their tasks that are meant to run', () => {
    const made = inventory({
      services: [service('wfe', on), service('traefik', {})],
      tasks: [
        task('t2', 'id-wfe'),
        task('t1', 'id-wfe', { desiredState: 'shutdown' }),
        task('t3', 'id-traefik'),
      ],
    });
    assert.deepEqual(
      made.services.map(({ name, id, wanted }) => `${name} ${id} ${wanted}`),
      ['wfe id-wfe 2'],
    );
    assert.deepEqual(
      made.tasks.map(({ id }) => id),
      ['t2'],
    );
    assert.deepEqual(made.nodes, [node1]);
    assert.deepEqual(made.problems, []);
  });

  it('calls a service by its name without the prefix of its stack', () => {
    const stack = { ...on, 'com.docker.stack.namespace': 'shop' };
    const made = inventory({
      services: [service('shop_wfe', stack), service('shopping', stack), service('other_app', on)],
    });
    assert.deepEqual(
      made.services.map(({ name }) => name),
      ['other_app', 'shopping', 'wfe'],
    );
    assert.equal(made.services.at(-1)?.stack, 'shop');
  });

  it('wants of a global service as many as there are tasks of it, and of a job nobody knows', () => {
    const { replicas: _, ...job } = service('job', on);
    const { replicas: __, ...everywhere } = service('agent', on, { isGlobal: true });
    const made = inventory({
      services: [job, everywhere],
      tasks: [task('t1', 'id-agent'), task('t2', 'id-agent')],
    });
    assert.deepEqual(
      made.services.map(({ name, wanted }) => [name, wanted]),
      [
        ['agent', 2],
        ['job', undefined],
      ],
    );
  });

  it('gives a name that two services want to the older one, in whatever order they are listed', () => {
    const older = service('a_wfe', { 'msa.name': 'wfe' }, { createdAt: '2026-01-01' });
    const newer = service('b_wfe', { 'msa.name': 'wfe' }, { createdAt: '2026-01-02', id: 'id-0' });
    const twin = service('c_wfe', { 'msa.name': 'wfe' }, { createdAt: '2026-01-01', id: 'id-z' });
    for (const services of [
      [older, newer, twin],
      [twin, newer, older],
    ]) {
      const made = inventory({ services, tasks: [task('t1', newer.id), task('t2', older.id)] });
      assert.deepEqual(
        made.services.map(({ id }) => id),
        ['id-a_wfe'],
      );
      assert.deepEqual(
        made.tasks.map(({ id }) => id),
        ['t2'],
      );
      assert.deepEqual(
        made.problems.map(({ code, service: of }) => [code, of]),
        [
          ['duplicate-name', 'wfe'],
          ['duplicate-name', 'wfe'],
        ],
      );
      assert.match(made.problems[0]?.message ?? '', /id-a_wfe has it, the swarm service id-z is left out/);
    }
  });

  it('gives a name to a service of the Swarm before an external one', () => {
    const external = planOf({ name: 'wfe', id: 'wfe', source: 'external', labels: on });
    const made = inventory({ services: [service('wfe', on)] }, external === undefined ? [] : [external]);
    assert.deepEqual(
      made.services.map(({ source }) => source),
      ['swarm'],
    );
    assert.equal(made.problems[0]?.code, 'duplicate-name');
  });

  it('tells of labels that are on the containers by mistake', () => {
    const made = inventory({
      services: [service('wfe', {}, { containerLabels: { 'msa.probe': 'tcp://:1' } })],
    });
    assert.deepEqual(made.services, []);
    assert.equal(made.problems[0]?.code, 'misplaced-labels');
    assert.match(made.problems[0]?.hint ?? '', /deploy\.labels/);
  });

  it('keeps what it made of the same lists, and each plan that stays as it is', () => {
    const make = createSwarmInventory();
    const services = [service('a', on), service('b', on)];
    const lists = { services, tasks: [], nodes: [] };
    const external: readonly ServicePlan[] = [];
    const before = make(lists, external);
    assert.equal(make(lists, external), before);
    const after = make(
      { ...lists, services: [service('a', on), service('b', { 'msa.priority': '5' })] },
      external,
    );
    assert.equal(after.services[0], before.services[0]);
    assert.equal(after.services[1]?.priority, 5);
  });
});

describe('the inventory of an engine without a Swarm', () => {
  it('has its containers as services, stopped ones included', () => {
    const containers = [
      container('web', on),
      container('db', on, { running: false, state: 'exited' }),
      container('x', {}),
    ];
    const made = inventoryOfContainers(containers, node1, []);
    assert.deepEqual(
      made.services.map(({ name, source, wanted }) => `${name} ${source} ${wanted}`),
      ['db container 1', 'web container 1'],
    );
    assert.deepEqual(
      made.tasks.map(({ id, serviceId, state, nodeId }) => [id, serviceId, state, nodeId]),
      [
        ['db0123456789', 'db', 'exited', 'n1'],
        ['web012345678', 'web', 'running', 'n1'],
      ],
    );
  });

  it('has the copies of a Compose service as its instances', () => {
    const labels = { ...on, 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'wfe' };
    const made = inventoryOfContainers(
      [container('shop-wfe-2', labels), container('shop-wfe-1', labels)],
      node1,
      [],
    );
    assert.deepEqual(
      made.services.map(({ name, id, stack, wanted }) => [name, id, stack, wanted]),
      [['wfe', 'shop/wfe', 'shop', 2]],
    );
    assert.equal(made.tasks.length, 2);
  });
});
