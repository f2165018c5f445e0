/** Plans and verdicts as a real service has them, for the benchmark `regions`. */

import type { Log, ServicePlan, Verdict } from '../../agent/model.ts';

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

export const benchSecret = {
  secrets: ['a secret for the benchmark of regions'],
  privateKeys: '',
  trusted: [],
  secretAbroad: true,
};

export function benchPlan(name: string): ServicePlan {
  return {
    ...{
      name,
      source: 'swarm',
      id: name,
      priority: 10,
      dependsOn: [],
      prefers: [],
      maxRegions: 1,
      holdMs: 0,
    },
    probe: { how: { kind: 'none' }, intervalMs: 5_000, fastMs: 1_000, timeoutMs: 2_000, rise: 2, fall: 3 },
    healthyMin: { kind: 'count', count: 1 },
    statusByReport: { up: 200, down: 503, drain: 503, unknown: 503 },
    ...{ notify: [], exported: true, problems: [] },
  };
}

/** Another verdict in each round: up and down in turn. */
export function benchVerdict(service: string, round: number): Verdict {
  const report = round % 2 === 0 ? 'up' : 'down';
  return {
    ...{
      service,
      state: report,
      report,
      eligible: report === 'up',
      willing: report === 'up',
      priority: 1_000 + (round % 1_000),
    },
    message: `${report}: ${round} of 3 instances are healthy`,
    because: [],
    ...{ stateSinceMs: round, reportSinceMs: round, healthy: round % 4, total: 3 },
    properties: { write: true, version: 7 },
    claim: { able: report === 'up', blocked: 0, unwanted: 0, priority: 1_000 },
  };
}
