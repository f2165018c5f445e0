/**
 * What is known of the other regions. Only the agent that leads follows them; every other one takes over what its leader
 * shares, so that it can go on from there.
 *
 * How fresh a region is goes by when its last word came, on this agent's clock, whatever any other clock says.
 */

import type { Clock, Freshness, Problem, RegionFacts } from '../model.ts';
import { sameOrNewRegion } from './documents.ts';
import { createRegionWatch, type FollowRegion, type RegionPeer, type RegionWatch } from './regionWatch.ts';

export interface Regions extends Disposable {
  /** Follows the regions from now on, or no longer. What is known stands. */
  follow(on: boolean): void;
  /**
   * Takes over what was shared of them, while not following. `toldAtMs`: when the leader last said so; undefined: it is an
   * old word.
   */
  adopt(shared: Readonly<Record<string, RegionFacts>>, toldAtMs: number | undefined): void;
  /** All configured regions. What did not change stays the same object. */
  facts(): Readonly<Record<string, RegionFacts>>;
  /** When each was last heard; undefined: never. */
  heardAtMs(): readonly (number | undefined)[];
  /** Each was asked once, whatever came of it. */
  settled(): boolean;
  problems(): readonly Problem[];
}

interface RegionsDeps {
  readonly peers: readonly RegionPeer[];
  readonly followRegion: FollowRegion;
  readonly clock: Clock;
  /** Silence that long means stale, and that long lost. */
  readonly staleAfterMs: number;
  readonly lostAfterMs: number;
  readonly onChange: () => void;
}

/** What is known of one region. */
interface Known {
  readonly peer: RegionPeer;
  watch: RegionWatch | undefined;
  /** As it was last told; before anybody told anything, empty. */
  facts: RegionFacts;
  /** When this agent, or the leader it followed, last heard it; long ago where that leader had lost it. */
  heardAtMs: number | undefined;
  /** What was taken over last. */
  shared: RegionFacts | undefined;
}

export function createRegions(deps: RegionsDeps): Regions {
  const { peers, followRegion, clock, onChange } = deps;
  const startedAtMs = clock.now();
  const all = peers.map((peer): Known => {
    const facts: RegionFacts = { name: peer.name, freshness: 'stale', sinceMs: startedAtMs, services: {} };
    return { peer, watch: undefined, facts, heardAtMs: undefined, shared: undefined };
  });
  let last: Readonly<Record<string, RegionFacts>> = {};

  function changed(): void {
    aimRelays(all);
    onChange();
  }

  function refresh(known: Known): RegionFacts {
    const nowMs = clock.now();
    const { watch, facts } = known;
    const heardAtMs = later(known.heardAtMs, watch?.heardAtMs);
    // One way's last word may be older than what was known already by another.
    const word = (watch?.heardAtMs === heardAtMs ? watch?.word : undefined) ?? facts;
    // A clock that was set back must not make an old word young for as long.
    known.heardAtMs = heardAtMs === undefined ? undefined : Math.min(heardAtMs, nowMs);
    const freshness = freshnessOf(nowMs - (known.heardAtMs ?? startedAtMs), known, deps);
    const next: RegionFacts = {
      name: facts.name,
      freshness,
      sinceMs: freshness === facts.freshness ? facts.sinceMs : nowMs,
      ...(word.via === undefined ? {} : { via: word.via }),
      services: word.services,
    };
    known.facts = sameOrNewRegion(facts, next);
    return known.facts;
  }

  return {
    follow(on) {
      for (const known of all) {
        if (on === (known.watch !== undefined)) continue;
        known.watch?.[Symbol.dispose]();
        known.watch = on
          ? createRegionWatch({ peer: known.peer, follow: followRegion, onChange: changed })
          : undefined;
      }
    },
    adopt(shared, toldAtMs) {
      for (const known of all) {
        const facts = shared[known.peer.name];
        if (facts === undefined || known.watch !== undefined) continue;
        if (facts !== known.shared) known.facts = facts;
        known.shared = facts;
        if (facts.freshness === 'fresh') known.heardAtMs = later(known.heardAtMs, toldAtMs);
        if (facts.freshness === 'lost') known.heardAtMs ??= LONG_AGO;
      }
    },
    facts() {
      const next = Object.fromEntries(all.map((known) => [known.peer.name, refresh(known)]));
      if (all.some(({ peer, facts }) => last[peer.name] !== facts)) last = next;
      return last;
    },
    heardAtMs: () => all.map((known) => later(known.heardAtMs, known.watch?.heardAtMs)),
    settled: () => all.every(({ watch }) => watch?.asked === true),
    problems: () => all.flatMap(({ watch }) => watch?.problems() ?? []),
    [Symbol.dispose]() {
      for (const { watch } of all) watch?.[Symbol.dispose]();
    },
  };
}

const LONG_AGO = Number.NEGATIVE_INFINITY;

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function freshnessOf(
  silentMs: number,
  { heardAtMs, watch }: Known,
  { staleAfterMs, lostAfterMs }: RegionsDeps,
): Freshness {
  if (heardAtMs !== undefined && silentMs < staleAfterMs) return 'fresh';
  // Lost in the eyes of the one that led before: it may be back, so it is asked first.
  return silentMs >= lostAfterMs && watch?.asked === true ? 'lost' : 'stale';
}

/** A region that does not answer is asked for at the first one, by name, that answers and says that it hears it. */
function aimRelays(all: readonly Known[]): void {
  const relays = all.filter(({ watch }) => watch?.direct === true);
  relays.sort((a, b) => (a.peer.name < b.peer.name ? -1 : 1));
  for (const { peer, watch } of all) {
    if (watch === undefined) continue;
    const able = watch.direct
      ? []
      : relays.filter((relay) => relay.watch?.word?.hears.has(peer.name) === true);
    watch.relay((able.find((relay) => relay.peer.name === watch.relayedBy) ?? able[0])?.peer);
  }
}
