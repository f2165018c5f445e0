/** A peer listener with two feeds, and a way to ask it. */

import { Agent, type RequestOptions, request } from 'node:http';
import { createFeed } from '../../agent/share/feed.ts';
import { createPeerListener, type PeerLimits } from '../../agent/share/peerListener.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import { createFakeClock } from '../fakeClock.ts';
import { keyring, memoryLog } from './region.ts';

export async function createSubject(
  options: { limits?: Partial<PeerLimits>; keys?: ReturnType<typeof keyring> } = {},
) {
  const clock = createFakeClock();
  const log = memoryLog();
  const keys = options.keys ?? keyring();
  const node = createFeed({ epoch: 'life' });
  const region = createFeed({ epoch: 'life' });
  const listener = await createPeerListener({
    host: '127.0.0.1',
    port: 0,
    region: 'east',
    feeds: { node, region },
    keyring: keys,
    clock,
    log,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const tokens = createTokens({ region: 'east', node: 'n1', keyring: keys, clock, uniqueId: () => 'id' });
  const get = (
    path: string,
    headers: Record<string, string> = bearer(tokens.sign('east')),
    over: RequestOptions = {},
  ) => ask({ port: listener.port, path, headers, ...over });
  return {
    clock,
    log,
    node,
    region,
    port: listener.port,
    tokens,
    get,
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** One request on a connection of its own. */
export function ask(options: RequestOptions, body?: string): Promise<Said> {
  return new Promise((resolve, reject) => {
    const agent = new Agent();
    const sent = request({ host: '127.0.0.1', agent, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        agent.destroy();
        const isJson = String(response.headers['content-type']).includes('json');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: isJson ? JSON.parse(text) : text,
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
