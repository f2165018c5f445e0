/** Answers of engines for the tests, shortened from those of real ones: 20.10 in a Swarm of a manager and a worker. */

import { json, notManager, type Reply } from './fakeEngine.ts';

export const MANAGER = 'node1manager';
export const WORKER = 'node2worker';

const remoteManagers = [{ NodeID: MANAGER, Addr: '10.77.0.1:2377' }];

export function managerInfo(swarm: object = {}): Reply {
  return json({
    ID: 'ENGINE:ONE',
    Name: 'm1',
    Swarm: {
      NodeID: MANAGER,
      NodeAddr: '10.77.0.1',
      LocalNodeState: 'active',
      ControlAvailable: true,
      Error: '',
      RemoteManagers: remoteManagers,
      ...swarm,
    },
  });
}

export function workerInfo(swarm: object = {}): Reply {
  return managerInfo({ NodeID: WORKER, NodeAddr: '10.77.0.2', ControlAvailable: false, ...swarm });
}

export const plainInfo: Reply = json({
  ID: 'ENGINE:ONE',
  Name: 'laptop',
  Swarm: {
    NodeID: '',
    NodeAddr: '',
    LocalNodeState: 'inactive',
    ControlAvailable: false,
    Error: '',
    RemoteManagers: null,
  },
});

export function service(name: string, labels: Record<string, string>, more: object = {}): object {
  const stack = name.split('_')[0];
  return {
    ID: `id-${name}`,
    Version: { Index: 11 },
    CreatedAt: '2026-01-01T10:00:00.123456789Z',
    Spec: {
      Name: name,
      Labels: { ...(name.includes('_') ? { 'com.docker.stack.namespace': stack } : {}), ...labels },
      TaskTemplate: { ContainerSpec: { Image: 'app:1', Isolation: 'default' }, ForceUpdate: 0 },
      Mode: { Replicated: { Replicas: 2 } },
      ...more,
    },
    Endpoint: { Spec: {} },
  };
}

export function task(id: string, serviceName: string, nodeId: string, more: object = {}): object {
  return {
    ID: id,
    ServiceID: `id-${serviceName}`,
    NodeID: nodeId,
    Slot: 1,
    DesiredState: 'running',
    Status: { Timestamp: '2026-01-01T10:00:01Z', State: 'running', Message: 'started' },
    ...more,
  };
}

export function node(id: string, address: string, more: object = {}): object {
  return {
    ID: id,
    Spec: { Role: 'worker', Availability: 'active' },
    Description: { Hostname: `host-${id}`, Engine: { EngineVersion: '20.10.24' } },
    Status: { State: 'ready', Addr: address },
    ...more,
  };
}

export const managerNode = node(MANAGER, '10.77.0.1', {
  ManagerStatus: { Leader: true, Reachability: 'reachable', Addr: '10.77.0.1:2377' },
});

/** A container of a Swarm's task, in one overlay network. */
export function taskContainer(id: string, serviceName: string, taskId: string, more: object = {}): object {
  return {
    Id: id,
    Names: [`/${serviceName}.1.${taskId}`],
    Image: 'app:1',
    Labels: {
      'com.docker.swarm.node.id': MANAGER,
      'com.docker.swarm.service.id': `id-${serviceName}`,
      'com.docker.swarm.service.name': serviceName,
      'com.docker.swarm.task.id': taskId,
      'com.docker.swarm.task.name': `${serviceName}.1.${taskId}`,
      maintainer: 'nobody',
    },
    State: 'running',
    Status: 'Up 5 minutes',
    Ports: [],
    HostConfig: { NetworkMode: 'net-backend' },
    NetworkSettings: {
      Networks: { backend: { NetworkID: 'net-backend', IPAddress: '10.0.1.5', Gateway: '' } },
    },
    ...more,
  };
}

export function gatewayBridge(addresses: Record<string, string>): Reply {
  const containers = Object.entries(addresses).map(([id, address]) => [
    id,
    { Name: 'gateway_x', IPv4Address: `${address}/16` },
  ]);
  return json({
    Name: 'docker_gwbridge',
    IPAM: { Driver: 'default', Config: [{ Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' }] },
    Containers: Object.fromEntries(containers),
  });
}

/** A manager with one service of one task, here. */
export const managerReplies: Readonly<Record<string, Reply>> = {
  '/info': managerInfo(),
  '/services': json([service('shop_wfe', { 'msa.probe': 'http://:8080/health' })]),
  '/tasks': json([task('task1', 'shop_wfe', MANAGER)]),
  '/nodes': json([managerNode, node(WORKER, '10.77.0.2')]),
  '/containers/json': json([taskContainer('container1aa', 'shop_wfe', 'task1')]),
  '/networks/docker_gwbridge': gatewayBridge({ container1aa: '172.18.0.3' }),
};

/** A worker with one container of the same service. */
export const workerReplies: Readonly<Record<string, Reply>> = {
  ...managerReplies,
  '/info': workerInfo(),
  '/services': notManager,
  '/tasks': notManager,
  '/nodes': notManager,
};
