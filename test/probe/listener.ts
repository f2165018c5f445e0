/** Real listeners for probes, on port 0 of 127.0.0.1. They let go only when every client has: what leaks hangs the test. */

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { selfSigned } from './selfSigned.ts';

export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** Everything received so far, on all connections. */
  readonly received: string;
  readonly connections: number;
}

/** Calls `onRequest` once the head of a request is in, or on `anything`; with TLS where asked for. */
export async function listen(
  onRequest: (socket: Socket) => void,
  options: { readonly tls?: boolean; readonly anything?: boolean } = {},
): Promise<Listener> {
  let received = '';
  let connections = 0;

  function serve(socket: Socket): void {
    connections += 1;
    let head = '';
    let asked = false;
    // A client that hangs up first is what many of these tests are about.
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received += chunk.toString();
      head += chunk.toString();
      if (asked || !(options.anything || head.endsWith('\r\n\r\n'))) return;
      asked = true;
      onRequest(socket);
    });
  }

  const server: Server = options.tls ? createTlsServer(selfSigned, serve) : createServer(serve);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a port was expected');
  return {
    port: address.port,
    get received() {
      return received;
    },
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers each request with these bytes, and closes. */
export function answering(bytes: string, options: { readonly tls?: boolean } = {}): Promise<Listener> {
  return listen((socket) => socket.end(bytes), options);
}

/** An HTTP answer with its length. */
export function http(status: number, body = '', headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Said\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
