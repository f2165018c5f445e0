/** Asks another agent for a feed: one request, one value. What axios throws stays here, since it carries the token. */

import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import axios, { isAxiosError } from 'axios';
import { z } from 'zod';
import { type Answer, readAnswer } from './wire.ts';

/** Why there is no answer. `refused`: the host is there and nobody listens: its agent is gone. */
export interface Failure {
  readonly code:
    | 'refused'
    | 'unreachable'
    | 'slow'
    | 'token'
    | 'status'
    | 'too-large'
    | 'nonsense'
    | 'stopped';
  /** For people. */
  readonly detail: string;
}

export type AskResult =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly failure: Failure };

export interface PeerClient extends Disposable {
  /** Never rejects. The signal ends the request, which then counts as slow. */
  ask(url: string, token: string, signal: AbortSignal): Promise<AskResult>;
}

interface PeerClientDeps {
  /** PEM of the authorities that peers' certificates are checked against. */
  readonly authorities?: string;
  readonly largestAnswerBytes?: number;
}

const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;

/** Keeps its connections alive; disposing closes them. */
export function createPeerClient({
  authorities,
  largestAnswerBytes = LARGEST_ANSWER_BYTES,
}: PeerClientDeps = {}): PeerClient {
  const httpAgent = new Agent({ keepAlive: true });
  const httpsAgent = new TlsAgent({
    keepAlive: true,
    ...(authorities === undefined ? {} : { ca: authorities }),
  });
  const client = axios.create({
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: largestAnswerBytes,
    // A few bytes could unpack to more than is allowed before anybody counts.
    decompress: false,
    responseType: 'json',
    validateStatus: () => true,
    headers: { Accept: 'application/json', 'Accept-Encoding': 'identity', 'User-Agent': 'msa-agent' },
  });
  return {
    async ask(url, token, signal) {
      try {
        const response = await client.get<unknown>(url, {
          headers: { Authorization: `Bearer ${token}` },
          signal,
        });
        return read(response.status, response.data);
      } catch (error) {
        return failed(codeOf(error), detailOf(error));
      }
    },
    [Symbol.dispose]() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

const refusalShape = z.object({ error: z.string().max(500) });

function read(status: number, body: unknown): AskResult {
  if (status !== 200) {
    const said = refusalShape.safeParse(body).data?.error ?? '';
    return failed(status === 401 ? 'token' : 'status', `status ${status}${said === '' ? '' : `: ${said}`}`);
  }
  const answer = readAnswer(body);
  return answer === undefined ? failed('nonsense', 'the answer is not a feed') : { ok: true, answer };
}

function codeOf(error: unknown): Failure['code'] {
  if (!isAxiosError(error)) return 'unreachable';
  if (error.code === 'ERR_CANCELED') return 'slow';
  if (error.code === 'ECONNREFUSED') return 'refused';
  return error.message.startsWith('maxContentLength') ? 'too-large' : 'unreachable';
}

/** The message alone: the error itself carries the request, and with it the token. */
function detailOf(error: unknown): string {
  if (isAxiosError(error) && error.code === 'ERR_CANCELED') return 'no answer in time';
  return error instanceof Error ? error.message : 'no answer';
}

function failed(code: Failure['code'], detail: string): AskResult {
  return { ok: false, failure: { code, detail } };
}
