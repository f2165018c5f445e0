/** A visitor of a load balancer: he asks, remembers who answered, and waits for the traffic to go as documented. */

import { type IncomingHttpHeaders, request } from 'node:http';
import type { TestContext } from 'node:test';
import { until } from '../../scripts/lab/until.ts';
import { front } from './freePorts.ts';

export interface Visit {
  readonly status: number;
  /** The node that served it; absent: no instance did. */
  readonly servedBy: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Visitor {
  ask(path?: string, asking?: Asking): Promise<Visit>;
  /** That many visits, one after the other. */
  visits(count: number): Promise<readonly Visit[]>;
  /**
   * Waits until the last eight visits in a row are as wanted; says how long it took. Fails where it takes longer than the
   * documented bound, and what a busy machine may add. Gives every visit on the way there.
   */
  settles(
    what: string,
    boundMs: number,
    wanted: (lastEight: readonly Visit[]) => boolean,
  ): Promise<readonly Visit[]>;
}

/** What a busy machine may add to a documented time. */
const slackMs = 2_500;

/** `always`: headers that he sends each time, a cookie say. */
export function createVisitor(
  test: TestContext,
  port: number,
  always: Readonly<Record<string, string>> = {},
): Visitor {
  const ask: Visitor['ask'] = (path = '/', asking = {}) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', body } = asking;
      const headers = { ...always, ...asking.headers };
      const options = { host: front, port, path, method, headers, agent: false, timeout: 15_000 };
      const sent = request(options, (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('error', reject);
        response.on('end', () => {
          const servedBy = response.headers['served-by'];
          resolve({
            status: response.statusCode ?? 0,
            servedBy: typeof servedBy === 'string' ? servedBy : undefined,
            headers: response.headers,
            text,
          });
        });
      });
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
      sent.end(body);
    });

  async function visits(count: number): Promise<readonly Visit[]> {
    const made: Visit[] = [];
    while (made.length < count) made.push(await ask());
    return made;
  }

  return {
    ask,
    visits,
    async settles(what, boundMs, wanted) {
      const made: Visit[] = [];
      const madeAt: number[] = [];
      const startedAt = performance.now();
      await until(
        what,
        async () => {
          madeAt.push(performance.now());
          made.push(await ask());
          const lastEight = made.slice(-8);
          return lastEight.length === 8 && wanted(lastEight);
        },
        { withinMs: boundMs + slackMs, everyMs: 10 },
      );
      const tookMs = Math.round((madeAt.at(-8) ?? startedAt) - startedAt);
      test.diagnostic(`${what}: after ${tookMs} ms; documented: at most ${boundMs} ms`);
      return made;
    },
  };
}

/** The nodes that served these visits, sorted, each once. */
export function servers(visits: readonly Visit[]): readonly string[] {
  return [...new Set(visits.flatMap(({ servedBy }) => servedBy ?? []))].toSorted();
}

/** The statuses of these visits, sorted, each once. */
export function statuses(visits: readonly Visit[]): readonly number[] {
  return [...new Set(visits.map(({ status }) => status))].toSorted();
}

/** Do exactly these nodes serve, and nobody is refused? */
export function servedBy(...nodes: readonly string[]): (visits: readonly Visit[]) => boolean {
  return (visits) =>
    visits.every(({ status }) => status === 200) && servers(visits).join() === nodes.toSorted().join();
}

/** Does nobody serve? */
export function refused(visits: readonly Visit[]): boolean {
  return visits.every(({ status }) => status === 503);
}
