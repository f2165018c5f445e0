/**
 * The regions of a trial: each decides for itself, with a memory of its own, on how its services are and on what it last
 * heard of the others; then they tell each other, round by round, as agents do, until nothing changes.
 */

import type {
  Effect,
  Facts,
  Memory,
  Override,
  RegionFacts,
  RemoteService,
  ServiceFacts,
  Verdict,
} from '../../model.ts';
import { createDecider, type Decide, type Decided } from '../decide.ts';
import type { RuleSet } from '../rule/rule.ts';
import type { Links } from './links.ts';

export interface TrialRegions {
  /** From now on the region has these services. */
  place(region: string, services: Readonly<Record<string, ServiceFacts>>): void;
  override(region: string, service: string, override: Override | undefined): void;
  /** Lets the regions hear of each other, without a trace in what they remember: a trial starts among regions that run. */
  acquaint(nowMs: number): void;
  /** Rounds at one instant until nothing changes; `onRound` sees each. False: it never settles. */
  settle(nowMs: number, onRound: () => void): boolean;
  /** What the region last decided; undefined where it does not run. */
  decided(region: string): Decided | undefined;
  /** When a decision would change by time alone; infinite: never. */
  nextMs(): number;
}

interface Own {
  readonly decide: Decide;
  services: Readonly<Record<string, ServiceFacts>>;
  overrides: Readonly<Record<string, Override>>;
  memory: Memory;
  last: Decided | undefined;
  /** What it tells the others. */
  told: Readonly<Record<string, RemoteService>>;
  /** What it last heard, by region. */
  readonly heard: Map<
    string,
    { readonly services: Readonly<Record<string, RemoteService>>; readonly via?: string }
  >;
}

const nothing: Memory = { services: {}, rules: {} };

/** Regions that go on changing after so many rounds chase each other. */
const mostRounds = 50;

export function createTrialRegions(deps: {
  readonly names: readonly string[];
  readonly priorities: Readonly<Record<string, number>>;
  readonly rules: RuleSet;
  readonly links: Links;
}): TrialRegions {
  const { names, links } = deps;
  const regions = new Map(
    names.map((name): [string, Own] => [
      name,
      {
        decide: createDecider(deps.rules),
        services: {},
        overrides: {},
        memory: nothing,
        last: undefined,
        told: {},
        heard: new Map(),
      },
    ]),
  );

  function listen(name: string, own: Own): Readonly<Record<string, RegionFacts>> {
    const others: Record<string, RegionFacts> = {};
    for (const [other, { told }] of regions) {
      if (other === name) continue;
      const way = links.hears(name, other);
      if (way !== undefined) own.heard.set(other, { services: told, ...way });
      const heard = own.heard.get(other) ?? { services: {} };
      others[other] = { name: other, ...links.freshness(name, other), ...heard };
    }
    return others;
  }

  function factsOf(name: string, own: Own): Facts {
    return {
      region: name,
      regionPriority: deps.priorities[name] ?? 0,
      services: own.services,
      regions: listen(name, own),
      overrides: own.overrides,
      ...(links.isIsolated(name) ? { isolated: true } : {}),
    };
  }

  /** All decide on what they heard so far, then all tell. Gives whether anything is new. */
  function round(nowMs: number): boolean {
    const running = [...regions].filter(([name]) => links.runs(name));
    const before = running.map(([, own]) => own.last);
    for (const [name, own] of running) {
      const decided = own.decide(factsOf(name, own), own.memory, nowMs);
      own.memory = decided.memory;
      own.last = decided;
    }
    for (const [, own] of running) own.told = tell(own.services, own.last);
    return running.some(([, own], index) => signOf(before[index]) !== signOf(own.last));
  }

  return {
    place(region, services) {
      const own = regions.get(region);
      if (own !== undefined) own.services = services;
    },
    override(region, service, override) {
      const own = regions.get(region);
      if (own === undefined) return;
      const { [service]: _old, ...others } = own.overrides;
      own.overrides = override === undefined ? others : { ...others, [service]: override };
    },
    acquaint(nowMs) {
      for (let count = 0; count < mostRounds; count++) if (!round(nowMs) && count > 0) break;
      for (const own of regions.values()) {
        own.memory = nothing;
        own.last = undefined;
      }
    },
    settle(nowMs, onRound) {
      for (let count = 0; count < mostRounds; count++) {
        const isNew = round(nowMs);
        if (count > 0 || isNew) onRound();
        // The first round decides on what was told before; only a second one has heard all.
        if (!isNew && count > 0) return true;
      }
      return false;
    },
    decided: (region) => (links.runs(region) ? regions.get(region)?.last : undefined),
    nextMs() {
      const wakes = [...regions].map(([name, { last }]) => (links.runs(name) ? last?.wakeAtMs : undefined));
      return Math.min(...wakes.map((ms) => ms ?? Number.POSITIVE_INFINITY));
    },
  };
}

/** What the others may see. */
function tell(
  services: Readonly<Record<string, ServiceFacts>>,
  decided: Decided | undefined,
): Readonly<Record<string, RemoteService>> {
  const verdicts = Object.entries(decided?.decision.verdicts ?? {});
  return Object.fromEntries(
    verdicts.flatMap(([name, verdict]) => {
      return services[name]?.plan.exported === true ? [[name, remoteOf(verdict)]] : [];
    }),
  );
}

function remoteOf(verdict: Verdict): RemoteService {
  const { state, eligible, willing, priority, report, healthy, total, properties, claim, ready } = verdict;
  const remote = { state, eligible, willing, priority, report, healthy, total, properties };
  return {
    ...{ ...remote, holding: report === 'up' },
    ...(claim === undefined ? {} : { claim }),
    ...(ready === undefined ? {} : { ready }),
  };
}

/** What others hear, and what people see: equal where nothing is new. */
function signOf(decided: Decided | undefined): string {
  if (decided === undefined) return '';
  const { verdicts, effects } = decided.decision;
  const told = Object.values(verdicts).map(
    ({ service, state, report, eligible, willing, priority, claim, ready }) => [
      ...[service, state, report, eligible, willing, priority, claim, ready],
    ],
  );
  return JSON.stringify([told, effects.map((effect: Effect) => effect.key)]);
}
