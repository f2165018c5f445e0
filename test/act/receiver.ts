/** A real receiver of webhooks, on port 0 of 127.0.0.1. A client that does not let go of it fails the test. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { settle } from '../fakeClock.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** All requests so far, in the order in which they were read. */
  readonly received: readonly Received[];
  /** Connections that are open now. */
  readonly open: number;
}

/** `answer` is called with each request once its body is in. */
export async function createReceiver(
  answer: (response: ServerResponse, request: Received) => void = (response) =>
    void response.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = [];
  let open = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const read = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
    received.push(read);
    answer(response, read);
  });
  server.on('connection', (socket) => {
    open += 1;
    socket.on('close', () => {
      open -= 1;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a port was expected');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    get open() {
      return open;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      try {
        await until(() => open === 0);
      } finally {
        server.closeAllConnections();
      }
    },
  };
}

const patienceMs = 5_000;

/** Lets real sockets go on until it is so. Only what never is takes time. */
export async function until(isSo: () => boolean): Promise<void> {
  const patience = AbortSignal.timeout(patienceMs);
  while (!isSo()) {
    if (patience.aborted) throw new Error(`it never became so: ${isSo}`);
    await settle();
  }
}
