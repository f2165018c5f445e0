/** Keeps the log from being flooded by those who are refused. */

import type { Clock } from '../model.ts';

/** True once a minute for each subject. Bounded: a flood of subjects may repeat one early, but never grows the memory. */
export function createOncePerMinute(clock: Clock): (subject: string) => boolean {
  const lastAtMs = new Map<string, number>();
  return (subject) => {
    const last = lastAtMs.get(subject);
    if (last !== undefined && clock.now() - last < 60_000) return false;
    lastAtMs.delete(subject);
    lastAtMs.set(subject, clock.now());
    for (const oldest of lastAtMs.keys()) {
      if (lastAtMs.size <= 1_000) break;
      lastAtMs.delete(oldest);
    }
    return true;
  };
}
