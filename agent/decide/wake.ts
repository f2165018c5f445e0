/** Gathers the instants at which a decision would change by time alone, and keeps the next. */

export interface Wake {
  /** Something changes then; an instant that has passed, or none, counts for nothing. */
  at(ms: number | undefined): void;
  readonly nextMs: number | undefined;
}

export function createWake(nowMs: number): Wake {
  let nextMs: number | undefined;
  return {
    at(ms) {
      if (ms === undefined || ms <= nowMs || !Number.isFinite(ms)) return;
      if (nextMs === undefined || ms < nextMs) nextMs = ms;
    },
    get nextMs() {
      return nextMs;
    },
  };
}
