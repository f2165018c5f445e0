/**
 * A region as load balancers meet it: on each node an agent's real front listener, and one instance of the service `wfe`,
 * a small web server that answers with its node's address. Nodes are loopback addresses; all use the same two ports, as in
 * a real region.
 */

import { createServer, type Server } from 'node:http';
import type { Report } from '../../agent/model.ts';
import { createFrontListener } from '../../agent/report/frontListener.ts';
import { createFakeClock } from '../fakeClock.ts';
import { instance, picture, self, service, verdict } from '../report/picture.ts';

/** What the agents of the region know; each test changes it word by word. */
export interface Known {
  readonly report: Report;
  /** Nodes whose instance is sick. */
  readonly sick: readonly string[];
}

export interface Region extends AsyncDisposable {
  readonly nodes: readonly string[];
  /** Tells every agent of the region. */
  know(known: Partial<Known>): void;
  stopAgent(node: string): Promise<void>;
  startAgent(node: string): Promise<void>;
  /** In place of the agent, something that takes connections and never answers. */
  hangAgent(node: string): Promise<void>;
  /** The instance goes, and no agent has noticed yet. */
  stopInstance(node: string): Promise<void>;
  startInstance(node: string): Promise<void>;
  /** Requests that instances have received, in order: `POST /pay`. A request for /break is received, and never answered. */
  readonly received: readonly string[];
  /** Lets go the requests for /slow, which wait until then. */
  finishSlowOnes(): void;
}

export interface Ports {
  /** Of the agents. */
  readonly report: number;
  /** Of the service, as it is published on each node. */
  readonly service: number;
}

export async function createRegion(name: string, nodes: readonly string[], ports: Ports): Promise<Region> {
  await using starting = new AsyncDisposableStack();
  const agents = new Map<string, AsyncDisposable>();
  const instances = new Map<string, Server>();
  const received: string[] = [];
  const clock = createFakeClock();
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  let known: Known = { report: 'up', sick: [] };
  let slowOnes: (() => void)[] = [];

  function pictureOn(node: string) {
    const running = nodes.map((one) =>
      instance(`wfe-${one}`, { node: one, health: known.sick.includes(one) ? 'sick' : 'healthy' }),
    );
    const statusByReport = { up: 200, down: 503, drain: 404, unknown: 503 };
    return picture({
      self: { ...self, node, hostname: node },
      services: [service('wfe', { statusByReport }, running), service('api')],
      verdicts: [verdict('wfe', { report: known.report }), verdict('api')],
      facts: { region: name },
    });
  }

  async function startAgent(node: string): Promise<void> {
    const explain = () => ({ tree: {}, text: '' });
    const pictures = () => pictureOn(node);
    agents.set(
      node,
      await createFrontListener({ host: node, port: ports.report, picture: pictures, explain, clock, log }),
    );
  }

  async function stopAgent(node: string): Promise<void> {
    await agents.get(node)?.[Symbol.asyncDispose]();
    agents.delete(node);
  }

  async function hangAgent(node: string): Promise<void> {
    await stopAgent(node);
    const server = createServer(() => {});
    await listen(server, node, ports.report);
    agents.set(node, { [Symbol.asyncDispose]: () => close(server) });
  }

  async function startInstance(node: string): Promise<void> {
    const server = createServer((request, response) => {
      received.push(`${request.method} ${request.url}`);
      const answer = () => response.writeHead(200, { 'served-by': node }).end(`${name} ${node}\n`);
      if (request.url === '/slow') slowOnes.push(answer);
      else if (request.url === '/break') request.socket.destroy();
      else request.resume().on('end', answer);
    });
    await listen(server, node, ports.service);
    instances.set(node, server);
  }

  async function stopInstance(node: string): Promise<void> {
    const server = instances.get(node);
    instances.delete(node);
    if (server !== undefined) await close(server);
  }

  starting.defer(async () => {
    for (const node of nodes) {
      await stopAgent(node);
      await stopInstance(node);
    }
  });
  for (const node of nodes) {
    await startAgent(node);
    await startInstance(node);
  }
  const started = starting.move();

  return {
    nodes,
    know(more) {
      known = { ...known, ...more };
    },
    stopAgent,
    startAgent,
    hangAgent,
    stopInstance,
    startInstance,
    received,
    finishSlowOnes() {
      for (const answer of slowOnes) answer();
      slowOnes = [];
    },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}
