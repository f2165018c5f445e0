import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerNetwork, LocalContainer } from '../../agent/discover/containerShapes.ts';
import { planOf } from '../../agent/discover/labels.ts';
import { type NodeSight, toTargets, toWholeServiceTargets } from '../../agent/discover/targets.ts';
import type { ProbeTarget, ServicePlan } from '../../agent/model.ts';

function plan(probe: string): ServicePlan {
  const made = planOf({ name: 'wfe', id: 'service1', source: 'swarm', labels: { 'msa.probe': probe } });
  assert.ok(made !== undefined);
  return made;
}

function network(name: string, address: string, gateway = ''): ContainerNetwork {
  return { id: `id-${name}`, name, address, gateway };
}

function container(more: Partial<LocalContainer> = {}): LocalContainer {
  return {
    id: 'c1',
    name: 'shop_wfe.1.t1',
    labels: { 'com.docker.swarm.service.id': 'service1', 'com.docker.swarm.task.id': 't1' },
    running: true,
    state: 'running',
    docker: 'running',
    onHostNetwork: false,
    networks: [network('backend', '10.0.1.5')],
    ports: [],
    ...more,
  };
}

/** The agent's own container, in these networks. */
function agentIn(...networks: ContainerNetwork[]): LocalContainer {
  return container({ id: 'agent', name: 'msa_agent', labels: {}, networks });
}

function sight(
  containers: readonly LocalContainer[],
  addresses: readonly string[],
  more: Partial<NodeSight> = {},
): NodeSight {
  return {
    node: {
      id: 'n1',
      hostname: 'm1',
      address: '10.77.0.1',
      manager: false,
      raftLeader: false,
      status: 'ready',
    },
    inSwarm: true,
    containers,
    gateway: { address: '172.18.0.1', containers: { c1: '172.18.0.3', agent: '172.18.0.4' } },
    addresses: new Set(['127.0.0.1', ...addresses]),
    ...more,
  };
}

const onHost = ['10.77.0.1', '172.17.0.1', '172.18.0.1'];
const inBackend = ['10.0.1.9', '172.18.0.4'];

function onlyTarget(seen: NodeSight, probe = 'http://:8080/health'): ProbeTarget {
  const targets = toTargets([plan(probe)], seen);
  assert.equal(targets.length, 1);
  const [target] = targets;
  assert.ok(target !== undefined);
  return target;
}

function addressOf(seen: NodeSight, probe?: string): string | undefined {
  const target = onlyTarget(seen, probe);
  assert.equal(target.problem, undefined);
  return target.address;
}

describe('the way to an instance', () => {
  it('is its address in a network that agent and task share', () => {
    assert.equal(
      addressOf(sight([agentIn(network('backend', '10.0.1.9')), container()], inBackend)),
      '10.0.1.5',
    );
  });

  it('is by name the first of several shared networks, however they are listed', () => {
    const a = [network('alpha', '10.0.2.5'), network('backend', '10.0.1.5')];
    const agent = agentIn(network('backend', '10.0.1.9'), network('alpha', '10.0.2.9'));
    const addresses = [...inBackend, '10.0.2.9'];
    assert.equal(addressOf(sight([container({ networks: a }), agent], addresses)), '10.0.2.5');
  });

  it('is never through the ingress network', () => {
    const networks = [network('ingress', '10.0.0.5')];
    const agent = agentIn(network('ingress', '10.0.0.9'));
    const target = onlyTarget(sight([agent, container({ networks })], ['10.0.0.9', '172.18.0.4']));
    assert.equal(target.problem?.code, 'no-way');
  });

  it("is docker_gwbridge where the agent is on the node's own network", () => {
    assert.equal(addressOf(sight([container()], onHost)), '172.18.0.3');
  });

  it('is not docker_gwbridge for an agent in a container, which has an address there as well', () => {
    const target = onlyTarget(
      sight([agentIn(network('frontend', '10.0.3.9')), container()], ['10.0.3.9', '172.18.0.4']),
    );
    assert.equal(target.address, undefined);
  });

  it("is not an overlay network that has the range of the node's own network", () => {
    const seen = sight([container({ networks: [network('backend', '10.77.0.5')] })], onHost);
    assert.equal(addressOf(seen), '172.18.0.3');
  });

  it("is not the network of a task whose address is by chance one of the node's", () => {
    const chance = agentIn(network('backend', '10.77.0.1'));
    assert.equal(addressOf(sight([chance, container()], onHost)), '172.18.0.3');
  });

  it("is the node for a task on the node's own network", () => {
    const onNode = container({ onHostNetwork: true, networks: [] });
    assert.equal(addressOf(sight([onNode], onHost)), '10.77.0.1');
    assert.equal(addressOf(sight([agentIn(network('backend', '10.0.1.9')), onNode], inBackend)), '10.77.0.1');
  });

  it('is a port that the task publishes on the node, where nothing else is left', () => {
    const seen = sight([container({ ports: [{ inside: 8080, outside: 18080 }] })], ['10.0.3.9']);
    const target = onlyTarget(seen);
    assert.equal(target.address, '10.77.0.1');
    assert.ok(target.plan.how.kind === 'http');
    assert.equal(target.plan.how.port, 18080);
    assert.equal(target.plan.how.path, '/health');
  });

  it('is none where only another port is published, and the problem says what to attach', () => {
    const target = onlyTarget(sight([container({ ports: [{ inside: 9090, outside: 9090 }] })], ['10.0.3.9']));
    assert.equal(target.address, undefined);
    assert.equal(target.problem?.service, 'wfe');
    assert.match(target.problem?.message ?? '', /There is no way to shop_wfe\.1\.t1/);
    assert.match(target.problem?.hint ?? '', /^Attach the agent to one of its networks \(backend\)/);
  });

  it('is none for a task in an internal network only, which has no address in docker_gwbridge', () => {
    const seen = sight([container()], onHost, { gateway: { address: '172.18.0.1', containers: {} } });
    assert.equal(onlyTarget(seen).problem?.code, 'no-way');
  });

  it('is not needed for docker, none and push', () => {
    for (const probe of ['docker', 'none', 'push']) {
      assert.equal(addressOf(sight([container()], ['10.0.3.9']), probe), undefined);
    }
  });

  it('is no problem of one that is stopping, and has lost its networks', () => {
    const ended = container({ running: false, docker: 'stopping', networks: [] });
    const target = onlyTarget(sight([ended], onHost, { gateway: { address: '172.18.0.1', containers: {} } }));
    assert.equal(target.docker, 'stopping');
    assert.equal(target.problem, undefined);
  });
});

describe('the way to a plain container', () => {
  const alone = { inSwarm: false, gateway: { address: '', containers: {} } };
  const labels = {};
  const bridge = network('bridge', '172.17.0.2', '172.17.0.1');

  function plainAddress(
    web: LocalContainer,
    others: readonly LocalContainer[],
    addresses: readonly string[],
  ) {
    const web1 = { ...plan('http://:80/'), id: 'web' };
    return toTargets([web1], sight([web, ...others], addresses, alone))[0]?.address;
  }

  it('is its bridge, which the node reaches', () => {
    assert.equal(
      plainAddress(container({ name: 'web', labels, networks: [bridge] }), [], onHost),
      '172.17.0.2',
    );
  });

  it('is a network shared with an agent in a container', () => {
    const agent = agentIn(network('bridge', '172.17.0.9', '172.17.0.1'));
    assert.equal(
      plainAddress(container({ name: 'web', labels, networks: [bridge] }), [agent], ['172.17.0.9']),
      '172.17.0.2',
    );
  });

  it("leads out of the agent's container by its gateway, and not to the agent itself", () => {
    const agent = agentIn(network('own', '172.20.0.9', '172.20.0.1'));
    const web = container({ name: 'web', labels, onHostNetwork: true, networks: [] });
    assert.equal(plainAddress(web, [agent], ['172.20.0.9']), '172.20.0.1');
    assert.equal(plainAddress(web, [], onHost), '127.0.0.1');
  });
});

describe('the targets of an agent', () => {
  it('are the running containers of planned services, by the id of the task, in order', () => {
    const labels = (task: string) => ({ ...container().labels, 'com.docker.swarm.task.id': task });
    const seen = sight(
      [
        container({ id: 'c2', labels: labels('t2') }),
        container({ id: 'c1', labels: labels('t1'), docker: 'healthy' }),
        container({ id: 'c3', labels: labels('t3'), running: false }),
        container({ id: 'c4', labels: { 'com.docker.swarm.service.id': 'other' } }),
        container({ id: 'c5', name: 'plain', labels: {} }),
      ],
      onHost,
    );
    const targets = toTargets([plan('docker')], seen);
    assert.deepEqual(
      targets.map(({ instance, service, node, docker }) => [instance, service, node, docker]),
      [
        ['t1', 'wfe', 'n1', 'healthy'],
        ['t2', 'wfe', 'n1', 'running'],
      ],
    );
  });

  it('leave a service that is asked by its host to the leader', () => {
    const hosted = plan('tcp://db.example:5432');
    assert.deepEqual(toTargets([hosted], sight([container()], onHost)), []);
    assert.deepEqual(toWholeServiceTargets([hosted, plan('tcp://:1')], 'n1'), [
      {
        instance: 'wfe',
        service: 'wfe',
        node: 'n1',
        plan: hosted.probe,
        address: 'db.example',
        docker: 'running',
      },
    ]);
  });
});
