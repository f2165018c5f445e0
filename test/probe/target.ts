/** Builds targets for tests: only what a test is about needs saying. */

import type { ProbeHow, ProbePlan, ProbeTarget } from '../../agent/model.ts';

type Http = Extract<ProbeHow, { kind: 'http' }>;

export function httpHow(port: number, changes: Partial<Http> = {}): Http {
  return {
    kind: 'http',
    scheme: 'http',
    port,
    path: '/health',
    expect: [{ from: 200, to: 399 }],
    properties: false,
    headers: {},
    ...changes,
  };
}

export function planFor(how: ProbeHow, changes: Partial<ProbePlan> = {}): ProbePlan {
  return { how, intervalMs: 5_000, fastMs: 1_000, timeoutMs: 2_000, rise: 2, fall: 3, ...changes };
}

export function targetFor(plan: ProbePlan, changes: Partial<ProbeTarget> = {}): ProbeTarget {
  return {
    instance: 'task1',
    service: 'wfe',
    node: 'node1',
    plan,
    address: '127.0.0.1',
    docker: 'running',
    ...changes,
  };
}
