/** Asks whether an instance accepts connections: connects, and closes again. */

import { connect } from 'node:net';
import type { Outcome } from '../model.ts';
import { fail, outcomeOf } from './failure.ts';

/** @param signal Aborts at the plan's time-out of `timeoutMs`. */
export function probeTcp(
  address: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    function settle(outcome: Outcome): void {
      socket.destroy();
      resolve(outcome);
    }
    signal.addEventListener('abort', () => settle(fail('timeout', `no connection within ${timeoutMs} ms`)));
    socket.on('connect', () => settle({ result: 'pass', properties: {} }));
    socket.on('error', (error) => settle(outcomeOf(error)));
  });
}
