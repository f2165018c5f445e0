/** Several regions that decide for themselves and tell each other, round by round, as the agents of real regions do. */

import { createDecider, type Decided } from '../../agent/decide/decide.ts';
import type { RuleSet } from '../../agent/decide/rule/rule.ts';
import type { Facts, Freshness, Memory, RemoteService, ServiceFacts, Verdict } from '../../agent/model.ts';
import { facts, nothing, region, startMs } from './make.ts';

export interface RegionPlan {
  readonly name: string;
  readonly services: readonly ServiceFacts[];
  readonly priority?: number;
}

export interface Federation {
  /** Every region decides once on what the others last told; gives whether anything changed. */
  round(): boolean;
  /** Rounds until nothing changes; undefined where that does not come. */
  settle(mostRounds?: number): number | undefined;
  /** From now on the region has these services. */
  change(name: string, services: readonly ServiceFacts[]): void;
  /** From now on `listener` hears `other` like that; what it knows of it stays what it was. */
  hear(listener: string, other: string, freshness: Freshness): void;
  verdicts(name: string): Readonly<Record<string, Verdict>>;
  /** The regions where the service is reported up. */
  upIn(service: string): readonly string[];
  /** The regions where it is eligible. */
  eligibleIn(service: string): readonly string[];
  /** What a region decides on, as it is now. */
  factsOf(name: string): Facts;
  memoryOf(name: string): Memory;
}

export function createFederation(plans: readonly RegionPlan[], rules: RuleSet): Federation {
  const regions = new Map(
    plans.map((plan) => [
      plan.name,
      { plan, decide: createDecider(rules), memory: nothing, last: undefined as Decided | undefined },
    ]),
  );
  const told = new Map<string, Readonly<Record<string, RemoteService>>>();
  const heard = new Map<
    string,
    { freshness: Freshness; services: Readonly<Record<string, RemoteService>> }
  >();
  let nowMs = startMs;

  function factsOf(name: string): Facts {
    const own = regions.get(name);
    if (own === undefined) throw new Error(`no region ${name}`);
    const others = [...regions.keys()]
      .filter((other) => other !== name)
      .map((other) => {
        const silence = heard.get(`${name} ${other}`);
        return silence === undefined
          ? region(other, told.get(other) ?? {})
          : region(other, silence.services, silence.freshness);
      });
    return facts(own.plan.services, {
      region: name,
      regionPriority: own.plan.priority ?? 0,
      regions: others,
    });
  }

  function round(): boolean {
    nowMs += 1000;
    let changed = false;
    const decisions = [...regions].map(([name, own]) => {
      const decided = own.decide(factsOf(name), own.memory, nowMs);
      own.memory = decided.memory;
      own.last = decided;
      return [name, decided] as const;
    });
    for (const [name, { decision }] of decisions) {
      const telling = tell(decision.verdicts);
      if (JSON.stringify(telling) !== JSON.stringify(told.get(name))) changed = true;
      told.set(name, telling);
    }
    return changed;
  }

  function where(service: string, is: (verdict: Verdict) => boolean): readonly string[] {
    return [...regions].flatMap(([name, { last }]) => {
      const verdict = last?.decision.verdicts[service];
      return verdict !== undefined && is(verdict) ? [name] : [];
    });
  }

  return {
    round,
    settle(mostRounds = 40) {
      for (let count = 1; count <= mostRounds; count++) if (!round()) return count;
      return undefined;
    },
    change(name, services) {
      const own = regions.get(name);
      if (own !== undefined) own.plan = { ...own.plan, services };
    },
    hear(listener, other, freshness) {
      if (freshness === 'fresh') heard.delete(`${listener} ${other}`);
      else {
        const services = heard.get(`${listener} ${other}`)?.services ?? told.get(other) ?? {};
        heard.set(`${listener} ${other}`, { freshness, services });
      }
    },
    verdicts: (name) => regions.get(name)?.last?.decision.verdicts ?? {},
    upIn: (service) => where(service, ({ report }) => report === 'up'),
    eligibleIn: (service) => where(service, ({ eligible }) => eligible),
    factsOf,
    memoryOf: (name) => regions.get(name)?.memory ?? nothing,
  };
}

/** What a region tells others of its verdicts. */
function tell(verdicts: Readonly<Record<string, Verdict>>): Readonly<Record<string, RemoteService>> {
  return Object.fromEntries(
    Object.entries(verdicts).map(([name, verdict]) => {
      const { state, eligible, willing, priority, report, healthy, total, properties, claim } = verdict;
      const holding = report === 'up';
      const remote = { state, eligible, willing, priority, report, healthy, total, properties, holding };
      return [name, claim === undefined ? remote : { ...remote, claim }];
    }),
  );
}
