/**
 * Who hears whom among the regions of a trial, and for how long they have not: what makes a region fresh, stale or lost to
 * another, and what makes one isolated. Pure bookkeeping over the instants that it is told of.
 *
 * A region hears another over their link, or through a third one that both are linked with.
 */

import type { Freshness } from '../../model.ts';
import type { TrialSettings } from './trial.ts';

export interface Links {
  cut(region: string, from: string | undefined): void;
  heal(region: string, from: string | undefined): void;
  stop(region: string): void;
  start(region: string): void;
  runs(region: string): boolean;
  /** Time has come to this instant, with the links as they are. */
  move(nowMs: number): void;
  /** Does it hear the other right now; and through whom, where not directly? */
  hears(listener: string, other: string): { readonly via?: string } | undefined;
  freshness(listener: string, other: string): { readonly freshness: Freshness; readonly sinceMs: number };
  /** It has not heard a majority for so long that it releases what may run in few regions only. */
  isIsolated(region: string): boolean;
  /** When the next of all that changes by time alone; infinite: never. */
  nextMs(): number;
}

export function createLinks(regions: readonly string[], settings: TrialSettings, startMs: number): Links {
  const cuts = new Set<string>();
  const stopped = new Set<string>();
  const heardAtMs = new Map<string, number>();
  const majorityAtMs = new Map<string, number>(regions.map((region) => [region, startMs]));
  const { staleAfterMs, lostAfterMs, releaseAfterMs } = settings;
  const releases =
    (settings.onIsolation ?? (regions.length >= 3 ? 'release' : 'keep')) === 'release' && regions.length > 1;
  let nowMs = startMs;

  const pair = (one: string, other: string): string => [one, other].toSorted().join(' ');
  const isLinked = (one: string, other: string): boolean =>
    !stopped.has(one) && !stopped.has(other) && !cuts.has(pair(one, other));
  const silentFor = (listener: string, other: string): number =>
    nowMs - (heardAtMs.get(`${listener} ${other}`) ?? startMs);

  function hears(listener: string, other: string): { readonly via?: string } | undefined {
    if (isLinked(listener, other)) return {};
    const via = regions.find(
      (third) => third !== listener && third !== other && isLinked(listener, third) && isLinked(third, other),
    );
    return via === undefined ? undefined : { via };
  }

  function change(region: string, from: string | undefined, to: (key: string) => void): void {
    for (const other of from === undefined ? regions : [from]) if (other !== region) to(pair(region, other));
  }

  function move(toMs: number): void {
    nowMs = toMs;
    for (const listener of regions) {
      let fresh = 1;
      for (const other of regions) {
        if (other === listener) continue;
        if (hears(listener, other) !== undefined) heardAtMs.set(`${listener} ${other}`, nowMs);
        if (silentFor(listener, other) < staleAfterMs) fresh++;
      }
      if (fresh * 2 > regions.length) majorityAtMs.set(listener, nowMs);
    }
  }

  move(startMs);
  return {
    cut: (region, from) => change(region, from, (key) => cuts.add(key)),
    heal: (region, from) => change(region, from, (key) => cuts.delete(key)),
    stop: (region) => stopped.add(region),
    start: (region) => stopped.delete(region),
    runs: (region) => !stopped.has(region),
    move,
    hears,
    freshness(listener, other) {
      const silent = silentFor(listener, other);
      const heardMs = nowMs - silent;
      if (silent >= lostAfterMs) return { freshness: 'lost', sinceMs: heardMs + lostAfterMs };
      if (silent >= staleAfterMs) return { freshness: 'stale', sinceMs: heardMs + staleAfterMs };
      return { freshness: 'fresh', sinceMs: startMs };
    },
    isIsolated: (region) => releases && nowMs - (majorityAtMs.get(region) ?? startMs) >= releaseAfterMs,
    nextMs() {
      let next = Number.POSITIVE_INFINITY;
      const at = (ms: number): void => {
        if (ms > nowMs) next = Math.min(next, ms);
      };
      for (const listener of regions) {
        let hearsAll = true;
        for (const other of regions) {
          if (other === listener || hears(listener, other) !== undefined) continue;
          hearsAll = false;
          const heardMs = nowMs - silentFor(listener, other);
          at(heardMs + staleAfterMs);
          at(heardMs + lostAfterMs);
        }
        if (releases && !hearsAll) at((majorityAtMs.get(listener) ?? startMs) + releaseAfterMs);
      }
      return next;
    },
  };
}
