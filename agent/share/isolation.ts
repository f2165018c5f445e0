/**
 * Whether this region is in touch with the others, or cut off from them. Pure.
 *
 * In touch means: a majority of all regions, this one counted, answered itself lately. Two majorities share a region, which
 * passes on what it hears itself: so while this region is in touch it hears of every other one that is. Of two parts that do
 * not hear each other at most one has a majority; the other releases, after a time, what may run in a limited number of
 * regions, and does not know what has become of the rest.
 */

/** For how long this region has been in touch. */
export interface Touch {
  /** The last instant at which it was. */
  readonly atMs: number;
  /** Since when it was so without a break. */
  readonly sinceMs: number;
}

/** After another instant in touch. Breaks that are not longer than `gapMs` are none. */
export function touched(before: Touch | undefined, atMs: number, gapMs: number): Touch {
  if (before === undefined || atMs - before.atMs > gapMs) return { atMs, sinceMs: atMs };
  return atMs <= before.atMs ? before : { atMs, sinceMs: before.sinceMs };
}

/**
 * When a majority was last in touch; undefined: never. `answeredAtMs`: when each of the other regions last answered itself,
 * undefined where it never did. Where there are no others, that is now.
 */
export function majorityAtMs(
  answeredAtMs: readonly (number | undefined)[],
  nowMs: number,
): number | undefined {
  // This one and so many others are more than half of all.
  const needed = Math.floor((answeredAtMs.length + 1) / 2);
  if (needed === 0) return nowMs;
  const known = answeredAtMs.filter((atMs) => atMs !== undefined).toSorted((a, b) => b - a);
  return known[needed - 1];
}

/** Has it been out of touch for so long that others may take over soon? From the start on, until it is in touch. */
export function isIsolated(touch: Touch | undefined, releaseAfterMs: number, nowMs: number): boolean {
  return touch === undefined || nowMs - touch.atMs > releaseAfterMs;
}

/**
 * From when on the silence of another region counts for it to be lost: while this one was out of touch, that one may have
 * been heard by everybody else.
 */
export function silenceFromMs(touch: Touch | undefined, gapMs: number, nowMs: number): number {
  return touch === undefined || nowMs - touch.atMs > gapMs ? nowMs : touch.sinceMs;
}
