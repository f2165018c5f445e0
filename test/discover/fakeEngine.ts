/**
 * A Docker engine's API on a unix socket, that answers what a test tells it to.
 *
 * It is here because a real engine can't be made to answer 500, stall, or cut an answer off at will, and takes seconds to
 * start; real engines are in the lab tests. Its answers have the shape of those of real engines, shortened to what is read.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** JSON to answer, or a misbehaviour. */
export type Reply =
  | { readonly json: unknown }
  | { readonly status: number; readonly message: string }
  | { readonly text: string }
  | { readonly misbehave: 'hang' | 'cut-off' | 'drip' };

export interface FakeEngine extends AsyncDisposable {
  readonly address: string;
  /** Answers by path without version and query; a test changes them as it goes on. */
  readonly replies: Map<string, Reply>;
  /** Every request so far: method and path, with the query. */
  readonly requests: readonly string[];
  /** How many requests will never be answered in full, and are still waited for. */
  readonly hanging: number;
  /** How many streams of events are open. */
  readonly eventStreams: number;
  emit(event: object): void;
  /** Stops as an engine does: nobody is there any more. */
  refuse(): Promise<void>;
  /** Ends the streams of events without a word. */
  cutEvents(): void;
}

export const notManager: Reply = {
  status: 503,
  message:
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
};

export async function createFakeEngine(replies: Readonly<Record<string, Reply>>): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'msa-engine-'));
  const path = join(folder, 'docker.sock');
  const table = new Map(
    Object.entries({ '/version': json({ ApiVersion: '1.41', MinAPIVersion: '1.12' }), ...replies }),
  );
  const requests: string[] = [];
  const streams = new Set<ServerResponse>();
  const hanging = new Set<ServerResponse>();

  const server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? '');
    requests.push(`${request.method} ${url}`);
    const plain = url.replace(/\?.*$/, '').replace(/^\/v\d+\.\d+/, '');
    const reply = table.get(plain);
    if (reply !== undefined && 'misbehave' in reply && reply.misbehave !== 'cut-off') {
      hanging.add(response);
      response.on('close', () => hanging.delete(response));
    }
    if (reply !== undefined) return answer(reply, request, response);
    if (plain !== '/events') return answer({ status: 404, message: 'page not found' }, request, response);
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    streams.add(response);
    response.on('close', () => streams.delete(response));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));

  async function refuse(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  return {
    address: `unix://${path}`,
    replies: table,
    requests,
    get hanging() {
      return hanging.size;
    },
    get eventStreams() {
      return streams.size;
    },
    emit(event) {
      for (const stream of streams) stream.write(`${JSON.stringify(event)}\n`);
    },
    refuse,
    cutEvents() {
      for (const stream of streams) stream.destroy();
    },
    async [Symbol.asyncDispose]() {
      await refuse();
      await rm(folder, { recursive: true });
    },
  };
}

export function json(value: unknown): Reply {
  return { json: value };
}

function answer(reply: Reply, request: IncomingMessage, response: ServerResponse): void {
  if ('json' in reply) {
    response.end(JSON.stringify(reply.json));
  } else if ('text' in reply) {
    response.end(reply.text);
  } else if ('status' in reply) {
    response.writeHead(reply.status).end(JSON.stringify({ message: reply.message }));
  } else if (reply.misbehave === 'cut-off') {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('[{"Id": "abc", ', () => request.socket.destroy());
  } else if (reply.misbehave === 'drip') {
    response.write('[');
  }
}
