/**
 * Asks again and again: at intervals, and soon after a hint.
 *
 * One question at a time. Hints that come close together, or while a question is under way, make one question more. However
 * many hints come, asking takes at most half of the time, so that a storm of events is not made worse.
 */

import type { Clock } from '../model.ts';

export interface Watch extends AsyncDisposable {
  /** Something may have changed: ask soon. */
  soon(): void;
}

/** How long hints are collected before they make a question. */
const COLLECT_MS = 20;

/** What a hint tells of may go on for a moment, without another hint: the next question comes early. */
const ECHO_MS = 1_000;

/** Asks at once, then about every `everyMs` (±10 %, so that agents don't ask in step). `ask` never rejects. */
export function createWatch(deps: {
  readonly clock: Clock;
  readonly random: () => number;
  readonly everyMs: number;
  readonly ask: () => Promise<void>;
}): Watch {
  const { clock, random, everyMs, ask } = deps;
  let asking: Promise<void> | undefined;
  let cancel: () => void = () => {};
  let isHinted = true;
  let isClosed = false;

  function plan(ms: number): void {
    cancel();
    if (!isClosed) cancel = clock.after(ms, () => run());
  }

  function run(): void {
    const nextMs = isHinted ? Math.min(ECHO_MS, everyMs) : everyMs;
    isHinted = false;
    const startedMs = clock.now();
    asking = ask().then(() => {
      asking = undefined;
      const tookMs = clock.now() - startedMs;
      plan(isHinted ? Math.max(COLLECT_MS, tookMs) : nextMs * (0.9 + 0.2 * random()));
    });
  }

  run();

  return {
    soon() {
      if (isHinted) return;
      isHinted = true;
      if (asking === undefined) plan(COLLECT_MS);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      cancel();
      await asking;
    },
  };
}
