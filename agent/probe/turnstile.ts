/**
 * Lets a limited number of probes be under way at once; the others wait their turn, first come, first served.
 *
 * Always holds: a target waits or is inside at most once (its watch sees to that), so no target can crowd out another.
 */

export interface Turnstile {
  /** Calls `start` once there is room, possibly at once; what was started leaves by calling `leave`, once. Gives back a
   * function that steps out of the queue; it does nothing after the start. */
  enter(start: (leave: () => void) => void): () => void;
}

export function createTurnstile(limit: number): Turnstile {
  const waiting = new Set<(leave: () => void) => void>();
  let inside = 0;

  function admit(): void {
    for (const start of waiting) {
      if (inside >= limit) return;
      waiting.delete(start);
      inside += 1;
      start(leave);
    }
  }

  function leave(): void {
    inside -= 1;
    admit();
  }

  return {
    enter(start) {
      waiting.add(start);
      admit();
      return () => waiting.delete(start);
    },
  };
}
