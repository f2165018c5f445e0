/**
 * How a limited service goes from region to region, so that it is never served in more of them than it may be.
 *
 * To come first is not enough to take it up. A region that did not serve it before waits for those that may still do, counts
 * those that go before it as if they did, and lets its own claim stand for a while, so that every other region ranks by it.
 * Of several regions that take it up at once the last in rank therefore knows of all the others. Meanwhile one that serves it
 * goes on: it lets go once as many that go before it serve it, or say that they are ready to. A region that is cut off lets go.
 * What is silent may do anything; what is lost does nothing.
 */

import type { Claim, Facts, RemoteService, ServiceMemory } from '../model.ts';
import {
  type Candidate,
  type Contender,
  candidatesFor,
  isAhead,
  isAmongFirst,
  type Place,
} from './ranking.ts';
import type { Structure } from './structure.ts';
import type { Work, World } from './work.ts';

const notChosen: Place = { chosen: false };

const released: Place = {
  chosen: false,
  keptBack: 'released, since this region hears too few of the others to be sure that nobody took over',
};

/** The place of this region among those that serve the service, where so many may. */
export function placeHere(name: string, many: number, { works, facts, nowMs }: World): Place {
  const work = works.get(name);
  if (work?.claim === undefined || work.eligible !== true) return notChosen;
  if (facts.isolated === true) return released;
  const here: Contender = { region: facts.region, claim: work.claim };
  const others = candidatesFor(name, facts);
  const serves = work.before?.report === 'up';
  const chosen = isAmongFirst(here, others, many, ({ remote }) =>
    serves ? remote.eligible && takesOver(remote) : remote.eligible,
  );
  if (chosen !== true) return { chosen };
  if (serves) return { chosen, ...goesOn(here, others, many) };
  const holders = holdersInTheWay(here, others, many);
  if (holders.length > 0)
    return { chosen: false, keptBack: `chosen, but waits until ${oneOf(holders)} lets go of it` };
  if (hasSettled(work, facts, nowMs)) return { chosen };
  return {
    chosen: false,
    keptBack: 'chosen, but waits until every other region has surely heard that it would serve it',
  };
}

/** The regions that must let go first; none where there is room beside those that hold it and those that go before. */
function holdersInTheWay(here: Contender, others: readonly Candidate[], many: number): readonly string[] {
  const goesBefore = ({ silent, remote, region, claim }: Candidate) =>
    !silent && remote.eligible && isAhead({ region, claim }, here);
  const inTheWay = others.filter((other) => other.silent || isHeld(other.remote) || goesBefore(other));
  if (inTheWay.length < many) return [];
  return inTheWay.filter((other) => !goesBefore(other)).map(({ region }) => region);
}

/** Nothing where this region comes first anyway. */
function goesOn(here: Contender, others: readonly Candidate[], many: number): Pick<Place, 'goesOn'> {
  if (isAmongFirst(here, others, many, ({ remote }) => remote.eligible) !== false) return {};
  const awaited = others.filter(
    ({ silent, remote, region, claim }) =>
      !silent && remote.eligible && !takesOver(remote) && isAhead({ region, claim }, here),
  );
  return { goesOn: `goes on until ${oneOf(awaited.map(({ region }) => region))} is ready to take over` };
}

/** An older peer does not say whether it is ready. */
function takesOver(remote: RemoteService): boolean {
  return remote.ready !== false || isHeld(remote);
}

/**
 * Would this region serve what it does not serve yet as soon as those let go that are in the way? Undefined where it serves
 * it, could not, or nobody else is configured.
 */
export function readyHere(work: Work, { limits }: Structure, { facts, nowMs }: World): boolean | undefined {
  const many = limits.get(work.name);
  if (many === undefined || (facts.settleMs ?? 0) === 0) return undefined;
  if (work.claim === undefined || work.eligible !== true || work.report?.report === 'up') return undefined;
  if (facts.isolated === true || !hasSettled(work, facts, nowMs)) return false;
  const here: Contender = { region: facts.region, claim: work.claim };
  return isAmongFirst(here, candidatesFor(work.name, facts), many, ({ remote }) => remote.eligible) === true;
}

function isHeld({ holding, report }: RemoteService): boolean {
  return holding ?? (report === 'up' || report === 'drain');
}

function oneOf(regions: readonly string[]): string {
  return regions.length === 1 ? (regions[0] ?? '') : `one of ${regions.join(', ')}`;
}

// ---------------------------------------------------------------- since when the claim stands

function hasSettled(work: Work, facts: Facts, nowMs: number): boolean {
  const settledAtMs = settlesAtMs(claimSinceMs(work, nowMs), facts);
  return settledAtMs === undefined || nowMs >= settledAtMs;
}

/** From when on every other region has heard a claim that stands since then; undefined: there is no need to wait. */
function settlesAtMs(sinceMs: number, { settleMs = 0, regions }: Facts): number | undefined {
  const others = Object.values(regions).filter(({ freshness }) => freshness !== 'lost');
  if (settleMs === 0 || others.length === 0) return undefined;
  // Who has come back a moment ago may not have heard it while away.
  return Math.max(sinceMs, ...others.map((other) => other.sinceMs)) + settleMs;
}

/** An instant to come is another agent's clock that runs ahead: it counts from now. */
function claimSinceMs({ before, claim }: Work, nowMs: number): number {
  if (claim === undefined || before?.claim === undefined || !isSameClaim(before.claim, claim)) return nowMs;
  return Math.min(before.claimSinceMs ?? nowMs, nowMs);
}

/** What the next decision must know of the claim to a limited service; nothing where it has none, or need not wait. */
export function claimMemory(
  work: Work,
  { limits }: Structure,
  { facts, nowMs }: World,
): Pick<ServiceMemory, 'claim' | 'claimSinceMs'> {
  const { before, claim, eligible } = work;
  if (claim === undefined || eligible !== true || !limits.has(work.name) || (facts.settleMs ?? 0) === 0)
    return {};
  const isSame = before?.claim !== undefined && isSameClaim(before.claim, claim);
  return { claim: isSame ? before.claim : claim, claimSinceMs: claimSinceMs(work, nowMs) };
}

/** When a claim that was made will have stood for long enough, by what is remembered of it. */
export function claimSettlesAtMs(memory: ServiceMemory | undefined, facts: Facts): number | undefined {
  return memory?.claimSinceMs === undefined ? undefined : settlesAtMs(memory.claimSinceMs, facts);
}

/** Two claims that say the same. */
function isSameClaim(one: Claim, other: Claim): boolean {
  return (
    one.able === other.able &&
    one.blocked === other.blocked &&
    one.unwanted === other.unwanted &&
    one.priority === other.priority
  );
}
