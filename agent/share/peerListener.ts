/**
 * The peers' port: serves feeds to other agents, over HTTP or HTTPS, to nobody without a token.
 *
 * An answer comes at once where there is something newer than the cursor, else when there is, else empty after the wait that
 * was asked for: the heartbeat. Headers, connections and times are bounded; no body is taken.
 */

import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import type { Clock, Log } from '../model.ts';
import { authenticatePeers } from './authenticate.ts';
import type { Feed } from './feed.ts';
import type { Keyring } from './keyring.ts';
import { noticePlainPeers, type PeerTls, refuseStrangers, serverContext } from './peerTls.ts';
import { type Cursor, type Delta, PROTOCOL, readCursor } from './wire.ts';

export interface PeerListener extends AsyncDisposable {
  /** The port it listens on: the one asked for, or a free one where that was 0. */
  readonly port: number;
  /** Puts other certificates in force for new connections. Only for a listener that was made with `tls`. */
  replaceCertificates(tls: PeerTls): void;
}

export interface PeerLimits {
  /** Open at once; more are closed as they come. */
  readonly connections: number;
  /** For the headers of a request to be complete. */
  readonly headersMs: number;
  /** The longest wait for news that is granted. */
  readonly longestWaitMs: number;
}

interface PeerListenerDeps {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  /** For the agents of this region, by name: served at `/v1/feeds/<name>`. */
  readonly feeds: Readonly<Record<string, Feed>>;
  /** For those of other regions, too. */
  readonly abroad?: {
    readonly feeds: ReadonlyMap<string, Feed>;
    /** The regions whose agents may ask. */
    readonly regions: readonly string[];
  };
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<PeerLimits>;
  /** Absent: plain HTTP. */
  readonly tls?: PeerTls;
  /** Who asks must show a certificate, too, from one of the authorities in `tls`. */
  readonly clientCertificates?: boolean;
}

const LIMITS: PeerLimits = { connections: 4_000, headersMs: 5_000, longestWaitMs: 30_000 };

/** Listens; rejects with the system's error where the port can't be had. Disposing ends every connection at once. */
export async function createPeerListener(deps: PeerListenerDeps): Promise<PeerListener> {
  const limits = { ...LIMITS, ...deps.limits };
  const app = createApp(deps, limits);
  const options = {
    maxHeaderSize: 8_192,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.headersMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    keepAliveTimeout: 30_000,
  };
  const tlsServer =
    deps.tls &&
    createTlsServer(
      {
        ...options,
        ...serverContext(deps.tls),
        handshakeTimeout: limits.headersMs,
        requestCert: deps.clientCertificates ?? false,
        rejectUnauthorized: false,
      },
      app,
    );
  if (tlsServer !== undefined) noticePlainPeers(tlsServer, deps);
  const server: Server = tlsServer ?? createServer(options, app);
  server.maxConnections = limits.connections;
  const hangUp = followSockets(server);
  const port = await listen(server, deps.host, deps.port);
  return {
    port,
    replaceCertificates(tls) {
      if (tlsServer === undefined) throw new Error('the peer listener was made without TLS');
      tlsServer.setSecureContext(serverContext(tls));
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      hangUp();
      await closed;
    },
  };
}

/** Gives a function that ends every connection, also those whose TLS handshake is under way, which a server does not know yet. */
function followSockets(server: Server): () => void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function createApp(deps: PeerListenerDeps, limits: PeerLimits): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(refuseBodies);
  if (deps.clientCertificates) app.use(refuseStrangers(deps));
  const home = authenticatePeers({ ...deps, issuers: [deps.region] });
  const abroad = authenticatePeers({ ...deps, issuers: [deps.region, ...(deps.abroad?.regions ?? [])] });
  const texts = new WeakMap<Delta, string>();
  const textOf = (delta: Delta): string => {
    const text = texts.get(delta) ?? JSON.stringify({ protocol: PROTOCOL, ...delta });
    texts.set(delta, text);
    return text;
  };
  const serve = (name: string, feed: Feed, mayAsk: RequestHandler): void => {
    app.get(`/v1/feeds/${name}`, mayAsk, serveFeed(feed, deps.clock, limits.longestWaitMs, textOf));
  };
  for (const [name, feed] of Object.entries(deps.feeds)) serve(name, feed, home);
  for (const [name, feed] of deps.abroad?.feeds ?? []) serve(name, feed, abroad);
  app.use(abroad, (_request, response) => {
    refuse(response, 404, 'There is nothing here.', 'Ask for one of the feeds.');
  });
  return app;
}

const refuseBodies: RequestHandler = (request, response, next) => {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length === '0' && encoding === undefined) return next();
  // What follows on this connection would have to be read as the body: better none follows.
  response.set('Connection', 'close');
  refuse(response, 413, 'No body is taken here.', 'Ask with GET and without a body.');
};

function refuse(response: Response, status: number, error: string, hint: string): void {
  response.status(status).json({ error, hint });
}

function serveFeed(
  feed: Feed,
  clock: Clock,
  longestWaitMs: number,
  textOf: (delta: Delta) => string,
): RequestHandler {
  return async (request, response) => {
    const asked = readQuery(request);
    if (asked === undefined) {
      return refuse(response, 400, 'The query is not understood.', 'Ask `?after=<epoch>.<seq>&wait=<ms>`.');
    }
    const { after, waitMs } = asked;
    let delta = feed.read(after);
    if (delta === undefined && waitMs > 0) {
      await news(feed, clock, Math.min(waitMs, longestWaitMs), response);
      if (response.destroyed) return;
      delta = feed.read(after);
    }
    const empty: Delta = { epoch: feed.epoch, seq: feed.seq, full: false, docs: {} };
    // Said again with every heartbeat, these would be a good part of what idle regions exchange.
    response.sendDate = false;
    response.removeHeader('Connection');
    response
      .type('json')
      .set('Cache-Control', 'no-store')
      .send(textOf(delta ?? empty));
  };
}

/** An unreadable cursor is as good as none: the whole set puts it right. */
function readQuery(request: Request): { after: Cursor | undefined; waitMs: number } | undefined {
  const { after, wait = '0' } = request.query;
  if (typeof wait !== 'string' || !/^\d{1,9}$/.test(wait)) return undefined;
  return { after: typeof after === 'string' ? readCursor(after) : undefined, waitMs: Number(wait) };
}

/** Waits for a change of the feed, for the time to be up, or for the asking side to go away. */
function news(feed: Feed, clock: Clock, waitMs: number, response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stopListening();
      cancel();
      response.off('close', done);
      resolve();
    };
    const stopListening = feed.listen(done);
    const cancel = clock.after(waitMs, done);
    response.once('close', done);
  });
}
