/** A clock that stands still until a test moves it. */

import type { Clock } from '../agent/model.ts';

interface Timer {
  readonly dueAtMs: number;
  readonly then: () => void;
}

export interface FakeClock extends Clock {
  /** Moves time on, calling back what falls due, in order, at its own instant; lets promises settle in between. */
  advance(ms: number): Promise<void>;
  /** How many timers are set: zero when nothing leaks. */
  readonly pending: number;
}

export function createFakeClock(startAtMs = 1_700_000_000_000): FakeClock {
  let nowMs = startAtMs;
  const timers = new Set<Timer>();

  function next(untilMs: number): Timer | undefined {
    const due = [...timers].filter((timer) => timer.dueAtMs <= untilMs);
    return due.sort((a, b) => a.dueAtMs - b.dueAtMs)[0];
  }

  return {
    now: () => nowMs,
    after(ms, then) {
      const timer = { dueAtMs: nowMs + ms, then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = next(untilMs); timer !== undefined; timer = next(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueAtMs);
        timer.then();
        await settle();
      }
      nowMs = untilMs;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** Lets promises that wait on nothing but each other settle. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
