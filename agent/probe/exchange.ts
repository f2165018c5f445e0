/**
 * One HTTP request and its answer, by node:http, each over a connection of its own.
 *
 * A fresh connection for each probe: users' connections are fresh too, so an instance that no longer accepts any must
 * fail; and a kept-alive one that the server closed between two probes can never read as a fail. Costs about as much
 * again as the request; the benchmark `probes` keeps it in bounds.
 *
 * TLS: the certificate of an instance is not verified, because it is asked by its IP address, for which certificates
 * are not made; that the port speaks TLS is what is probed. A probe with a host name verifies the chain and the name.
 *
 * Always holds: one attempt; redirects are not followed; at most 64 KiB of the body are read; the promise settles when
 * the signal aborts, and the socket is gone when it has settled.
 */

import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as plainRequest } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Clock, Outcome } from '../model.ts';
import { fail, outcomeOf } from './failure.ts';
import type { Answer } from './judge.ts';

const bodyLimit = 64 * 1024;
/** How long a body that nobody needs may take to end, so that a well-behaved server is not cut off while sending. */
const lingerMs = 50;

/** Keeps TLS sessions, not connections: a resumed handshake is much cheaper. */
const tlsAgent = new Agent({ keepAlive: false });

export interface Exchange {
  readonly scheme: 'http' | 'https';
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly verify: boolean;
  /** Does anybody want the body? If not, the headers decide, and what goes wrong after them doesn't matter. */
  readonly needsBody: boolean;
  /** For the message when the signal aborts. */
  readonly timeoutMs: number;
}

export type Exchanged =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly outcome: Outcome };

export function exchange(asked: Exchange, clock: Clock, signal: AbortSignal): Promise<Exchanged> {
  return new Promise((resolve) => {
    const request = send(asked);
    let answered: IncomingMessage | undefined;
    let stopLingering = () => {};

    function settle(exchanged: Exchanged): void {
      stopLingering();
      request.destroy();
      resolve(exchanged);
    }
    /** Something ended the exchange early; where the headers are enough, they stand. */
    function stop(outcome: Outcome): void {
      if (answered !== undefined && !asked.needsBody) settle({ ok: true, answer: answerOf(answered, '') });
      else settle({ ok: false, outcome });
    }

    signal.addEventListener('abort', () => stop(late(asked.timeoutMs, request, answered)));
    request.on('error', (error) => stop(outcomeOf(error)));
    request.on('close', () => stop(fail('closed', 'the connection was closed without an answer')));
    request.on('response', (response) => {
      answered = response;
      if (!asked.needsBody) {
        stopLingering = clock.after(lingerMs, () => settle({ ok: true, answer: answerOf(response, '') }));
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (asked.needsBody) chunks.push(chunk);
        if (size > bodyLimit) stop(fail('too-large', `the body is larger than ${bodyLimit / 1024} KiB`));
      });
      response.on('end', () => {
        settle({ ok: true, answer: answerOf(response, Buffer.concat(chunks).toString()) });
      });
      response.on('error', (error) => stop(outcomeOf(error)));
    });
  });
}

function send(asked: Exchange): ClientRequest {
  const { address: host, port, path } = asked;
  const options = { host, port, path, headers: withUserAgent(asked.headers) };
  const request =
    asked.scheme === 'https'
      ? tlsRequest({ ...options, agent: tlsAgent, rejectUnauthorized: asked.verify })
      : // An agent for plain connections would only keep books on them, at a third of the memory churned by a probe.
        plainRequest({ ...options, defaultPort: 80, createConnection: () => connect({ host, port }) });
  request.end();
  return request;
}

function withUserAgent(headers: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'user-agent');
  return named ? { ...headers } : { 'user-agent': 'msa-probe', ...headers };
}

function answerOf(response: IncomingMessage, body: string): Answer {
  const { location, 'msa-service': service } = response.headers;
  return {
    status: response.statusCode ?? 0,
    ...(location === undefined ? {} : { location }),
    ...(typeof service === 'string' ? { service } : {}),
    body,
  };
}

function late(timeoutMs: number, request: ClientRequest, answered: IncomingMessage | undefined): Outcome {
  if (answered !== undefined) return fail('timeout', `the body did not end within ${timeoutMs} ms`);
  const connected = request.socket?.connecting === false;
  return fail('timeout', `no ${connected ? 'answer' : 'connection'} within ${timeoutMs} ms`);
}
