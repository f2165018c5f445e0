/**
 * Docker's events, for as long as it lives: one stream after the other.
 *
 * A stream that ends, can't be opened, or says nothing for a minute (a connection may be dead without a word) is replaced by a
 * new one, after waits that grow while nothing works. What happens between two streams is lost, so each opening is told, and
 * calls for a list.
 */

import type { Clock, Log } from '../model.ts';
import type { Docker, EventListener } from './docker.ts';

/** The waits between attempts, while streams fail; the last one repeats. */
const WAITS_MS = [100, 200, 400, 800, 1_600, 3_200, 5_000];

/** A stream that lived this long did work: the next one may follow at once. */
const WORKED_MS = 5_000;

const SILENCE_MS = 60_000;

/** Follows events until disposed. */
export function createEventStream(deps: {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly listener: EventListener;
}): AsyncDisposable {
  const { docker, clock, random, log, listener } = deps;
  const closing = new AbortController();

  async function follow(): Promise<void> {
    let failures = 0;
    while (!closing.signal.aborted) {
      const startedMs = clock.now();
      const why = await followOne();
      if (closing.signal.aborted) return;
      failures = clock.now() - startedMs >= WORKED_MS ? 0 : failures + 1;
      const waitMs = (WAITS_MS[failures] ?? WAITS_MS.at(-1) ?? 0) * (0.75 + 0.5 * random());
      log.debug({ why, waitMs }, 'The stream of Docker events ended; another one follows.');
      await pause(clock, waitMs, closing.signal);
    }
  }

  /** One stream, from its opening to its end; gives the reason of its end. */
  async function followOne(): Promise<string> {
    const ending = new AbortController();
    const end = () => ending.abort(new Error('stopped'));
    closing.signal.addEventListener('abort', end, { once: true });
    let cancelSilence = clock.after(SILENCE_MS, end);
    const heard = () => {
      cancelSilence();
      cancelSilence = clock.after(SILENCE_MS, end);
    };
    const problem = await docker.events(ending.signal, {
      onOpen() {
        heard();
        listener.onOpen();
      },
      onEvent(event) {
        heard();
        listener.onEvent(event);
      },
    });
    cancelSilence();
    closing.signal.removeEventListener('abort', end);
    return problem.message;
  }

  const following = follow();

  return {
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('stopped'));
      await following;
    },
  };
}

/** Waits that long, or until the signal. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
