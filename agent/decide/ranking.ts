/**
 * Which regions come first to serve a service.
 *
 * Every region ranks by what each region says of its own claim, never by what others report, so all regions that hold the
 * same facts come to the same order and none chases another. A silent region may be anywhere in it: what depends on where
 * is undefined, unknown.
 */

import type { Claim, Facts, RegionFacts, RemoteService } from '../model.ts';

/** Another region that has the service. */
export interface Candidate {
  readonly region: string;
  readonly silent: boolean;
  readonly remote: RemoteService;
  readonly claim: Claim;
}

export interface Contender {
  readonly region: string;
  readonly claim: Claim;
}

export interface Place {
  /** May it be served here? Undefined: a silent region hides it. */
  readonly chosen: boolean | undefined;
  /** Why not, though this region could come first: `chosen, but waits until west lets go of it`. */
  readonly keptBack?: string;
  /** Why it still is, though another region comes first: `goes on until west, which comes first, is ready to take over`. */
  readonly goesOn?: string;
}

/** The regions, besides this one, that may serve the service; lost ones never do. One that was never heard may serve anything. */
export function candidatesFor(service: string, facts: Facts): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const name of Object.keys(facts.regions).toSorted()) {
    const region = facts.regions[name];
    if (region === undefined || region.freshness === 'lost') continue;
    const remote = serviceIn(region, service) ?? (isUnheard(region) ? anything : undefined);
    if (remote === undefined) continue;
    candidates.push({ region: name, silent: region.freshness === 'stale', remote, claim: claimOf(remote) });
  }
  return candidates;
}

/** Does another region have the service, as far as was ever heard? A region that told nothing before it fell silent may. */
export function isKnownElsewhere(service: string, facts: Facts): boolean {
  return Object.values(facts.regions).some(
    (region) => serviceIn(region, service) !== undefined || isUnheard(region),
  );
}

/** It is silent and told nothing before: it may have any service. */
function isUnheard({ freshness, services }: RegionFacts): boolean {
  return freshness !== 'fresh' && Object.keys(services).length === 0;
}

/** Stands for whatever such a region has; it is silent, so nothing of it is believed. */
const anything: RemoteService = {
  ...{ state: 'unknown', report: 'unknown', eligible: false, willing: false },
  ...{ priority: 0, healthy: 0, total: 0, properties: {}, holding: true },
};

function serviceIn(region: RegionFacts, service: string): RemoteService | undefined {
  return Object.hasOwn(region.services, service) ? region.services[service] : undefined;
}

/** An older peer says no claim: it is judged by what it says otherwise. */
function claimOf(remote: RemoteService): Claim {
  const { eligible, willing, priority } = remote;
  return remote.claim ?? { able: eligible, blocked: eligible ? 0 : 1, unwanted: willing ? 0 : 1, priority };
}

/** Fewest blocked, fewest unwanted, highest priority, then by name. */
export function isAhead(one: Contender, other: Contender): boolean {
  const { claim: a } = one;
  const { claim: b } = other;
  if (a.blocked !== b.blocked) return a.blocked < b.blocked;
  if (a.unwanted !== b.unwanted) return a.unwanted < b.unwanted;
  if (a.priority !== b.priority) return a.priority > b.priority;
  return one.region < other.region;
}

/** Is this region among the first so many of those that pass? Undefined where that hangs on a silent region. */
export function isAmongFirst(
  here: Contender,
  others: readonly Candidate[],
  many: number,
  passes: (candidate: Candidate) => boolean,
): boolean | undefined {
  let ahead = 0;
  let perhaps = 0;
  for (const other of others) {
    if (other.silent) perhaps++;
    else if (passes(other) && isAhead(other, here)) ahead++;
  }
  if (ahead >= many) return false;
  return ahead + perhaps < many ? true : undefined;
}

/** Does another region of the first so many serve it of its own will? Undefined where only a silent one may. */
export function isServedElsewhere(
  here: Contender,
  others: readonly Candidate[],
  many: number,
): boolean | undefined {
  const eligible = others.filter((other) => !other.silent && other.remote.eligible);
  const sorted = [here, ...eligible].toSorted((a, b) => (isAhead(a, b) ? -1 : 1)).slice(0, many);
  if (eligible.some((other) => other.remote.willing && sorted.includes(other))) return true;
  return others.some((other) => other.silent) ? undefined : false;
}
