/**
 * Regions that tell each other over links with delays, which a test cuts: each decides on what it has heard so far, when that
 * changes or when its last decision asked for it. Time goes in steps.
 */

import { createDecider, type Decided, decide } from '../../agent/decide/decide.ts';
import type { Facts, Freshness, Memory, RegionFacts, RemoteService, Verdict } from '../../agent/model.ts';
import { isIsolated, majorityAtMs, silenceFromMs, type Touch, touched } from '../../agent/share/isolation.ts';
import { facts, noRules, nothing, service, startMs } from './make.ts';

export const stepMs = 100;
/** In steps. What is said arrives within the delay, or not at all. */
export const times = { delay: 3, staleAfter: 6, settle: 14, releaseAfter: 15, lostAfter: 40 };

export type Happening =
  | { readonly kind: 'health'; readonly region: string; readonly able: boolean }
  | { readonly kind: 'priority'; readonly region: string; readonly priority: number }
  | { readonly kind: 'cut' | 'heal' | 'restart'; readonly region: string };

type Services = Readonly<Record<string, RemoteService>>;

interface Heard {
  facts: RegionFacts;
  atMs: number | undefined;
}

interface Own {
  decide: ReturnType<typeof createDecider>;
  able: boolean;
  priority: number;
  isCut: boolean;
  memory: Memory;
  last: Decided | undefined;
  touch: Touch | undefined;
  startedAtMs: number;
  facts: Facts | undefined;
  /** What it says, made anew where its verdict is another. */
  told: { readonly verdict: Verdict | undefined; readonly services: Services };
  readonly heard: Map<string, Heard>;
}

interface Message {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly services: Services;
}

export interface HandingOver {
  happen(happening: Happening): void;
  /** One step of time; the regions where the service is reported up after it. */
  step(): readonly string[];
  eligible(): readonly string[];
}

/** The last of the names is a witness, without services. */
export function createHandingOver(world: {
  readonly names: readonly string[];
  readonly maxRegions: number;
  readonly random: () => number;
  readonly settleMs?: number;
}): HandingOver {
  const { names, maxRegions, random, settleMs = times.settle * stepMs } = world;
  const witness = names.at(-1);
  let nowMs = startMs;
  let messages: Message[] = [];
  const lastMs = new Map<string, number>();
  const regions = new Map<string, Own>(names.map((name) => [name, born(name, true, 0)]));

  function born(name: string, able: boolean, priority: number): Own {
    const unheard = (other: string): [string, Heard] => [
      other,
      { facts: { name: other, freshness: 'stale', sinceMs: nowMs, services: {} }, atMs: undefined },
    ];
    return {
      decide: createDecider(noRules),
      ...{
        able,
        priority,
        isCut: false,
        memory: nothing,
        last: undefined,
        facts: undefined,
        touch: undefined,
      },
      startedAtMs: nowMs,
      told: { verdict: undefined, services: {} },
      heard: new Map(names.filter((other) => other !== name).map(unheard)),
    };
  }

  function deliver(): void {
    const due = messages.filter(({ atMs }) => atMs <= nowMs);
    messages = messages.filter(({ atMs }) => atMs > nowMs);
    for (const { from, to, services } of due) {
      const heard = regions.get(to)?.heard.get(from);
      if (heard === undefined || regions.get(to)?.isCut === true) continue;
      heard.atMs = nowMs;
      if (heard.facts.services !== services) heard.facts = { ...heard.facts, services };
    }
  }

  /** How long each other region has been silent, and whether this one is cut off. */
  function judge(own: Own): boolean {
    const staleMs = times.staleAfter * stepMs;
    const atMs = majorityAtMs(
      [...own.heard.values()].map((heard) => heard.atMs),
      nowMs,
    );
    if (atMs !== undefined) own.touch = touched(own.touch, atMs, staleMs);
    const fromMs = silenceFromMs(own.touch, staleMs, nowMs);
    for (const heard of own.heard.values()) {
      const silentMs = nowMs - Math.max(heard.atMs ?? own.startedAtMs, fromMs);
      const isFresh = heard.atMs !== undefined && nowMs - heard.atMs <= staleMs;
      const freshness: Freshness = isFresh ? 'fresh' : silentMs > times.lostAfter * stepMs ? 'lost' : 'stale';
      if (freshness !== heard.facts.freshness) heard.facts = { ...heard.facts, freshness, sinceMs: nowMs };
    }
    return isIsolated(own.touch, times.releaseAfter * stepMs, nowMs);
  }

  function factsOf(name: string, own: Own): Facts {
    const isolated = judge(own);
    const others = Object.fromEntries([...own.heard].map(([other, heard]) => [other, heard.facts]));
    const before = own.facts;
    const stands =
      before !== undefined &&
      (before.isolated === true) === isolated &&
      names.every((other) => before.regions[other] === others[other]) &&
      before.services.job?.instances[0]?.health === (own.able ? 'healthy' : 'sick') &&
      before.services.job.plan.priority === own.priority;
    if (stands) return before;
    const job = service('job', own.able ? 'healthy' : 'sick', { maxRegions, priority: own.priority });
    const kept = before?.services.job;
    const isSame =
      kept?.instances[0]?.health === job.instances[0]?.health && kept?.plan.priority === own.priority;
    return {
      ...facts([isSame && kept !== undefined ? kept : job], { region: name }),
      regions: others,
      settleMs,
      ...(isolated ? { isolated } : {}),
    };
  }

  /** Only where something changed, or the last decision asked for it. */
  function look(name: string, own: Own): void {
    const now = factsOf(name, own);
    const wakeAtMs = own.last?.wakeAtMs ?? Number.POSITIVE_INFINITY;
    if (now === own.facts && nowMs < wakeAtMs) return;
    own.facts = now;
    const decided = own.decide(now, own.memory, nowMs);
    const anew = decide(noRules, now, own.memory, nowMs);
    if (JSON.stringify(decided) !== JSON.stringify(anew))
      throw new Error('it hangs on what was decided before');
    own.last = decided;
    // What has been decided may matter to the next decision at once.
    const isNew = decided.memory !== own.memory;
    own.memory = decided.memory;
    if (isNew) own.last = { ...decided, wakeAtMs: Math.min(decided.wakeAtMs ?? Infinity, nowMs + stepMs) };
  }

  function tell(name: string, own: Own): void {
    if (own.isCut) return;
    const verdict = own.last?.decision.verdicts.job;
    if (name !== witness && verdict === undefined) return;
    if (verdict !== undefined && verdict !== own.told.verdict)
      own.told = { verdict, services: { job: { ...verdict, holding: verdict.report === 'up' } } };
    const { services } = own.told;
    for (const to of names) {
      if (to === name) continue;
      const atMs = nowMs + Math.ceil(random() * times.delay) * stepMs;
      // What was said later never arrives earlier.
      const laterMs = Math.max(atMs, lastMs.get(`${name} ${to}`) ?? 0);
      lastMs.set(`${name} ${to}`, laterMs);
      messages.push({ atMs: laterMs, from: name, to, services });
    }
  }

  return {
    happen(happening) {
      const own = regions.get(happening.region);
      if (own === undefined) return;
      switch (happening.kind) {
        case 'health':
          own.able = happening.able;
          return;
        case 'priority':
          own.priority = happening.priority;
          return;
        case 'restart':
          regions.set(happening.region, {
            ...born(happening.region, own.able, own.priority),
            isCut: own.isCut,
          });
          return;
        default:
          own.isCut = happening.kind === 'cut';
          messages = messages.filter(({ from }) => !own.isCut || from !== happening.region);
      }
    },
    step() {
      nowMs += stepMs;
      deliver();
      for (const [name, own] of regions) if (name !== witness) look(name, own);
      for (const [name, own] of regions) tell(name, own);
      return which(regions, ({ report }) => report === 'up');
    },
    eligible: () => which(regions, ({ eligible }) => eligible),
  };
}

function which(regions: ReadonlyMap<string, Own>, is: (verdict: Verdict) => boolean): readonly string[] {
  return [...regions].flatMap(([name, { last }]) => {
    const verdict = last?.decision.verdicts.job;
    return verdict !== undefined && is(verdict) ? [name] : [];
  });
}
