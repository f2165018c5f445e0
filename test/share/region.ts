/** A region in miniature: real agents' share rooms with real listeners on the loopback, on a clock that the test moves. */

import type { AgentInfo, Log, RegionNode } from '../../agent/model.ts';
import { createFeed, type Feed } from '../../agent/share/feed.ts';
import { createKeyring, type KeyMaterial, type Keyring } from '../../agent/share/keyring.ts';
import { createPeerClient } from '../../agent/share/peerClient.ts';
import { createPeerListener } from '../../agent/share/peerListener.ts';
import { createPeers, type Peers, type PeersView, type SelfInfo } from '../../agent/share/peers.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import { type FakeClock, settle } from '../fakeClock.ts';

export const SECRET = 'a secret for the tests of share';

export function keyring(...secrets: string[]): Keyring {
  return keyringOf({ secrets: secrets.length === 0 ? [SECRET] : secrets });
}

/** Of the region `east`, unless it says otherwise. */
export function keyringOf(material: Partial<KeyMaterial>): Keyring {
  const nothing = { region: 'east', secrets: [], privateKeys: '', trusted: [], secretAbroad: false };
  const result = createKeyring({ ...nothing, ...material });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join(' '));
  return result.keyring;
}

export interface Line {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** A log that remembers its lines. */
export function memoryLog(): Log & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push({ level, fields, message });
    };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Lets real sockets work while the fake clock moves on in small steps, until it is so. Fails after many steps. */
export async function until(clock: FakeClock, isSo: () => boolean, what: string, stepMs = 1): Promise<void> {
  for (let step = 0; step < 20_000; step += 1) {
    if (isSo()) return;
    // A round trip between two sockets of this process takes a few turns of the event loop; time stands still for them.
    for (let turn = 0; turn < 4; turn += 1) await settle();
    await clock.advance(stepMs);
  }
  throw new Error(`never came to pass: ${what}`);
}

export function selfInfo(node: string, over: Partial<SelfInfo> = {}): SelfInfo {
  return {
    node,
    hostname: `host-${node}`,
    version: '0.1.0',
    protocol: 1,
    manager: true,
    raftLeader: false,
    rulesVersion: 1,
    rulesHash: 'hash',
    startedAtMs: 0,
    ready: true,
    problems: [],
    ...over,
  };
}

export function agentInfo(node: string, over: Partial<AgentInfo> = {}): AgentInfo {
  return { ...selfInfo(node), hears: [node], managers: 1, ...over };
}

export interface Member extends AsyncDisposable {
  readonly node: string;
  readonly address: string;
  readonly peers: Peers;
  readonly nodeFeed: Feed;
  readonly regionFeed: Feed;
  readonly log: ReturnType<typeof memoryLog>;
  /** Tells its peers how things are, with the members given as the Swarm's nodes. */
  tell(members: readonly Member[], over?: Partial<PeersView>): void;
  readonly manager: boolean;
  self: SelfInfo;
}

interface MemberOptions {
  readonly clock: FakeClock;
  readonly node: string;
  readonly manager?: boolean;
  readonly keys?: Keyring;
  readonly self?: Partial<SelfInfo>;
  /** Listens there again: a restarted agent. */
  readonly port?: number;
  /** Lets a test cut links: what is false can't be asked. */
  readonly canReach?: (origin: string) => boolean;
}

let lives = 0;

export async function createMember(options: MemberOptions): Promise<Member> {
  const {
    clock,
    node,
    manager = true,
    keys = keyring(),
    port: wantedPort = 0,
    canReach = () => true,
  } = options;
  lives += 1;
  const log = memoryLog();
  const nodeFeed = createFeed({ epoch: `n${lives}` });
  const regionFeed = createFeed({ epoch: `r${lives}` });
  const host = '127.0.0.1';
  const listener = await createPeerListener({
    host,
    port: wantedPort,
    region: 'east',
    feeds: { node: nodeFeed, region: regionFeed },
    keyring: keys,
    clock,
    log,
  });
  const real = createPeerClient();
  const tokens = createTokens({ region: 'east', node, keyring: keys, clock, uniqueId: () => `${lives}` });
  const peers = createPeers({
    node,
    nodeFeed,
    regionFeed,
    peerPort: 1,
    scheme: 'http',
    token: () => tokens.sign('east'),
    client: {
      async ask(url, token, signal) {
        if (canReach(new URL(url).host)) return real.ask(url, token, signal);
        return { ok: false, failure: { code: 'unreachable', detail: 'the link is cut' } };
      },
      [Symbol.dispose]: () => real[Symbol.dispose](),
    },
    clock,
    random: () => 0.5,
    log,
    onChange: () => {},
    waitMs: 1_000,
    staleAfterMs: 3_000,
  });
  const member: Member = {
    node,
    manager,
    address: `${host}:${listener.port}`,
    peers,
    nodeFeed,
    regionFeed,
    log,
    self: selfInfo(node, { manager, ...options.self }),
    tell(members, over = {}) {
      const nodes = members.map(
        ({ node: id, address, manager }): Pick<RegionNode, 'id' | 'address' | 'manager'> => ({
          id,
          address,
          manager,
        }),
      );
      const managers = members.filter((other) => other.manager).map(({ address }) => ({ address }));
      peers.tell({ self: member.self, observations: [], managers, ...(manager ? { nodes } : {}), ...over });
    },
    async [Symbol.asyncDispose]() {
      peers[Symbol.dispose]();
      real[Symbol.dispose]();
      await listener[Symbol.asyncDispose]();
    },
  };
  return member;
}
