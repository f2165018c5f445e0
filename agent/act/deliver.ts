/**
 * Sends one request, once, and says how it ended. What axios throws stays here, since it carries headers and addresses, and
 * with them secrets.
 *
 * Of the answer only the status and Retry-After count: nothing of the body is read, so it may be as long as it likes.
 */

import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import axios from 'axios';
import { formatDuration } from '../duration.ts';
import type { Clock } from '../model.ts';
import type { AttemptResult } from './outbox.ts';
import type { OutgoingRequest } from './request.ts';
import { signedHeaders } from './signature.ts';

/** Never rejects. The signal ends the attempt, which then counts as failed. */
export type Deliver = (request: OutgoingRequest, signal: AbortSignal) => Promise<AttemptResult>;

const DEADLINE_MS = 10_000;

/** Opens a connection for each request, and closes it. `deadlineMs` bounds the whole, until the status is there. */
export function createDeliver(deps: { readonly clock: Clock; readonly deadlineMs?: number }): Deliver {
  const { clock, deadlineMs = DEADLINE_MS } = deps;
  const client = axios.create({
    // Agents of our own: those of the process may be told by the environment to go through a proxy.
    httpAgent: new Agent(),
    httpsAgent: new TlsAgent(),
    proxy: false,
    maxRedirects: 0,
    decompress: false,
    responseType: 'stream',
    validateStatus: () => true,
  });
  return async ({ id, url, method, headers, body, keys }, signal) => {
    try {
      const response = await client.request<Readable>({
        url,
        method,
        headers: {
          'Content-Type': 'application/json',
          ...headers,
          ...signedHeaders({ id, body, keys, nowMs: clock.now() }),
          'User-Agent': 'msa-agent',
          Accept: '*/*',
        },
        // As bytes, since axios would look into a text, and what was signed must be what is sent.
        ...(body === '' ? {} : { data: Buffer.from(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      });
      response.data.destroy();
      return resultOf(response.status, response.headers['retry-after'], clock.now());
    } catch (error) {
      return { kind: 'failed', detail: detailOf(error, deadlineMs) };
    }
  };
}

/** Statuses of the 400s that say "not now" rather than "not so". */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

function resultOf(status: number, retryAfter: unknown, nowMs: number): AttemptResult {
  const detail = `status ${status}`;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'gone', detail: `${detail}: the receiver wants no more of these` };
  if (status >= 300 && status < 400)
    return { kind: 'refused', detail: `${detail}: redirects are not followed` };
  if (status >= 400 && status < 500 && !passing.has(status)) return { kind: 'refused', detail };
  const retryAfterMs = parseRetryAfter(retryAfter, nowMs);
  return { kind: 'failed', detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Seconds, or a date. */
function parseRetryAfter(value: unknown, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  // Without a letter it is no date, whatever the parser makes of it.
  const atMs = /[A-Za-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed without an answer',
  ENOTFOUND: "the host's name is not known",
  EAI_AGAIN: "the host's name could not be looked up",
  EHOSTUNREACH: 'the host is unreachable',
  ENETUNREACH: 'the network is unreachable',
  ERR_INVALID_URL: 'the address is not a URL',
};

/** From the error's code alone: its message may hold what should not be seen. */
function detailOf(error: unknown, deadlineMs: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return 'it could not be sent';
  if (code === 'ERR_CANCELED') return `no answer within ${formatDuration(deadlineMs)}`;
  return words[code] ?? `it could not be sent (${code})`;
}
