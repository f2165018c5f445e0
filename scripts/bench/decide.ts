/** How fast rules are loaded and decisions are made: 1,000 services, 5 regions, 2,000 rules of ten conditions each. */

import { createDecider } from '../../agent/decide/decide.ts';
import { loadRules } from '../../agent/decide/rule/load.ts';
import type { RuleSet } from '../../agent/decide/rule/rule.ts';
import type {
  Facts,
  Health,
  Json,
  Memory,
  RegionFacts,
  RemoteService,
  ServiceFacts,
} from '../../agent/model.ts';
import type { BenchResult, BenchRow } from './benchResult.ts';

const serviceCount = 1_000;
const ruleCount = 2_000;
const regionNames = ['west', 'north', 'south', 'centre'] as const;
const warmUp = 5;
const rounds = 20;

/**
 * Loads, decides from nothing, and decides again with one changed fact; the median of fifteen rounds each.
 *
 * From nothing is the first decision of a fresh decider in a process whose code is warm: the rules are loaded and the decider
 * is made before, and the first five deciders are not counted.
 */
export async function benchDecide(): Promise<BenchResult> {
  const files = [{ name: 'bench.json', text: JSON.stringify({ version: 1, rules: makeRules() }, null, 2) }];
  const rules = load(files);
  const facts = makeFacts();
  const nothing: Memory = { services: {}, rules: {} };
  const loading = median(() => load(files));
  let fresh = createDecider(rules);
  const first = median(
    () => fresh(facts, nothing, 1_000_000),
    () => {
      fresh = createDecider(rules);
    },
  );

  const decider = createDecider(rules);
  let given = facts;
  let { memory } = decider(given, nothing, 1_000_000);
  let nowMs = 1_000_000;
  const step = (change: (facts: Facts, round: number) => Facts) =>
    median(
      () => {
        memory = decider(given, memory, nowMs).memory;
      },
      (round) => {
        given = change(given, round);
        nowMs += 1_000;
      },
    );
  const idle = step((same) => same);
  const changed = step((before, round) =>
    withService(before, `s${round * 7}`, round % 2 === 0 ? 'sick' : 'healthy'),
  );
  const remote = step((before, round) => withRemote(before, 'west', `s${round * 11}`));
  return {
    name: 'decide',
    rows: [
      row(`load and check ${ruleCount} rules of ten conditions`, loading, 1_000),
      row(
        `the first decision of a fresh decider: ${serviceCount} services, 5 regions, ${ruleCount} rules`,
        first,
        50,
      ),
      row('the next decision, nothing changed', idle, 5),
      row('the next decision, one service changed', changed, 5),
      row('the next decision, one service of another region changed', remote, 5),
    ],
  };
}

function row(what: string, value: number, limit: number): BenchRow {
  return {
    what,
    value: Math.round(value * 100) / 100,
    unit: 'ms',
    limit: `under ${limit}`,
    ok: value < limit,
  };
}

/** Of fifteen rounds, after five that nobody counts. */
function median(work: () => unknown, prepare: (round: number) => void = () => undefined): number {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    prepare(round);
    const startMs = performance.now();
    work();
    times.push(performance.now() - startMs);
  }
  const counted = times.slice(warmUp);
  return counted.toSorted((a, b) => a - b)[Math.floor(counted.length / 2)] ?? 0;
}

function load(files: readonly { readonly name: string; readonly text: string }[]): RuleSet {
  const loaded = loadRules(files);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.rules;
}

/** Each rule reads ten facts, here and elsewhere, of several kinds. */
function makeRules(): readonly Json[] {
  return Array.from({ length: ruleCount }, (_, index): Json => {
    const name = (step: number) => `s${(index * 13 + step * 97) % serviceCount}`;
    return {
      name: `rule-${index}`,
      if: {
        and: [
          { up: name(0) },
          { or: [{ up: `west/${name(1)}` }, { has: [name(2), 'write'] }] },
          { '>=': [{ healthy: name(3) }, 1] },
          { '!': { lost: 'north' } },
          { in: [{ var: `${name(4)}.state` }, ['up', 'down']] },
          { '!=': [{ property: [name(5), 'version'] }, 9] },
          { or: [{ up: `south/${name(6)}` }, { up: name(7) }] },
          { '<': [{ '+': [{ healthy: name(8) }, { healthy: `west/${name(8)}` }] }, 100] },
        ],
      },
      then: { service: name(0), priority: 1, message: 'all is well' },
      else: { service: name(9), report: 'drain' },
    };
  });
}

function makeFacts(): Facts {
  const names = Array.from({ length: serviceCount }, (_, index) => `s${index}`);
  return {
    region: 'east',
    regionPriority: 10,
    services: Object.fromEntries(names.map((name, index) => [name, makeService(name, index)])),
    regions: Object.fromEntries(regionNames.map((name) => [name, makeRegion(name, names)])),
    overrides: {},
  };
}

function makeService(name: string, index: number): ServiceFacts {
  const needs = index % 5 === 0 ? [] : [{ service: `s${index - 1}` }];
  return {
    plan: {
      name,
      source: 'swarm',
      id: name,
      wanted: 3,
      probe: { how: { kind: 'none' }, intervalMs: 5_000, fastMs: 1_000, timeoutMs: 2_000, rise: 2, fall: 3 },
      healthyMin: { kind: 'percent', percent: 51 },
      priority: index % 10,
      dependsOn: needs,
      prefers: [],
      ...(index % 20 === 0 ? { maxRegions: 1 } : {}),
      holdMs: 0,
      statusByReport: { up: 200, down: 503, drain: 503, unknown: 503 },
      notify: [],
      exported: true,
      problems: [],
    },
    instances: instancesOf(name, 'healthy'),
  };
}

function instancesOf(name: string, health: Health): ServiceFacts['instances'] {
  return [1, 2, 3].map((slot) => ({
    id: `${name}.${slot}`,
    node: `n${slot}`,
    health,
    stale: false,
    sinceMs: 500_000,
    properties: { write: true, version: 7 },
    outcome: { result: 'pass', properties: {} },
    asked: `http://10.0.0.${slot}:8080/health`,
  }));
}

function makeRegion(name: string, names: readonly string[]): RegionFacts {
  return {
    name,
    freshness: 'fresh',
    sinceMs: 500_000,
    services: Object.fromEntries(names.map((one) => [one, remoteOf(3)])),
  };
}

function remoteOf(healthy: number): RemoteService {
  const up = healthy > 0;
  return {
    state: up ? 'up' : 'down',
    eligible: up,
    willing: up,
    priority: 10,
    report: up ? 'up' : 'down',
    healthy,
    total: 3,
    properties: { write: true },
    claim: { able: up, blocked: up ? 0 : 1, unwanted: 0, priority: 10 },
  };
}

function withService(facts: Facts, name: string, health: Health): Facts {
  const service = facts.services[name];
  if (service === undefined) return facts;
  return {
    ...facts,
    services: { ...facts.services, [name]: { ...service, instances: instancesOf(name, health) } },
  };
}

function withRemote(facts: Facts, region: string, name: string): Facts {
  const before = facts.regions[region];
  if (before === undefined) return facts;
  const services = { ...before.services, [name]: remoteOf(0) };
  return { ...facts, regions: { ...facts.regions, [region]: { ...before, services } } };
}
