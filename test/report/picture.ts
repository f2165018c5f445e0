/** Builds pictures for tests of the report room: a small region of two nodes, with what a test says differently. */

import type {
  Decision,
  InstanceFacts,
  Picture,
  Reason,
  ServiceFacts,
  ServicePlan,
  Verdict,
} from '../../agent/model.ts';

export const startMs = 1_700_000_000_000;

export function plan(name: string, more: Partial<ServicePlan> = {}): ServicePlan {
  return {
    name,
    source: 'swarm',
    id: `id-of-${name}`,
    stack: 'shop',
    wanted: 2,
    probe: {
      how: {
        kind: 'http',
        scheme: 'http',
        port: 8080,
        path: '/health',
        expect: [{ from: 200, to: 399 }],
        properties: false,
        headers: {},
      },
      intervalMs: 5000,
      fastMs: 1000,
      timeoutMs: 2000,
      rise: 2,
      fall: 3,
    },
    healthyMin: { kind: 'count', count: 1 },
    priority: 0,
    dependsOn: [],
    prefers: [],
    holdMs: 0,
    statusByReport: { up: 200, down: 503, drain: 503, unknown: 503 },
    notify: [],
    exported: true,
    problems: [],
    ...more,
  };
}

export function instance(id: string, more: Partial<InstanceFacts> = {}): InstanceFacts {
  return {
    id,
    node: 'n1',
    health: 'healthy',
    stale: false,
    sinceMs: startMs - 60_000,
    properties: {},
    outcome: { result: 'pass', properties: {} },
    asked: 'http://10.0.1.5:8080/health',
    ...more,
  };
}

export function service(
  name: string,
  more: Partial<ServicePlan> = {},
  instances: readonly InstanceFacts[] = [instance(`${name}-1`), instance(`${name}-2`, { node: 'n2' })],
): ServiceFacts {
  return { plan: plan(name, more), instances };
}

export function reason(says: string, more: Partial<Reason> = {}): Reason {
  return { step: 'instances', source: 'label msa.healthy.min', says, inputs: [], ...more };
}

export function verdict(name: string, more: Partial<Verdict> = {}): Verdict {
  return {
    service: name,
    state: 'up',
    report: 'up',
    eligible: true,
    willing: true,
    priority: 0,
    message: '2 of 2 instances healthy',
    because: [reason('up, since 2 of 2 instances are healthy')],
    stateSinceMs: startMs - 60_000,
    reportSinceMs: startMs - 60_000,
    healthy: 2,
    total: 2,
    properties: {},
    ...more,
  };
}

export function decision(verdicts: readonly Verdict[], more: Partial<Decision> = {}): Decision {
  return {
    region: 'east',
    decidedAtMs: startMs,
    rulesVersion: 7,
    verdicts: Object.fromEntries(verdicts.map((one) => [one.service, one])),
    effects: [],
    problems: [],
    ...more,
  };
}

export const self: Picture['self'] = {
  node: 'n1',
  hostname: 'east-1',
  version: '0.1.0',
  protocol: 1,
  manager: true,
  raftLeader: true,
  rulesVersion: 7,
  rulesHash: 'c0ffee12',
  hears: ['n1'],
  managers: 1,
  startedAtMs: startMs - 3_600_000,
  ready: true,
  problems: [],
};

/** A region with `wfe` and `app`, both up; `services` and `verdicts` replace them. */
export function picture({
  services = [service('wfe'), service('app')],
  verdicts = [verdict('wfe'), verdict('app')],
  facts = {},
  ...more
}: Partial<Omit<Picture, 'facts'>> & {
  readonly services?: readonly ServiceFacts[];
  readonly verdicts?: readonly Verdict[];
  readonly facts?: Partial<Picture['facts']>;
} = {}): Picture {
  return {
    self,
    role: 'leader',
    leader: 'n1',
    decision: decision(verdicts),
    facts: {
      region: 'east',
      regionPriority: 0,
      services: Object.fromEntries(services.map((one) => [one.plan.name, one])),
      regions: {},
      overrides: {},
      ...facts,
    },
    nodes: [
      {
        id: 'n1',
        hostname: 'east-1',
        address: '10.77.0.1',
        manager: true,
        raftLeader: true,
        status: 'ready',
      },
      {
        id: 'n2',
        hostname: 'east-2',
        address: '10.77.0.2',
        manager: false,
        raftLeader: false,
        status: 'ready',
      },
    ],
    agents: [
      { info: self, heard: true, sinceMs: startMs - 3_600_000 },
      {
        info: {
          ...self,
          node: 'n2',
          hostname: 'east-2',
          manager: false,
          raftLeader: false,
        },
        heard: true,
        sinceMs: startMs - 3_000_000,
      },
    ],
    problems: [],
    ...more,
  };
}

/** The picture before anything is known. */
export function emptyPicture(): Picture {
  const { decision: _none, ...rest } = picture({ services: [], self: { ...self, ready: false } });
  return rest;
}
