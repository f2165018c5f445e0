/** Asks for a feed, again and again: when, where, and for how long an answer is waited for. */

import type { Clock } from '../model.ts';
import type { AskResult, PeerClient } from './peerClient.ts';
import { type Cursor, writeCursor } from './wire.ts';

export interface FollowTimes {
  /** How long the other side holds its answer while there is no news: the heartbeat. */
  readonly waitMs: number;
  /** Silence that long means not heard. At least two heartbeats, so that one lost does no harm. */
  readonly staleAfterMs: number;
}

export interface AskingDeps extends FollowTimes {
  /** `http://10.0.0.2:7071/v1/feeds/node` */
  readonly url: string;
  /**
   * Where others serve the same. Given, even if empty: one that fails is left for the next, without waiting for it for long,
   * and one that is gone says nothing of the rest.
   */
  readonly others?: readonly string[];
  readonly token: () => string;
  readonly client: PeerClient;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Changes that come faster than this travel together. */
const GAP_MS = 5;
const FIRST_PAUSE_MS = 100;

/**
 * Asks again and again, from the cursor on, and hands over what comes, until the function that it returns is called.
 * `receive` says whether it is a valid answer.
 */
export function keepAsking(
  { client, clock, random, token, url: first, others, waitMs, staleAfterMs }: AskingDeps,
  cursor: () => Cursor | undefined,
  receive: (result: AskResult, url: string) => boolean,
): () => void {
  const urls = [first, ...(others ?? [])];
  let stopped = false;
  let interrupt = (): void => {};

  /** How many times each place failed by now. */
  const rounds = (failures: number): number => Math.floor(failures / urls.length);

  /** Beyond the wait. Where there is another way, it is tried before silence counts; each round gives more time. */
  function patienceMs(failures: number): number {
    return others === undefined ? staleAfterMs : (staleAfterMs / 2) * (1 + Math.min(rounds(failures), 3));
  }

  function pauseMs(failures: number): number {
    if (others === undefined) return pauseAfter(failures, waitMs, random);
    return failures % urls.length === 0 ? pauseAfter(rounds(failures), waitMs, random) : 0;
  }

  async function ask(url: string, holdMs: number, failures: number): Promise<AskResult> {
    const stop = new AbortController();
    interrupt = () => stop.abort();
    const cancel = clock.after(holdMs + patienceMs(failures), interrupt);
    const at = cursor();
    const after = at === undefined ? '' : `after=${writeCursor(at)}&`;
    const result = await client.ask(`${url}?${after}wait=${holdMs}`, token(), stop.signal);
    cancel();
    return result;
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      interrupt = () => {
        cancel();
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    let failures = 0;
    let place = 0;
    while (!stopped) {
      const askedAtMs = clock.now();
      const url = urls[place % urls.length] ?? first;
      // After a silence one is to answer at once, whether there is news or not.
      const holdMs = others === undefined || failures === 0 ? waitMs : 0;
      const result = await ask(url, holdMs, failures);
      if (stopped) return;
      const valid = receive(result, url);
      failures = valid ? 0 : failures + 1;
      if (!valid) place += 1;
      // Nothing new, and before its time: who answers so must not make this loop spin.
      const idle = result.ok && !result.answer.full && result.answer.docs.size === 0;
      const early = idle && clock.now() - askedAtMs < holdMs / 2;
      await pause(failures === 0 ? (early ? waitMs : GAP_MS) : pauseMs(failures));
    }
  }

  void run();
  return () => {
    stopped = true;
    interrupt();
  };
}

/**
 * The first failure is tried again at once; then waits grow, to about a heartbeat: who comes back is soon heard. Each is by
 * chance up to half longer, so that followers spread.
 */
function pauseAfter(failures: number, longestMs: number, random: () => number): number {
  if (failures === 1) return 0;
  const grown = Math.min(longestMs, FIRST_PAUSE_MS * 2 ** (failures - 2));
  return grown * (1 + random() / 2);
}
