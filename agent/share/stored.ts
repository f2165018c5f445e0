/**
 * Going on from what was on disk: what of it may still be believed, and what not. Pure.
 *
 * Always holds: a report that is up comes out as up or as unknown, all else stays what it was or becomes unknown. So a
 * stored share never sends traffic where none was sent.
 */

import type {
  InstanceFacts,
  Memory,
  Outcome,
  RegionFacts,
  RuleMemory,
  ServiceFacts,
  ServiceMemory,
  ServicePlan,
  Verdict,
} from '../model.ts';
import type { RegionShare } from './documents.ts';

/** A verdict that nobody has renewed for so long sends no traffic. */
export const BELIEVED_FOR_MS = 10 * 60_000;

/** How things are where a stored share is read. */
export interface Restart {
  /** When the share was last known to be current, on this node's clock as it was then. */
  readonly savedAtMs: number;
  readonly nowMs: number;
  /** Another region may have taken over what may run in a limited number of regions. */
  readonly otherRegions: boolean;
}

/**
 * What an agent goes on from until it hears somebody, or decides by itself. The time that it was away counts for no `for`;
 * no agent and no region is heard. Where other regions may have taken over, an up of what is limited is not believed.
 */
export function resume(share: RegionShare, { savedAtMs, nowMs, otherRegions }: Restart): RegionShare {
  const awayMs = Math.max(0, nowMs - savedAtMs);
  const resumed: RegionShare = {
    ...share,
    decision: { ...share.decision, storedAtMs: savedAtMs, inTouch: false },
    agents: share.agents.map((sight) => (sight.heard ? { ...sight, heard: false, sinceMs: nowMs } : sight)),
    regions: mapValues(share.regions, (region) => unheard(region, nowMs)),
    memory: { ...share.memory, rules: mapValues(share.memory.rules, (rule) => withoutAway(rule, awayMs)) },
  };
  return isOutdated(savedAtMs, nowMs)
    ? outdate(resumed, nowMs)
    : otherRegions
      ? doubtLimited(resumed, nowMs)
      : resumed;
}

/** Also where the clock was set back meanwhile by as much: then nobody knows how long it was. */
export function isOutdated(savedAtMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - savedAtMs) > BELIEVED_FOR_MS;
}

/** Takes back all that was seen. What people and rules have settled stands: plans, overrides, branches in force, the outbox. */
export function outdate(share: RegionShare, nowMs: number): RegionShare {
  const { services, rules } = share.memory;
  return {
    ...share,
    services: mapValues(share.services, (facts) => unseen(facts, nowMs)),
    verdicts: mapValues(share.verdicts, (verdict) => unknownVerdict(verdict, nowMs)),
    memory: {
      services: mapValues(services, (memory) => ({
        ...withoutReport(memory, nowMs),
        ...(memory.state === 'unknown' ? {} : { state: 'unknown' as const, stateSinceMs: nowMs }),
      })),
      rules: mapValues(rules, (rule) => (rule.branch === 'then' ? rule : withoutTrueSince(rule))),
    },
  };
}

// ---------------------------------------------------------------- what was away

function unheard(region: RegionFacts, nowMs: number): RegionFacts {
  return region.freshness === 'fresh' ? { ...region, freshness: 'stale', sinceMs: nowMs } : region;
}

/** A `for` that waits goes on where it was: nobody saw whether the condition stayed true meanwhile. */
function withoutAway(rule: RuleMemory, awayMs: number): RuleMemory {
  if (rule.branch === 'then' || rule.trueSinceMs === undefined) return rule;
  return { ...rule, trueSinceMs: rule.trueSinceMs + awayMs };
}

// ---------------------------------------------------------------- limited services

/**
 * The same for the word of a leader that nobody hears any more: once its region has released, whoever starts anew must not
 * believe it. The same object where nothing that is limited was up.
 */
export function disown(share: RegionShare, nowMs: number): RegionShare {
  const { verdicts, memory } = share;
  const wasUp = (name: string): boolean =>
    verdicts[name]?.report === 'up' || memory.services[name]?.report === 'up';
  const isOwned = Object.keys(verdicts).some((name) => wasUp(name) && isLimited(share, name));
  return isOwned ? doubtLimited(share, nowMs) : share;
}

/** Those that are limited, and what depends on them, may be served elsewhere by now. */
function doubtLimited(share: RegionShare, nowMs: number): RegionShare {
  const limited = Object.keys(share.verdicts).filter((name) => isLimited(share, name));
  const doubted = withDependants(share, limited);
  const says = 'unknown: after a restart, until other regions are heard';
  return {
    ...share,
    verdicts: mapValues(share.verdicts, (verdict, name) =>
      doubted.has(name) && verdict.report === 'up' ? doubt(verdict, says, nowMs) : verdict,
    ),
    memory: doubtMemory(share.memory, new Set(limited), nowMs),
  };
}

/** By its label, or by a rule that had a say in where it is served. */
function isLimited({ services, verdicts }: RegionShare, name: string): boolean {
  const placed = verdicts[name]?.because.some(({ step }) => step === 'placement') ?? false;
  return placed || services[name]?.plan.maxRegions !== undefined;
}

function withDependants({ services, decision }: RegionShare, names: readonly string[]): ReadonlySet<string> {
  const found = new Set(names);
  const dependsOnFound = ({ dependsOn }: ServicePlan): boolean =>
    dependsOn.some(
      ({ region, service }) => found.has(service) && (region ?? decision.region) === decision.region,
    );
  // A set that is gone over hands out also what is added meanwhile; each addition may bring further ones.
  for (const _ of found)
    for (const [name, { plan }] of Object.entries(services)) if (dependsOnFound(plan)) found.add(name);
  return found;
}

/** What depends on a limited service goes on where it was as soon as that one does; only the limited one starts anew. */
function doubtMemory(memory: Memory, limited: ReadonlySet<string>, nowMs: number): Memory {
  return {
    ...memory,
    services: mapValues(memory.services, (service, name) =>
      limited.has(name) && service.report === 'up' ? withoutReport(service, nowMs) : service,
    ),
  };
}

// ---------------------------------------------------------------- outdated

const NOT_YET: Outcome = {
  result: 'unknown',
  reason: 'not-yet',
  detail: 'not asked since a restart; the last word is too old',
};

function unseen({ plan, instances }: ServiceFacts, nowMs: number): ServiceFacts {
  const forgotten = (instance: InstanceFacts): InstanceFacts =>
    instance.health === 'unknown'
      ? instance
      : { ...instance, health: 'unknown', sinceMs: nowMs, properties: {}, outcome: NOT_YET };
  return { plan, instances: instances.map(forgotten) };
}

function unknownVerdict(verdict: Verdict, nowMs: number): Verdict {
  const says = 'unknown: after a restart, and the last decision is too old to go by';
  const state = verdict.state === 'unknown' ? {} : { state: 'unknown' as const, stateSinceMs: nowMs };
  return verdict.report === 'unknown'
    ? { ...verdict, ...state }
    : { ...doubt(verdict, says, nowMs), ...state };
}

function doubt(verdict: Verdict, says: string, nowMs: number): Verdict {
  const sets = { field: 'report', value: 'unknown' } as const;
  return {
    ...verdict,
    report: 'unknown',
    reportSinceMs: nowMs,
    eligible: false,
    willing: false,
    message: says,
    because: [...verdict.because, { step: 'guard', source: 'restart', says, sets, inputs: [] }],
  };
}

/** What was up is not held down when it comes up again: as far as anybody knows it never went down. */
function withoutReport(memory: ServiceMemory, nowMs: number): ServiceMemory {
  if (memory.report === 'unknown') return memory;
  const { lastUpAtMs, ...rest } = memory;
  const hold = memory.report === 'up' || lastUpAtMs === undefined ? {} : { lastUpAtMs };
  return { ...rest, ...hold, report: 'unknown', reportSinceMs: nowMs };
}

function withoutTrueSince({ trueSinceMs: _, ...rest }: RuleMemory): RuleMemory {
  return rest;
}

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T, name: string) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
