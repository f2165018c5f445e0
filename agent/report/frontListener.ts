/**
 * The front listener: load balancers and people. It looks up the last picture and translates; it decides nothing and
 * changes nothing. Load balancers' requests are answered first and without express, so that nothing else slows them down.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Clock, Log, Picture } from '../model.ts';
import { refusalAnswer } from './answer.ts';
import { createDoor } from './door.ts';
import { createEventStream } from './eventStream.ts';
import { type FrontLimits, frontLimits } from './frontLimits.ts';
import { createMetrics } from './metrics.ts';
import { createQuickAnswers } from './quickAnswers.ts';
import { createRequestCounts } from './requestCounts.ts';
import { createSlowAnswers } from './slowAnswers.ts';
import type { Explain, Timings } from './views.ts';

export interface FrontListener extends AsyncDisposable {
  readonly port: number;
  /** To be called after each new picture, so that those who follow the events hear of it. */
  changed(): void;
  /** Puts other certificates in force for new connections. Only for a listener that was made with `tls`. */
  replaceCertificates(tls: SecureContextOptions): void;
}

interface FrontDeps {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The last picture; called for each request, so it must only look it up. */
  readonly picture: () => Picture;
  /** Of the instances that this agent probes itself. */
  readonly timings?: () => Timings;
  readonly explain: Explain;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<FrontLimits>;
  /** Key and certificate as PEM; absent: plain HTTP. */
  readonly tls?: SecureContextOptions;
}

/** Listens; rejects where the address can't be had. */
export async function createFrontListener(deps: FrontDeps): Promise<FrontListener> {
  const { picture, explain, clock, log, tls } = deps;
  const timings = deps.timings ?? (() => new Map());
  const limits = { ...frontLimits, ...deps.limits };
  const door = createDoor(limits.maxConnections);
  const requests = createRequestCounts();
  const events = createEventStream({ picture, clock, limits });
  const metrics = createMetrics({ picture, timings, requests, door, events, clock, limits });
  const answerQuickly = createQuickAnswers({ picture, count: requests.count });
  const answerSlowly = createSlowAnswers({
    picture,
    timings,
    explain,
    events,
    metrics,
    clock,
    log,
    count: requests.count,
  });

  function answer(request: IncomingMessage, response: ServerResponse): void {
    door.heard(request);
    try {
      if (!answerQuickly(request, response)) answerSlowly(request, response);
    } catch (error) {
      log.error({ error, url: request.url }, 'a request could not be answered');
      response.destroy();
    }
  }

  const options = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveMs,
  };
  const tlsServer =
    tls && createTlsServer({ ...options, ...tls, handshakeTimeout: limits.headersTimeoutMs }, answer);
  const server = tlsServer ?? createServer(options, answer);
  server.timeout = limits.idleMs;
  // Nobody is told to go on sending: a request with a body is refused.
  server.on('checkContinue', answer);
  server.on('connection', (socket: Socket) => door.enter(socket));
  server.on('clientError', refuseNonsense);

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(deps.port, deps.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => log.error({ error }, 'the front listener has a problem; it goes on'));

  return {
    port: portOf(server.address()),
    changed: events.changed,
    replaceCertificates(replacement) {
      if (tlsServer === undefined)
        throw new Error('the front listener was made without TLS: there is nothing to replace');
      tlsServer.setSecureContext(replacement);
    },
    async [Symbol.asyncDispose]() {
      await events[Symbol.asyncDispose]();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      door.close();
      await closed;
    },
  };
}

/** What node:http could not read as a request, or did not want to wait for. */
function refuseNonsense(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? {
          status: 431,
          reason: 'Request Header Fields Too Large',
          error: 'The request is too long.',
          hint: 'Send a shorter path and fewer headers.',
        }
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? {
            status: 408,
            reason: 'Request Timeout',
            error: 'The request came too slowly.',
            hint: 'Send it at once.',
          }
        : {
            status: 400,
            reason: 'Bad Request',
            error: 'This is no HTTP request.',
            hint: 'Send a valid HTTP/1.1 request.',
          };
  const { headers, body } = refusalAnswer(refusal, ['connection', 'close']);
  const lines = headers.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
  socket.end(`HTTP/1.1 ${refusal.status} ${refusal.reason}\r\n${lines}\r\n${body}`);
  socket.destroySoon();
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the front listener has no port');
  return address.port;
}
