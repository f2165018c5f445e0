/** Keys are rotated by restarting one agent after the other with other keys: nobody is ever refused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFeed } from '../../agent/share/feed.ts';
import type { KeyMaterial } from '../../agent/share/keyring.ts';
import { createPeerListener } from '../../agent/share/peerListener.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import { createFakeClock, type FakeClock } from '../fakeClock.ts';
import { keyPair } from './keyPair.ts';
import { ask, bearer } from './listener.ts';
import { createMember, keyringOf, type Line, type Member, memoryLog, until } from './region.ts';

const OLD = 'the older secret of the region';
const NEW = 'the newer secret of the region';
const older = keyPair();
const newer = keyPair();
const olderPublic = { name: 'east.pem', text: older.publicKey };
const newerPublic = { name: 'east.next.pem', text: newer.publicKey };

type Keys = Partial<KeyMaterial>;

interface Rotation {
  readonly what: string;
  readonly steps: readonly Keys[];
}

const rotations: readonly Rotation[] = [
  {
    what: 'a shared secret is rotated: added behind, put before, old one taken away',
    steps: [{ secrets: [OLD] }, { secrets: [OLD, NEW] }, { secrets: [NEW, OLD] }, { secrets: [NEW] }],
  },
  {
    what: 'a key pair is rotated: its public half is trusted, it signs, the old one is taken away',
    steps: [
      { privateKeys: older.privateKey, trusted: [olderPublic] },
      { privateKeys: older.privateKey, trusted: [olderPublic, newerPublic] },
      { privateKeys: newer.privateKey, trusted: [olderPublic, newerPublic] },
      { privateKeys: newer.privateKey, trusted: [newerPublic] },
    ],
  },
  {
    what: 'a key pair is rotated by private keys alone',
    steps: [
      { privateKeys: older.privateKey },
      { privateKeys: older.privateKey + newer.privateKey },
      { privateKeys: newer.privateKey + older.privateKey },
      { privateKeys: newer.privateKey },
    ],
  },
  {
    what: 'a key pair joins the secret, which then counts within the region only',
    steps: [
      { secrets: [OLD] },
      { secrets: [OLD], trusted: [olderPublic] },
      { secrets: [OLD], privateKeys: older.privateKey, trusted: [olderPublic], secretAbroad: true },
      { secrets: [OLD], privateKeys: older.privateKey, trusted: [olderPublic] },
    ],
  },
];

const NODES = ['n1', 'n2', 'n3'] as const;

for (const { what, steps } of rotations) {
  test(`no request is refused while ${what}`, async () => {
    const clock = createFakeClock();
    const refusals = await roll(clock, steps);
    assert.deepEqual(refusals, []);
  });
}

test('the same watch sees requests refused where a step is left out', async () => {
  const refusals = await roll(createFakeClock(), [{ secrets: [OLD] }, { secrets: [NEW] }]);
  assert.ok(refusals.length > 0);
});

// ---------------------------------------------------------------- between regions

/** What a region's agents are given at one step; those of the other region have theirs. */
interface Step {
  readonly east: Keys;
  readonly west: Keys;
}

const westPair = keyPair();
const west: Keys = { secrets: [NEW], privateKeys: westPair.privateKey };
const westPublic = { name: 'west.pem', text: westPair.publicKey };
const eastHas = (privateKeys: string): Keys => ({ secrets: [OLD], privateKeys, trusted: [westPublic] });

const abroad: readonly { readonly what: string; readonly steps: readonly Step[] }[] = [
  {
    what: 'a region’s key pair is rotated: trusted abroad, then it signs, then the old one is no longer trusted',
    steps: [
      { east: eastHas(older.privateKey), west: { ...west, trusted: [olderPublic] } },
      { east: eastHas(older.privateKey), west: { ...west, trusted: [olderPublic, newerPublic] } },
      { east: eastHas(newer.privateKey), west: { ...west, trusted: [olderPublic, newerPublic] } },
      { east: eastHas(newer.privateKey), west: { ...west, trusted: [newerPublic] } },
    ],
  },
  {
    what: 'a secret that all regions share gives way to key pairs',
    steps: [
      { east: { secrets: [OLD] }, west: { secrets: [OLD] } },
      {
        east: { secrets: [OLD], trusted: [westPublic] },
        west: { secrets: [OLD], trusted: [olderPublic] },
      },
      {
        east: { ...eastHas(older.privateKey), secretAbroad: true },
        west: { ...west, secrets: [OLD], trusted: [olderPublic], secretAbroad: true },
      },
      { east: eastHas(older.privateKey), west: { ...west, secrets: [OLD], trusted: [olderPublic] } },
    ],
  },
];

for (const { what, steps } of abroad) {
  test(`no request between regions is refused while ${what}`, async () => {
    assert.deepEqual(await rollRegions(steps), []);
  });
}

test('the same watch sees requests between regions refused where a step is left out', async () => {
  const [first, , third] = abroad[0]?.steps ?? [];
  if (first === undefined || third === undefined) throw new Error('the steps are gone');
  assert.notDeepEqual(await rollRegions([first, { ...third, west: first.west }]), []);
});

/** Two agents in each of two regions; after each restart of one of them every agent asks each one abroad. */
async function rollRegions(steps: readonly Step[]): Promise<readonly string[]> {
  const clock = createFakeClock();
  const regions = ['east', 'west', 'east', 'west'] as const;
  const agents: Awaited<ReturnType<typeof startAgent>>[] = [];
  const refusals: string[] = [];
  const askAll = async (): Promise<void> => {
    for (const asking of agents) {
      for (const asked of agents.filter(({ region }) => region !== asking.region)) {
        const status = await asked.answer(asking.sign(asked.region));
        if (status !== 200) refusals.push(`${asking.region} asks ${asked.region}: ${status}`);
      }
    }
  };
  try {
    for (const step of steps) {
      for (const [index, region] of regions.entries()) {
        const [old] = agents.splice(index, 1, await startAgent(region, step[region], clock));
        await old?.[Symbol.asyncDispose]();
        if (agents.length === regions.length) await askAll();
      }
    }
    return refusals;
  } finally {
    for (const agent of agents) await agent[Symbol.asyncDispose]();
  }
}

async function startAgent(region: 'east' | 'west', keys: Keys, clock: FakeClock) {
  const ring = keyringOf({ region, ...keys });
  const listener = await createPeerListener({
    host: '127.0.0.1',
    port: 0,
    region,
    feeds: {},
    abroad: { feeds: new Map([['export', createFeed({ epoch: 'life' })]]), regions: ['east', 'west'] },
    keyring: ring,
    clock,
    log: memoryLog(),
  });
  const tokens = createTokens({ region, node: 'n', keyring: ring, clock, uniqueId: () => 'id' });
  return {
    region,
    sign: tokens.sign,
    async answer(token: string): Promise<number> {
      const { status } = await ask({ port: listener.port, path: '/v1/feeds/export', headers: bearer(token) });
      return status;
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

// ---------------------------------------------------------------- within a region

/** Restarts each agent with each step's keys, and gives back what any of them said of refused tokens. */
async function roll(clock: FakeClock, steps: readonly Keys[]): Promise<readonly Line[]> {
  const lines: Line[] = [];
  let members: Member[] = [];
  const start = async (node: string, keys: Keys, port = 0): Promise<Member> =>
    createMember({ clock, node, keys: keyringOf(keys), port });
  const tell = (): void => {
    for (const member of members) member.tell(members);
  };
  const hearEachOther = (): boolean =>
    members.every(({ peers }) => peers.agents().filter(({ heard }) => heard).length === members.length - 1);
  const refusals = (): readonly Line[] =>
    [...lines, ...members.flatMap(({ log }) => log.lines)].filter(({ message }) =>
      /refused a peer|status 401/.test(message),
    );
  try {
    for (const node of NODES) members.push(await start(node, steps[0] ?? {}));
    tell();
    await until(clock, hearEachOther, 'all are heard');
    for (const keys of steps.slice(1)) {
      for (const [index, old] of [...members].entries()) {
        lines.push(...old.log.lines);
        await old[Symbol.asyncDispose]();
        const next = await start(old.node, keys, Number(old.address.split(':')[1]));
        members = members.with(index, next);
        tell();
        // Longer than a silent agent counts as heard.
        const untilMs = clock.now() + 4_000;
        await until(clock, () => clock.now() >= untilMs, 'time passes', 100);
        if (refusals().length > 0) return refusals();
        await until(clock, hearEachOther, `all are heard after ${old.node} came back`);
      }
    }
    return refusals();
  } finally {
    for (const member of members) await member[Symbol.asyncDispose]();
  }
}
