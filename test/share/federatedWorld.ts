/**
 * Whole regions on one fake clock: each agent has the real parts of share/, on a network in memory whose links the test cuts,
 * and decides one service that may run in so many regions as a region is meant to decide it.
 */

import { createPace } from '../../agent/loop/pace.ts';
import type { Facts, Log, RegionFacts, RemoteService, Report } from '../../agent/model.ts';
import { type RegionShare, writeRegion } from '../../agent/share/documents.ts';
import { createFederation } from '../../agent/share/federation.ts';
import { createFeed, type Feed } from '../../agent/share/feed.ts';
import { createFollower } from '../../agent/share/follower.ts';
import type { PeerClient } from '../../agent/share/peerClient.ts';
import { createPeers } from '../../agent/share/peers.ts';
import { createRegions } from '../../agent/share/regions.ts';
import { disown } from '../../agent/share/stored.ts';
import { readAnswer, readCursor } from '../../agent/share/wire.ts';
import { createFakeClock, type FakeClock } from '../fakeClock.ts';
import { node as nodeOf, plan, verdict } from './facts.ts';
import { selfInfo } from './region.ts';

export const times = {
  heartbeatMs: 1_000,
  tickMs: 1_000,
  staleAfterMs: 3_000,
  releaseAfterMs: 15_000,
  lostAfterMs: 30_000,
};

export interface WorldPlan {
  /** By region: its agents' nodes; the first so many are managers. */
  readonly regions: Readonly<
    Record<string, { readonly nodes: readonly string[]; readonly managers: number }>
  >;
  readonly onIsolation?: 'release' | 'keep';
  readonly maxRegions?: number;
}

export interface FederatedAgent {
  readonly region: string;
  readonly node: string;
  /** What it answers load balancers. */
  readonly report: Report;
  readonly role: string;
  /** What it decided on last. */
  readonly facts: Pick<Facts, 'regions' | 'isolated'> | undefined;
}

export interface FederatedWorld extends Disposable {
  readonly clock: FakeClock;
  agents(): readonly FederatedAgent[];
  agent(node: string): FederatedAgent;
  /** `readyAfterMs`: how long its first probes take. */
  start(node: string, readyAfterMs?: number): void;
  kill(node: string): void;
  /** Cuts everything between any of these and any of those, as a firewall that drops does. */
  cut(these: readonly string[], those: readonly string[]): void;
  /** None of these can ask any of those; the other way round it works. */
  muffle(these: readonly string[], those: readonly string[]): void;
  heal(): void;
  /** Could the service run in that region, and how much is it wanted there? */
  make(region: string, able: boolean, priority?: number): void;
  /** The regions where some agent answers `up`. */
  up(): readonly string[];
  /** Whenever somebody changes its answer. */
  onAnswer: () => void;
}

interface Running extends FederatedAgent, Disposable {
  readonly feeds: ReadonlyMap<string, Feed>;
  wake(): void;
}

const SERVICE = 'db';
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

export function createWorld(world: WorldPlan, seed = 1): FederatedWorld {
  const clock = createFakeClock();
  const random = generator(seed);
  const running = new Map<string, Running>();
  const cuts = new Set<string>();
  const standings = new Map<string, { able: boolean; priority: number }>();
  const names = Object.keys(world.regions);
  let lives = 0;

  /** Does what `from` asks of `to` get lost? */
  const isCut = (from: string, to: string): boolean => cuts.has(`${from} ${to}`);

  /** Asks over the network in memory, as `from`. A cut link swallows what is sent. */
  function clientOf(from: string): PeerClient {
    return {
      [Symbol.dispose]() {},
      ask: (url, _token, signal) =>
        new Promise((resolve) => {
          const { host, pathname, searchParams } = new URL(url);
          const to = host.split(':')[0] ?? '';
          signal.addEventListener('abort', () =>
            resolve({ ok: false, failure: { code: 'slow', detail: 'no answer in time' } }),
          );
          const agent = running.get(to);
          if (isCut(from, to)) return;
          if (agent === undefined) {
            resolve({ ok: false, failure: { code: 'refused', detail: 'nobody listens' } });
            return;
          }
          const feed = agent.feeds.get(pathname.slice('/v1/feeds/'.length));
          if (feed === undefined) throw new Error(`no feed ${pathname}`);
          const after = readCursor(searchParams.get('after') ?? '');
          const answer = (): void => {
            stop();
            cancel();
            if (isCut(from, to) || running.get(to) !== agent) return;
            const delta = feed.read(after) ?? { epoch: feed.epoch, seq: feed.seq, full: false, docs: {} };
            const body: unknown = JSON.parse(JSON.stringify({ protocol: 1, ...delta }));
            clock.after(2, () => {
              const read = readAnswer(body);
              if (read !== undefined && !isCut(from, to)) resolve({ ok: true, answer: read });
            });
          };
          const news = feed.read(after) !== undefined;
          const stop = news ? () => {} : feed.listen(answer);
          const cancel = clock.after(news ? 1 : Number(searchParams.get('wait')), answer);
        }),
    };
  }

  function start(node: string, readyAfterMs = 0): void {
    const region = names.find((name) => world.regions[name]?.nodes.includes(node));
    if (region === undefined) throw new Error(`no node ${node}`);
    lives += 1;
    const agent = createAgent(region, node, `life${lives}`, clock.now() + readyAfterMs);
    running.set(node, agent);
  }

  function createAgent(region: string, node: string, epoch: string, readyAtMs: number): Running {
    const { nodes = [], managers = 0 } = world.regions[region] ?? {};
    const manager = nodes.indexOf(node) < managers;
    const others = names.filter((name) => name !== region);
    const [nodeFeed, regionFeed, exportFeed] = [
      createFeed({ epoch }),
      createFeed({ epoch }),
      createFeed({ epoch }),
    ];
    const viaFeeds = new Map(others.map((name) => [name, createFeed({ epoch })] as const));
    const client = clientOf(node);
    const shared = {
      clock,
      random,
      log: quiet,
      client,
      waitMs: times.heartbeatMs,
      ...times,
      token: () => '',
    };
    const peers = createPeers({
      ...{ ...shared, node, nodeFeed, regionFeed, peerPort: 7071, scheme: 'http' },
      onChange: () => pace.wake(),
    });
    const regions = createRegions({
      ...shared,
      region,
      peers: others.map((name) => ({
        name,
        origins: (world.regions[name]?.nodes ?? []).map((other) => `http://${other}:7071`),
      })),
      followRegion: ({ urls: [url = '', ...rest], accept, onChange }) =>
        createFollower({ ...shared, url, others: rest, accept, onChange }),
      onChange: () => pace.wake(),
    });
    const federation = createFederation({
      ...{ ...shared, region, node, epoch, regions, nodeFeed, exportFeed, viaFeeds },
      releaseAfterMs: world.onIsolation === 'keep' ? undefined : times.releaseAfterMs,
      silentForMs: times.releaseAfterMs + times.staleAfterMs + 2 * times.heartbeatMs + times.tickMs,
    });
    const pace = createPace({ clock, tickMs: times.tickMs, run: tick });
    const view = {
      self: selfInfo(node, { manager }),
      observations: [],
      managers: nodes.slice(0, managers).map((id) => ({ id, address: id })),
      ...(manager
        ? { nodes: nodes.map((id) => ({ id, address: id, manager: nodes.indexOf(id) < managers })) }
        : {}),
    };
    let report: Report = 'unknown';
    let told: Report | undefined;
    let role = 'caretaker';
    let facts: FederatedAgent['facts'];
    let verdicts: Record<string, ReturnType<typeof verdict>> = {};
    let ready = false;
    let begun = false;

    function tick(): undefined {
      // Settled before anybody is to be asked says nothing.
      ready ||= clock.now() >= readyAtMs && peers.self() !== undefined && peers.settled();
      peers.tell({ ...view, self: { ...view.self, ready } });
      role = peers.role();
      federation.look(peers);
      const word = role === 'follower' ? peers.word() : undefined;
      if (federation.orphaned()) disownCopy(peers.region());
      if (word !== undefined) follow(word);
      else if (ready && federation.settled()) decide();
      else if (!begun) told = peers.region()?.verdicts[SERVICE]?.report ?? told;
      if (told !== undefined && told !== report) {
        report = told;
        subject.onAnswer();
      }
      federation.tell(peers.word(), peers.region());
    }

    function follow(word: RegionShare): void {
      begun = true;
      told = word.verdicts[SERVICE]?.report ?? told;
    }

    function disownCopy(share: RegionShare | undefined): void {
      if (share !== undefined) writeRegion(regionFeed, disown(share, clock.now()));
    }

    function decide(): void {
      begun = true;
      const { able, priority } = standings.get(region) ?? { able: false, priority: 0 };
      const isolated = federation.isolated();
      facts = { regions: federation.regions(), ...(isolated ? { isolated } : {}) };
      const before = told ?? peers.region()?.verdicts[SERVICE]?.report;
      told = place({ region, able, priority, before, facts, maxRegions: world.maxRegions ?? 1 });
      const last = verdicts[SERVICE];
      if (last?.report !== told || last.eligible !== able || last.priority !== priority) {
        verdicts = {
          [SERVICE]: verdict(SERVICE, { report: told, eligible: able, willing: able, priority, because: [] }),
        };
      }
      if (role !== 'leader') return;
      const { lingering, ...word } = federation.word({ verdicts, nodes: nodes.map((id) => ({ id })) });
      writeRegion(regionFeed, {
        decision: { region, leader: node, decidedAtMs: 1, rulesVersion: 1, problems: [], ...word },
        services: { [SERVICE]: { plan: plan(SERVICE, { exported: true, maxRegions: 1 }), instances: [] } },
        nodes: nodes.map((id) => nodeOf(id)),
        agents: peers.agents(),
        verdicts,
        memory: { services: {}, rules: {} },
        overrides: {},
        outbox: [],
        regions: facts.regions,
        lingering,
      });
    }

    pace.wake();
    const cancel = clock.after(readyAtMs - clock.now(), pace.wake);
    return {
      ...{ region, node, wake: pace.wake },
      feeds: new Map([
        ...Object.entries({ node: nodeFeed, region: regionFeed, export: exportFeed }),
        ...Array.from(viaFeeds, ([name, feed]) => [`via/${name}`, feed] as const),
      ]),
      get report() {
        return report;
      },
      get role() {
        return role;
      },
      get facts() {
        return facts;
      },
      [Symbol.dispose]() {
        cancel();
        pace[Symbol.dispose]();
        peers[Symbol.dispose]();
        federation[Symbol.dispose]();
      },
    };
  }

  const subject: FederatedWorld = {
    clock,
    agents: () => [...running.values()],
    agent(node) {
      const agent = running.get(node);
      if (agent === undefined) throw new Error(`no agent on ${node}`);
      return agent;
    },
    start,
    kill(node) {
      running.get(node)?.[Symbol.dispose]();
      running.delete(node);
      subject.onAnswer();
    },
    cut(these, those) {
      subject.muffle(these, those);
      subject.muffle(those, these);
    },
    muffle(these, those) {
      for (const from of these) for (const to of those) if (from !== to) cuts.add(`${from} ${to}`);
    },
    heal: () => cuts.clear(),
    make(region, able, priority = 0) {
      standings.set(region, { able, priority });
      for (const agent of running.values()) if (agent.region === region) agent.wake();
    },
    up: () => [
      ...new Set([...running.values()].filter(({ report }) => report === 'up').map(({ region }) => region)),
    ],
    onAnswer: () => {},
    [Symbol.dispose]() {
      for (const agent of running.values()) agent[Symbol.dispose]();
    },
  };
  return subject;
}

/** How a region is meant to place a limited service: see docs/regions.md. */
function place(input: {
  readonly region: string;
  readonly able: boolean;
  readonly priority: number;
  readonly before: Report | undefined;
  readonly facts: Pick<Facts, 'regions' | 'isolated'>;
  readonly maxRegions: number;
}): Report {
  const { region, able, priority, before, facts, maxRegions } = input;
  if (!able || facts.isolated) return 'down';
  const others = Object.values(facts.regions).filter(({ freshness }) => freshness !== 'lost');
  const isAhead = (other: RegionFacts, remote: RemoteService): boolean =>
    remote.eligible && (remote.priority > priority || (remote.priority === priority && other.name < region));
  let ahead = 0;
  let perhaps = 0;
  let holders = 0;
  for (const other of others) {
    const remote = other.services[SERVICE];
    if (other.freshness === 'stale') {
      // Before it ever told anything it may have anything.
      if (remote !== undefined || Object.keys(other.services).length === 0) {
        perhaps += 1;
        holders += 1;
      }
      continue;
    }
    if (remote === undefined) continue;
    if (isAhead(other, remote)) ahead += 1;
    if (remote.holding ?? remote.report === 'up') holders += 1;
  }
  if (ahead >= maxRegions) return 'down';
  if (ahead + perhaps >= maxRegions) return before === 'up' ? 'up' : 'down';
  return before === 'up' || holders < maxRegions ? 'up' : 'down';
}

/** Numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
