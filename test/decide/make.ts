/** Makes facts and rules for the tests of decisions, in few words. */

import { type Decided, decide } from '../../agent/decide/decide.ts';
import { loadRules } from '../../agent/decide/rule/load.ts';
import type { RuleSet } from '../../agent/decide/rule/rule.ts';
import type {
  Facts,
  Health,
  InstanceFacts,
  Json,
  Memory,
  Override,
  Properties,
  RegionFacts,
  RemoteService,
  ServiceFacts,
  ServicePlan,
} from '../../agent/model.ts';

export const startMs = 1_700_000_000_000;
export const nothing: Memory = { services: {}, rules: {} };

/** A plan with every default, and what is said of it. */
export function plan(name: string, said: Partial<ServicePlan> = {}): ServicePlan {
  return {
    name,
    source: 'swarm',
    id: `id-${name}`,
    probe: { how: { kind: 'none' }, intervalMs: 5000, fastMs: 1000, timeoutMs: 2000, rise: 2, fall: 3 },
    healthyMin: { kind: 'count', count: 1 },
    priority: 0,
    dependsOn: [],
    prefers: [],
    holdMs: 0,
    statusByReport: { up: 200, down: 503, drain: 503, unknown: 503 },
    notify: [],
    exported: true,
    problems: [],
    ...said,
  };
}

export function instance(id: string, health: Health, said: Partial<InstanceFacts> = {}): InstanceFacts {
  return {
    id,
    node: 'n1',
    health,
    stale: false,
    sinceMs: startMs - 60_000,
    properties: {},
    outcome:
      health === 'healthy'
        ? { result: 'pass', properties: {} }
        : health === 'sick'
          ? { result: 'fail', reason: 'status', detail: 'status 503' }
          : { result: 'unknown', reason: 'not-yet', detail: 'not probed yet' },
    asked: 'http://10.0.1.5:8080/health',
    ...said,
  };
}

/** A service with one instance of that health. */
export function service(
  name: string,
  health: Health = 'healthy',
  said: Partial<ServicePlan> & { readonly properties?: Properties } = {},
): ServiceFacts {
  const { properties = {}, ...of } = said;
  return { plan: plan(name, of), instances: [instance(`${name}.1`, health, { properties })] };
}

/** `depends on`: local names, or `west/db`. */
export function on(...names: readonly string[]) {
  return {
    dependsOn: names.map((name) => {
      const [first = '', second] = name.split('/');
      return second === undefined ? { service: first } : { region: first, service: second };
    }),
  };
}

export function facts(
  services: readonly ServiceFacts[],
  more: {
    readonly region?: string;
    readonly regionPriority?: number;
    readonly regions?: readonly RegionFacts[];
    readonly overrides?: readonly Override[];
  } = {},
): Facts {
  return {
    region: more.region ?? 'east',
    regionPriority: more.regionPriority ?? 0,
    services: Object.fromEntries(services.map((one) => [one.plan.name, one])),
    regions: Object.fromEntries((more.regions ?? []).map((region) => [region.name, region])),
    overrides: Object.fromEntries((more.overrides ?? []).map((override) => [override.service, override])),
  };
}

export function override(
  service: string,
  report: Override['report'],
  said: Partial<Override> = {},
): Override {
  return { service, report, owner: 'ann', reason: 'a test', setAtMs: startMs, ...said };
}

/** What another region tells of a service that is up and served there. */
export function remote(said: Partial<RemoteService> = {}): RemoteService {
  const up = (said.state ?? 'up') === 'up';
  const eligible = said.eligible ?? up;
  const willing = said.willing ?? eligible;
  const priority = said.priority ?? 0;
  return {
    state: 'up',
    eligible,
    willing,
    priority,
    report: up ? 'up' : 'down',
    healthy: up ? 1 : 0,
    total: 1,
    properties: {},
    claim: { able: eligible, blocked: eligible ? 0 : 1, unwanted: willing ? 0 : 1, priority },
    ...said,
  };
}

export function region(
  name: string,
  services: Readonly<Record<string, RemoteService>>,
  freshness: RegionFacts['freshness'] = 'fresh',
): RegionFacts {
  return { name, freshness, sinceMs: startMs, services };
}

/** Rules as they stand in one file; a mistake in them fails the test with its message. */
export function rules(...list: readonly Json[]): RuleSet {
  const loaded = loadRules([{ name: 'test.json', text: JSON.stringify({ version: 1, rules: list }) }]);
  if (loaded.ok) return loaded.rules;
  throw new Error(loaded.problems.map((problem) => `${problem.message}. ${problem.hint}`).join('\n'));
}

export const noRules = rules();

/** Decides once, from no memory. */
export function decideOnce(given: Facts, set: RuleSet = noRules): Decided {
  return decide(set, given, nothing, startMs);
}

/** `db up, wfe down` for all services: reports by name. */
export function reportsOf({ decision }: Decided): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(decision.verdicts).map(([name, { report }]) => [name, report]));
}

/** Decides again and again with one memory, at any time. */
export function follow(set: RuleSet = noRules) {
  let memory = nothing;
  return {
    at(seconds: number, given: Facts): Decided {
      const decided = decide(set, given, memory, startMs + seconds * 1000);
      memory = decided.memory;
      return decided;
    },
  };
}

/** Every instance and region in it is in doubt. */
export function inDoubt({ services, regions, ...rest }: Facts): Facts {
  return {
    ...rest,
    services: Object.fromEntries(
      Object.entries(services).map(([name, one]): [string, ServiceFacts] => [
        name,
        {
          ...one,
          instances: one.instances.map(
            (instance): InstanceFacts => ({ ...instance, stale: true, health: 'healthy' }),
          ),
        },
      ]),
    ),
    regions: Object.fromEntries(
      Object.entries(regions).map(([name, one]) => [name, { ...one, freshness: 'stale' as const }]),
    ),
  };
}

/** The other regions fall silent. */
export function silent(given: Facts): Facts {
  const { regions } = inDoubt(given);
  return { ...given, regions };
}
