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
  /**
   * All configured regions. What did not change stays the same object. `silenceFromMs`: silence counts from there on only,
   * for one to be lost.
   */
  facts(silenceFromMs: number): Readonly<Record<string, RegionFacts>>;
  /**
   * When each last answered itself, of those that say they hear this region, too; undefined where one does not. As long as
   * this agent follows them.
   */
  touchedAtMs(): readonly (number | undefined)[];
  /** Each was asked once, whatever came of it. */
  settled(): boolean;
  problems(): readonly Problem[];
}

interface RegionsDeps {
  /** This region. */
  readonly region: string;
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
  /** When another region last said that it hears it. */
  vouchedAtMs: number | undefined;
  /** What was taken over last. */
  shared: RegionFacts | undefined;
}

export function createRegions(deps: RegionsDeps): Regions {
  const { peers, followRegion, clock, onChange } = deps;
  const startedAtMs = clock.now();
  const all = peers.map((peer): Known => {
    const facts: RegionFacts = { name: peer.name, freshness: 'stale', sinceMs: startedAtMs, services: {} };
    return { peer, watch: undefined, facts, heardAtMs: undefined, vouchedAtMs: undefined, shared: undefined };
  });
  let last: Readonly<Record<string, RegionFacts>> = {};

  function changed(): void {
    aimRelays(all);
    onChange();
  }

  function refresh(known: Known, silenceFromMs: number): RegionFacts {
    const nowMs = clock.now();
    const { watch, facts } = known;
    const heardAtMs = later(known.heardAtMs, watch?.heardAtMs);
    // One way's last word may be older than what was known already by another.
    const word = (watch?.heardAtMs === heardAtMs ? watch?.word : undefined) ?? facts;
    // A clock that was set back must not make an old word young for as long.
    known.heardAtMs = heardAtMs === undefined ? undefined : Math.min(heardAtMs, nowMs);
    known.vouchedAtMs = later(known.vouchedAtMs, vouchedAtMs(facts.name, all));
    const freshness = freshnessOf(known, nowMs, silenceFromMs);
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

  function freshnessOf({ heardAtMs, vouchedAtMs, watch }: Known, nowMs: number, fromMs: number): Freshness {
    if (heardAtMs !== undefined && nowMs - heardAtMs < deps.staleAfterMs) return 'fresh';
    const lastAtMs = later(heardAtMs ?? startedAtMs, vouchedAtMs) ?? startedAtMs;
    const silentMs = nowMs - Math.max(lastAtMs, fromMs);
    // Lost in the eyes of the one that led before: it may be back, so it is asked first.
    return silentMs >= deps.lostAfterMs && watch?.asked === true ? 'lost' : 'stale';
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
    facts(silenceFromMs) {
      const next = Object.fromEntries(all.map((known) => [known.peer.name, refresh(known, silenceFromMs)]));
      if (all.some(({ peer, facts }) => last[peer.name] !== facts)) last = next;
      return last;
    },
    touchedAtMs: () =>
      all.map(({ watch }) => (watch?.direct?.hears.has(deps.region) ? watch.direct.atMs : undefined)),
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

/** A region that does not answer is asked for at the first one, by name, that answers and says that it hears it. */
function aimRelays(all: readonly Known[]): void {
  for (const known of all) {
    const { peer, watch } = known;
    if (watch === undefined) continue;
    const able = watch.direct?.current === true || !watch.asked ? [] : relaysFor(peer.name, all);
    watch.relay(able.find((relay) => relay.name === watch.relayedBy) ?? able[0]);
  }
}

function relaysFor(name: string, all: readonly Known[]): readonly RegionPeer[] {
  const able = all.filter(({ watch }) => watch?.direct?.current === true && watch.direct.hears.has(name));
  return able.map(({ peer }) => peer).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Others may hear a region before this one does: then it is not lost. */
function vouchedAtMs(name: string, all: readonly Known[]): number | undefined {
  const saidAtMs = all.map(({ watch }) => (watch?.direct?.hears.has(name) ? watch.direct.atMs : undefined));
  return saidAtMs.reduce(later, undefined);
}
