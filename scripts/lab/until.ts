/** Waiting in labs and their tests: ask again until it is so, never sleep and hope. */

import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks every `everyMs` until the answer is neither `undefined` nor `false`, and gives it.
 * Throws after `withinMs`, naming what was waited for and the last error.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMs = 30_000, everyMs = 50 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let lastError: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      const why = lastError instanceof Error ? ` (${lastError.message})` : '';
      throw new Error(`not within ${withinMs} ms: ${what}${why}`, { cause: lastError });
    }
    await pause(everyMs);
  }
}
