/** A front listener on a free port of this machine, and the ways to ask it. */

import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Log, Picture } from '../../agent/model.ts';
import type { FrontLimits } from '../../agent/report/frontLimits.ts';
import { createFrontListener, type FrontListener } from '../../agent/report/frontListener.ts';
import type { Explain, Timings } from '../../agent/report/views.ts';
import { createFakeClock, type FakeClock } from '../fakeClock.ts';
import { startMs } from './picture.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Listening extends AsyncDisposable {
  readonly front: FrontListener;
  readonly clock: FakeClock;
  readonly logged: readonly string[];
  /** Replaces the picture, and says so. */
  show(picture: Picture): void;
  ask(
    path: string,
    more?: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string },
  ): Promise<Answer>;
  /** The parsed JSON answer to a GET. */
  json(path: string): Promise<unknown>;
  /** A bare connection. */
  open(): Promise<Socket>;
}

export async function listen(
  first: Picture,
  more: {
    readonly limits?: Partial<FrontLimits>;
    readonly timings?: Timings;
    readonly explain?: Explain;
    readonly tls?: { readonly key: string; readonly cert: string };
  } = {},
): Promise<Listening> {
  const clock = createFakeClock(startMs);
  const logged: string[] = [];
  const note = (_fields: object, message: string) => void logged.push(message);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const { limits, timings = new Map(), tls } = more;
  const explain: Explain =
    more.explain ?? ((_decision, service) => ({ tree: { service }, text: `why ${service}` }));
  let current = first;
  const front = await createFrontListener({
    host: '127.0.0.1',
    port: 0,
    picture: () => current,
    timings: () => timings,
    explain,
    clock,
    log,
    ...(limits === undefined ? {} : { limits }),
    ...(tls === undefined ? {} : { tls }),
  });

  const ask: Listening['ask'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: front.port, path, method, headers, agent: false };
      const asking = request(options, (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
        response.on('error', reject);
      });
      asking.on('error', reject);
      asking.end(body);
    });

  return {
    front,
    clock,
    logged,
    ask,
    show(picture) {
      current = picture;
      front.changed();
    },
    json: async (path) => JSON.parse((await ask(path)).text),
    open: () =>
      new Promise((resolve, reject) => {
        const socket = connect(front.port, '127.0.0.1', () => resolve(socket));
        socket.once('error', reject);
      }),
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  };
}
