/** Small makers of the model's words, for the tests of share. */

import type {
  Health,
  InstanceFacts,
  Inventory,
  Observation,
  RegionNode,
  ServicePlan,
  Task,
  Verdict,
} from '../../agent/model.ts';
import type { RegionShare } from '../../agent/share/documents.ts';

export function plan(name: string, over: Partial<ServicePlan> = {}): ServicePlan {
  return {
    name,
    source: 'swarm',
    id: `id-${name}`,
    probe: { how: { kind: 'none' }, intervalMs: 5_000, fastMs: 1_000, timeoutMs: 2_000, rise: 2, fall: 3 },
    healthyMin: { kind: 'count', count: 1 },
    priority: 0,
    dependsOn: [],
    prefers: [],
    holdMs: 0,
    statusByReport: { up: 200, down: 503, drain: 503, unknown: 503 },
    notify: [],
    exported: false,
    problems: [],
    ...over,
  };
}

export function observation(
  instance: string,
  service: string,
  node: string,
  health: Health = 'healthy',
): Observation {
  return {
    instance,
    service,
    node,
    health,
    sinceMs: 5,
    properties: { write: true },
    outcome:
      health === 'sick'
        ? { result: 'fail', reason: 'status', detail: 'status 503' }
        : { result: 'pass', properties: {} },
    asked: 'http://10.0.1.5:8080/health',
  };
}

export function instance(id: string, node: string, over: Partial<InstanceFacts> = {}): InstanceFacts {
  const { instance: _instance, service: _service, ...seen } = observation(id, '', node);
  return { id, stale: false, ...seen, ...over };
}

export function task(id: string, service: string, nodeId: string, over: Partial<Task> = {}): Task {
  return { id, serviceId: `id-${service}`, nodeId, state: 'running', desiredState: 'running', ...over };
}

export function node(id: string, over: Partial<RegionNode> = {}): RegionNode {
  return {
    id,
    hostname: id,
    address: '10.0.0.1',
    manager: false,
    raftLeader: false,
    status: 'ready',
    ...over,
  };
}

export function inventory(over: Partial<Inventory> = {}): Inventory {
  return { services: [plan('wfe')], nodes: [node('n1'), node('n2')], tasks: [], problems: [], ...over };
}

export function verdict(service: string, over: Partial<Verdict> = {}): Verdict {
  return {
    service,
    state: 'up',
    report: 'up',
    eligible: true,
    willing: true,
    priority: 0,
    message: 'all is well',
    because: [
      {
        step: 'instances',
        source: 'label msa.healthy.min of wfe',
        says: 'up',
        sets: { field: 'state', value: 'up' },
        inputs: [{ fact: 'wfe.healthy', value: 2, sinceMs: 1, note: 'of 2' }],
      },
    ],
    stateSinceMs: 1,
    reportSinceMs: 1,
    healthy: 1,
    total: 1,
    properties: {},
    ...over,
  };
}

/** What a leader of a region with these services shares, each with one healthy instance on n1. */
export function share(
  leader: string,
  names: readonly string[],
  over: Partial<RegionShare> = {},
): RegionShare {
  const record = <T>(of: (name: string) => T): Record<string, T> =>
    Object.fromEntries(names.map((name) => [name, of(name)]));
  return {
    decision: {
      region: 'east',
      leader,
      decidedAtMs: 1,
      rulesVersion: 1,
      problems: [],
      revision: { epoch: leader, number: 1 },
      inTouch: true,
    },
    services: record((name) => ({ plan: plan(name), instances: [instance(`${name}-1`, 'n1')] })),
    nodes: [node('n1')],
    agents: [],
    verdicts: record((name) => verdict(name)),
    memory: {
      services: record(() => ({ state: 'up', stateSinceMs: 1, report: 'up', reportSinceMs: 1 })),
      rules: {},
    },
    overrides: {},
    outbox: [],
    regions: {},
    lingering: new Set(),
    ...over,
  };
}
