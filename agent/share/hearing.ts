/** Whether somebody is heard: by when the last word came, on this agent's clock, whatever theirs says. */

import type { Clock } from '../model.ts';

export interface Hearing extends Disposable {
  readonly heard: boolean;
  /** Since when `heard` is what it is. */
  readonly sinceMs: number;
  /** When the last word came; undefined: none ever did. */
  readonly heardAtMs: number | undefined;
  /** A word came. */
  hear(): void;
  /** Nobody is there any more: falls silent in a third of the time. */
  doubt(): void;
}

interface HearingDeps {
  readonly clock: Clock;
  /** Silence that long means not heard. */
  readonly staleAfterMs: number;
  /** Called when `heard` changes. */
  readonly onChange: () => void;
}

export function createHearing({ clock, staleAfterMs, onChange }: HearingDeps): Hearing {
  let heard = false;
  let doubted = false;
  let sinceMs = clock.now();
  let heardAtMs: number | undefined;
  let cancel = (): void => {};

  function become(next: boolean): void {
    if (heard === next) return;
    heard = next;
    sinceMs = clock.now();
    onChange();
  }

  function silentIn(ms: number): void {
    cancel();
    cancel = clock.after(ms, () => become(false));
  }

  return {
    get heard() {
      return heard;
    },
    get sinceMs() {
      return sinceMs;
    },
    get heardAtMs() {
      return heardAtMs;
    },
    hear() {
      doubted = false;
      heardAtMs = clock.now();
      silentIn(staleAfterMs);
      become(true);
    },
    doubt() {
      if (!heard || doubted) return;
      doubted = true;
      silentIn(staleAfterMs / 3);
    },
    [Symbol.dispose]: () => cancel(),
  };
}
