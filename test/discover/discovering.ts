/** A discovery over a fake engine, in a time that goes on only while every question under way is one that hangs. */

import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { createDiscovery, type Discovery } from '../../agent/discover/discovery.ts';
import { createDocker, type Docker } from '../../agent/discover/docker.ts';
import type { DiscoveryView } from '../../agent/discover/view.ts';
import { createFakeClock, type FakeClock, settle } from '../fakeClock.ts';
import { createFakeEngine, type FakeEngine, type Reply } from './fakeEngine.ts';

export interface Discovering extends AsyncDisposable {
  readonly engine: FakeEngine;
  readonly clock: FakeClock;
  readonly discovery: Discovery;
  readonly changes: number;
  /** Sentences of the log, warnings and errors with their level in front. */
  readonly logged: readonly string[];
  /** The view; fails where there is none yet. */
  view(): DiscoveryView;
  /** Waits for answers and events that are on their way, in no time. */
  now(is: () => boolean): Promise<void>;
  /** Lets time pass, up to `withinMs`, until it is so; gives how long that took. */
  soon(is: () => boolean, withinMs: number): Promise<number>;
  /** Lets that much time pass, with all questions of that time. */
  pass(ms: number): Promise<void>;
}

/** Turns of the event loop after which what has not come won't. */
const PATIENCE = 200_000;
const STEP_MS = 5;
const TIMEOUT_MS = 100;

export async function discovering(
  replies: Readonly<Record<string, Reply>>,
  more: {
    readonly addresses?: readonly string[];
    readonly externalFile?: string;
    readonly address?: string;
  } = {},
): Promise<Discovering> {
  const engine = await createFakeEngine(replies);
  const clock = createFakeClock();
  const logged: string[] = [];
  const note = (level: string) => (_: object, message: string) => logged.push(level + message);
  const log = { debug: () => {}, info: note(''), warn: note('WARN '), error: note('ERROR ') };
  const deadlines = createDeadlines();
  const { deadlineIn } = deadlines;
  const counted = counting(
    createDocker({ address: more.address ?? engine.address, timeoutMs: TIMEOUT_MS, deadlineIn }),
  );
  let changes = 0;
  const discovery = createDiscovery({
    docker: counted.docker,
    clock,
    log,
    random: () => 0.5,
    interfaces: () => ({ eth0: (more.addresses ?? []).map(networkInterface) }),
    onChange: () => changes++,
    ...(more.externalFile === undefined ? {} : { externalFile: more.externalFile }),
  });

  async function soon(is: () => boolean, withinMs: number): Promise<number> {
    const startedMs = clock.now();
    for (let turn = 0; turn < PATIENCE && !is(); turn++) {
      const isIdle = counted.underWay() === engine.hanging;
      if (isIdle && clock.now() - startedMs >= withinMs) break;
      if (isIdle) deadlines.advance(STEP_MS);
      await (isIdle ? clock.advance(STEP_MS) : settle());
    }
    assert.ok(is(), `did not come within ${withinMs} ms`);
    return clock.now() - startedMs;
  }

  return {
    engine,
    clock,
    discovery,
    logged,
    soon,
    get changes() {
      return changes;
    },
    view() {
      const view = discovery.view();
      assert.ok(view !== undefined, 'nothing is discovered yet');
      return view;
    },
    async now(is) {
      for (let turn = 0; turn < PATIENCE && !is(); turn++) await settle();
      assert.ok(is(), 'did not come at once');
    },
    async pass(ms) {
      const untilMs = clock.now() + ms;
      await soon(() => clock.now() >= untilMs && counted.underWay() === 0, ms);
    },
    async [Symbol.asyncDispose]() {
      await discovery[Symbol.asyncDispose]();
      assert.equal(clock.pending, 0, 'a timer was left behind');
      await engine[Symbol.asyncDispose]();
    },
  };
}

/** Counts the questions under way; the stream of events is none. */
function counting(docker: Docker): { readonly docker: Docker; readonly underWay: () => number } {
  let underWay = 0;
  async function count<T>(asked: Promise<T>): Promise<T> {
    underWay++;
    try {
      return await asked;
    } finally {
      underWay--;
    }
  }
  return {
    underWay: () => underWay,
    docker: {
      info: (signal) => count(docker.info(signal)),
      containers: (all, signal) => count(docker.containers(all, signal)),
      gateway: (signal) => count(docker.gateway(signal)),
      services: (signal) => count(docker.services(signal)),
      tasks: (signal) => count(docker.tasks(signal)),
      nodes: (signal) => count(docker.nodes(signal)),
      events: docker.events,
    },
  };
}

/** Deadlines in the time of the test. */
export function createDeadlines() {
  let nowMs = 0;
  const deadlines = new Set<{ readonly atMs: number; readonly controller: AbortController }>();
  return {
    deadlineIn(ms: number): AbortSignal {
      const controller = new AbortController();
      deadlines.add({ atMs: nowMs + ms, controller });
      return controller.signal;
    },
    advance(ms: number): void {
      nowMs += ms;
      for (const deadline of deadlines) {
        if (deadline.atMs > nowMs) continue;
        deadlines.delete(deadline);
        deadline.controller.abort();
      }
    },
  };
}

function networkInterface(address: string): NetworkInterfaceInfo {
  return {
    address,
    netmask: '255.255.255.0',
    family: 'IPv4',
    mac: '02:00:00:00:00:01',
    internal: false,
    cidr: `${address}/24`,
  };
}
