/**
 * Whether this region is cut off from the others. Pure.
 *
 * In touch means: a majority of all regions, this one counted, was heard. Two majorities share a region, so of two parts that
 * do not hear each other at most one is in touch; the other releases, after a time, what may run in a limited number of
 * regions.
 */

/**
 * When a majority was last heard; undefined: never. `heardAtMs` is when each of the other regions was last heard, undefined
 * where it never was. Where there are no others, that is now.
 */
export function majorityHeardAtMs(
  heardAtMs: readonly (number | undefined)[],
  nowMs: number,
): number | undefined {
  // This one and so many others are more than half of all.
  const needed = Math.floor((heardAtMs.length + 1) / 2);
  if (needed === 0) return nowMs;
  const known = heardAtMs.filter((atMs) => atMs !== undefined).toSorted((a, b) => b - a);
  return known[needed - 1];
}

/** Has it been out of touch for so long that others may take over soon? From the start on, until it is in touch. */
export function isIsolated(inTouchAtMs: number | undefined, releaseAfterMs: number, nowMs: number): boolean {
  return inTouchAtMs === undefined || nowMs - inTouchAtMs > releaseAfterMs;
}
