/**
 * Whole agents in this process, as `msa agent` runs them: on each node one, with a fake engine, real sockets, and real
 * instances on the node's own loopback address. Time stands still until the test lets it go on.
 */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '../../agent/main.ts';
import type { Log } from '../../agent/model.ts';
import { readSettings } from '../../agent/settings/settings.ts';
import { freePorts } from '../balancers/freePorts.ts';
import { gatewayBridge, node, service, task, taskContainer } from '../discover/engineAnswers.ts';
import { createFakeEngine, type FakeEngine, json, notManager, type Reply } from '../discover/fakeEngine.ts';
import { createFakeClock, type FakeClock, settle } from '../fakeClock.ts';

/** What runs: by name of the service, its labels, and the nodes with one instance each. */
export interface Running {
  readonly labels?: Readonly<Record<string, string>>;
  readonly on: readonly string[];
}

interface RegionPlan {
  /** By node: the first is Swarm's manager. */
  readonly nodes: readonly string[];
  readonly services: Readonly<Record<string, Running>>;
  /** Rule files, by name. */
  readonly rules?: Readonly<Record<string, string>>;
  /** External services, which the leader asks as a whole. */
  readonly whole?: readonly string[];
}

/** What a load balancer hears. */
export interface Answer {
  readonly status: number;
  readonly report: string;
  readonly message: string;
  readonly stale: string | undefined;
  readonly since: string | undefined;
}

export interface TestRegion extends AsyncDisposable {
  readonly clock: FakeClock;
  /** A node's data folder. */
  data(node: string): string;
  start(...nodes: readonly string[]): Promise<void>;
  /** With further settings. */
  startWith(settings: Readonly<Record<string, string>>, ...nodes: readonly string[]): Promise<void>;
  stop(...nodes: readonly string[]): Promise<void>;
  /** The node's engine is gone, as far as its agent can tell. */
  refuse(node: string): Promise<void>;
  /** From now on instances of that service answer so; `hang`: not at all. */
  answerWith(service: string, status: number | 'hang'): void;
  ask(node: string, service: string): Promise<Answer>;
  /** Puts a rule file in place of the one of that name. */
  writeRules(name: string, content: string): void;
  /** The status page of the node's agent. */
  page(node: string): Promise<string>;
  /** The problems that the node's agent shows, by code. */
  problems(node: string): Promise<readonly string[]>;
  /** Lets time go on until that node answers so; gives all that it answered on the way. */
  until(node: string, service: string, is: (answer: Answer) => boolean): Promise<readonly Answer[]>;
  /** Lets that much time go on. */
  pass(ms: number): Promise<void>;
}

/** No client connects from there, so a port stays free until it is taken. */
const NETWORK = '127.0.2';
const FIRST_ADDRESS = `${NETWORK}.1`;
const STEP_MS = 10;
/** A test that waits for longer than this many steps waits in vain. */
const PATIENCE = 3_000;

export async function createTestRegion(plan: RegionPlan): Promise<TestRegion> {
  const building = new AsyncDisposableStack();
  const clock = createFakeClock();
  const folder = mkdtempSync(join(tmpdir(), 'msa-region-'));
  building.defer(() => rmSync(folder, { recursive: true }));
  const [peerPort = 0, instancePort = 0] = await freePorts(2);
  const addresses = new Map(plan.nodes.map((name, index) => [name, `${NETWORK}.${index + 1}`]));
  const agents = new Map<string, Awaited<ReturnType<typeof startAgent>>>();
  const statuses = new Map<string, number | 'hang'>();
  const engines = new Map<string, FakeEngine>();

  for (const [name, address] of addresses) {
    engines.set(name, building.use(await createFakeEngine(repliesOf(plan, name, addresses, instancePort))));
    building.use(await listenFor(address, instancePort, (path) => statuses.get(path.slice(1)) ?? 200));
  }
  const rules = join(folder, 'rules');
  mkdirSync(rules);
  for (const [name, content] of Object.entries(plan.rules ?? {})) writeFileSync(join(rules, name), content);

  const external = join(folder, 'external.json');
  const probed = (name: string) => [
    name,
    { labels: { 'msa.probe': `http://${FIRST_ADDRESS}:${instancePort}/${name}` } },
  ];
  writeFileSync(external, JSON.stringify({ services: Object.fromEntries((plan.whole ?? []).map(probed)) }));

  async function start(name: string, more: Readonly<Record<string, string>>): Promise<void> {
    const settings = readSettings({
      MSA_REGION: 'east',
      MSA_HOST: addresses.get(name) ?? '',
      MSA_PORT: '0',
      MSA_PEER_PORT: `${peerPort}`,
      MSA_SECRET: 'a secret for the agents of a test',
      MSA_RULES: rules,
      MSA_DATA: join(folder, name),
      MSA_DOCKER: engines.get(name)?.address ?? '',
      MSA_EXTERNAL: external,
      ...more,
    });
    agents.set(name, await startAgent(settings, quietLog, clock));
  }

  async function stop(name: string): Promise<void> {
    await agents.get(name)?.[Symbol.asyncDispose]();
    agents.delete(name);
  }

  async function get(name: string, path: string): Promise<Response> {
    const agent = agents.get(name);
    assert.ok(agent !== undefined, `no agent runs on ${name}`);
    const signal = AbortSignal.timeout(10_000);
    return fetch(`http://${addresses.get(name)}:${agent.port}${path}`, {
      headers: { accept: 'application/json' },
      signal,
    });
  }

  async function ask(name: string, asked: string): Promise<Answer> {
    const response = await get(name, `/report/${asked}`);
    const body: unknown = await response.json();
    const said = (field: string) => textIn(body, field);
    return {
      status: response.status,
      report: said('report') ?? '',
      message: said('message') ?? '',
      stale: said('stale'),
      since: said('since'),
    };
  }

  /** Answers between sockets of this process take a few turns; time stands still for them. */
  async function step(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await settle();
    await clock.advance(STEP_MS);
  }

  return {
    clock,
    data: (name) => join(folder, name),
    async start(...names) {
      for (const name of names) await start(name, {});
    },
    async startWith(settings, ...names) {
      for (const name of names) await start(name, settings);
    },
    async stop(...names) {
      for (const name of names) await stop(name);
    },
    refuse: async (name) => engines.get(name)?.refuse(),
    answerWith: (name, status) => statuses.set(name, status),
    ask,
    writeRules: (name, content) => writeFileSync(join(rules, name), content),
    page: async (name) => (await get(name, '/')).text(),
    async problems(name) {
      const body: unknown = await (await get(name, '/api/v1/status')).json();
      const problems: unknown =
        typeof body === 'object' && body !== null && 'problems' in body ? body.problems : [];
      return Array.isArray(problems) ? problems.map((problem: unknown) => textIn(problem, 'code') ?? '') : [];
    },
    async until(name, asked, is) {
      const answers: Answer[] = [];
      for (let tried = 0; tried < PATIENCE; tried += 1) {
        const answer = await ask(name, asked);
        answers.push(answer);
        if (is(answer)) return answers;
        await step();
      }
      throw new Error(`${name} never said so of ${asked}; last: ${JSON.stringify(answers.at(-1))}`);
    },
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += STEP_MS) await step();
    },
    async [Symbol.asyncDispose]() {
      for (const name of [...agents.keys()]) await stop(name);
      await building.disposeAsync();
      for (let turn = 0; turn < PATIENCE && clock.pending > 0; turn += 1) await settle();
      assert.equal(clock.pending, 0, 'a timer was left behind');
    },
  };
}

const quiet = () => {};
const quietLog: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** What the engine of that node answers: the first node is the manager. */
function repliesOf(
  { nodes, services }: RegionPlan,
  name: string,
  addresses: ReadonlyMap<string, string>,
  port: number,
): Readonly<Record<string, Reply>> {
  const [manager = ''] = nodes;
  const isManager = name === manager;
  const all = Object.entries(services);
  const tasks = all.flatMap(([asked, { on }]) => on.map((at) => ({ id: `${asked}-${at}`, asked, at })));
  const info = {
    ID: `ENGINE:${name}`,
    Name: name,
    Swarm: {
      NodeID: name,
      NodeAddr: addresses.get(name),
      LocalNodeState: 'active',
      ControlAvailable: isManager,
      Error: '',
      RemoteManagers: [{ NodeID: manager, Addr: `${addresses.get(manager)}:2377` }],
    },
  };
  const specs = all.map(([asked, { labels, on }]) =>
    service(
      asked,
      { 'msa.probe': `http://:${port}/${asked}`, ...labels },
      { Mode: { Replicated: { Replicas: on.length } } },
    ),
  );
  const known = nodes.map((each) =>
    node(
      each,
      addresses.get(each) ?? '',
      each === manager ? { ManagerStatus: { Leader: true, Reachability: 'reachable' } } : {},
    ),
  );
  const containers = tasks
    .filter(({ at }) => at === name)
    .map(({ id, asked }) =>
      taskContainer(`c-${id}`, asked, id, {
        HostConfig: { NetworkMode: 'host' },
        NetworkSettings: { Networks: {} },
      }),
    );
  return {
    '/info': json(info),
    '/services': isManager ? json(specs) : notManager,
    '/tasks': isManager ? json(tasks.map(({ id, asked, at }) => task(id, asked, at))) : notManager,
    '/nodes': isManager ? json(known) : notManager,
    '/containers/json': json(containers),
    '/networks/docker_gwbridge': gatewayBridge({}),
  };
}

/** The instances on one node. */
async function listenFor(
  host: string,
  port: number,
  statusOf: (path: string) => number | 'hang',
): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const status = statusOf(request.url ?? '');
    if (status !== 'hang') response.writeHead(status).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function textIn(body: unknown, field: string): string | undefined {
  const value: unknown =
    typeof body === 'object' && body !== null
      ? Object.entries(body).find(([name]) => name === field)?.[1]
      : undefined;
  return typeof value === 'string' ? value : undefined;
}
