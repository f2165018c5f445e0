/** Asks an instance, or a whole service by its host name, over HTTP or HTTPS. */

import type { Clock, Outcome, ProbeTarget } from '../model.ts';
import { exchange } from './exchange.ts';
import { type HttpHow, judge } from './judge.ts';

/**
 * One request, one outcome. Never rejects for what the other side does.
 *
 * @param signal Aborts at the plan's time-out; the outcome is then a fail, also while a body drips in.
 * @throws where a header or the path can't be sent at all.
 */
export async function probeHttp(
  target: ProbeTarget,
  how: HttpHow,
  address: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome> {
  const exchanged = await exchange(
    {
      scheme: how.scheme,
      address,
      port: how.port,
      path: how.path,
      headers: how.headers,
      verify: how.host !== undefined,
      needsBody: how.contains !== undefined || how.properties,
      timeoutMs: target.plan.timeoutMs,
    },
    clock,
    signal,
  );
  return exchanged.ok ? judge(exchanged.answer, how, target.service) : exchanged.outcome;
}
