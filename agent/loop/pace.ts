/** When the loop runs: at least once a tick, and a few milliseconds after somebody wakes it; many wakes are one run. */

import type { Clock } from '../model.ts';

export interface Pace extends Disposable {
  wake(): void;
}

/** Events come in bursts; what happens within this is one run. */
const COALESCE_MS = 5;

/** Runs `run` at that pace, once it was first woken. `run` returns when it would next have something to do by time alone. */
export function createPace(deps: {
  readonly clock: Clock;
  readonly tickMs: number;
  readonly run: () => number | undefined;
}): Pace {
  const { clock, tickMs, run } = deps;
  let cancel: (() => void) | undefined;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let ended = false;

  function schedule(afterMs: number): void {
    const atMs = clock.now() + afterMs;
    if (ended || atMs >= dueAtMs) return;
    cancel?.();
    dueAtMs = atMs;
    cancel = clock.after(afterMs, () => {
      dueAtMs = Number.POSITIVE_INFINITY;
      const nextAtMs = run() ?? Number.POSITIVE_INFINITY;
      schedule(Math.max(COALESCE_MS, Math.min(tickMs, nextAtMs - clock.now())));
    });
  }

  return {
    wake: () => schedule(COALESCE_MS),
    [Symbol.dispose]() {
      ended = true;
      cancel?.();
    },
  };
}
