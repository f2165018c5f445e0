/** Other regions, followed over real sockets: the good ones, those that move, and those that misbehave. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import type { RemoteService } from '../../agent/model.ts';
import { writeExport, writeVia } from '../../agent/share/exportFeed.ts';
import { createFeed, type Feed } from '../../agent/share/feed.ts';
import { createFollower } from '../../agent/share/follower.ts';
import { createPeerClient } from '../../agent/share/peerClient.ts';
import { createPeerListener } from '../../agent/share/peerListener.ts';
import { createRegions, type Regions } from '../../agent/share/regions.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import { createFakeClock, type FakeClock } from '../fakeClock.ts';
import { plan, share, verdict } from './facts.ts';
import { keyring, memoryLog, until } from './region.ts';

const times = { staleAfterMs: 3_000, lostAfterMs: 30_000 };

/** An agent of a region, as others see it: its port, and what it serves there. */
async function createRegionAgent(region: string, clock: FakeClock, guests: readonly string[] = ['east']) {
  const [exportFeed, viaWest] = [
    createFeed({ epoch: `${region}-life` }),
    createFeed({ epoch: `${region}-life` }),
  ];
  const log = memoryLog();
  const listener = await createPeerListener({
    ...{ host: '127.0.0.1', port: 0, region, keyring: keyring(), clock, log },
    feeds: { node: createFeed({ epoch: 'n' }) },
    abroad: {
      feeds: new Map([
        ['export', exportFeed],
        ['via/west', viaWest],
      ]),
      regions: guests,
    },
  });
  return {
    ...{ exportFeed, viaWest, log },
    origin: `http://127.0.0.1:${listener.port}`,
    say: (names: readonly string[], over: Parameters<typeof verdict>[1] = {}) =>
      say(exportFeed, region, names, over),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

function say(
  feed: Feed,
  region: string,
  names: readonly string[],
  over: Parameters<typeof verdict>[1] = {},
): void {
  const word = share('leader', names);
  const services = names.map((name) => [name, { plan: plan(name, { exported: true }), instances: [] }]);
  const verdicts = names.map((name) => [name, verdict(name, over)]);
  writeExport(feed, region, {
    ...word,
    services: Object.fromEntries(services),
    verdicts: Object.fromEntries(verdicts),
  });
}

/** Region `east` follows these. */
function follow(
  peers: Readonly<Record<string, readonly string[]>>,
  clock: FakeClock,
  over: { tokenClock?: FakeClock; mostDocs?: number; largestAnswerBytes?: number } = {},
) {
  const log = memoryLog();
  const client = createPeerClient({ largestAnswerBytes: over.largestAnswerBytes ?? 1_000_000 });
  const tokens = createTokens({
    ...{ region: 'east', node: 'e1', keyring: keyring(), clock: over.tokenClock ?? clock },
    uniqueId: () => 'id',
  });
  let changes = 0;
  const regions = createRegions({
    ...{ ...times, region: 'east', clock },
    peers: Object.entries(peers).map(([name, origins]) => ({ name, origins })),
    followRegion: ({ region, urls: [url = '', ...others], accept, onChange }) =>
      createFollower({
        ...{ url, others, accept, onChange, clock, log, client, staleAfterMs: times.staleAfterMs },
        ...{ random: () => 0.5, waitMs: 1_000, mostDocs: over.mostDocs ?? 1_000 },
        token: () => tokens.sign(region),
      }),
    onChange: () => {
      changes += 1;
    },
  });
  regions.follow(true);
  return {
    ...{ regions, log },
    changes: () => changes,
    west: () => regions.facts(0).west ?? assert.fail('west is not there'),
    codes: () => regions.problems().map(({ code }) => code),
    [Symbol.dispose]() {
      regions[Symbol.dispose]();
      client[Symbol.dispose]();
    },
  };
}

test('a region is followed: what it says comes at once, and what does not change stays the same object', async () => {
  const clock = createFakeClock();
  await using west = await createRegionAgent('west', clock);
  west.say(['db', 'wfe']);
  using east = follow({ west: [west.origin] }, clock);
  assert.equal(east.west().freshness, 'stale');
  await until(clock, () => east.west().freshness === 'fresh', 'west is heard');
  assert.deepEqual(Object.keys(east.west().services), ['db', 'wfe']);
  const before = east.regions.facts(0);
  assert.equal(east.regions.facts(0), before);
  const atMs = clock.now();
  west.say(['db', 'wfe'], { report: 'down' });
  await until(clock, () => east.west().services.db?.report === 'down', 'the change');
  assert.ok(clock.now() - atMs < 100);
  assert.equal(east.west().services.db?.holding, false);
});

test('silence makes a region stale, then lost, by this agent’s clock, and its last word stands', async () => {
  const clock = createFakeClock();
  await using west = await createRegionAgent('west', clock);
  west.say(['db']);
  using east = follow({ west: [west.origin] }, clock);
  await until(clock, () => east.west().freshness === 'fresh', 'west is heard');
  await west[Symbol.asyncDispose]();
  const silentAtMs = clock.now();
  await until(clock, () => east.west().freshness === 'stale', 'stale', 20);
  assert.ok(Math.abs(clock.now() - silentAtMs - times.staleAfterMs) < 200);
  assert.deepEqual(Object.keys(east.west().services), ['db']);
  await until(clock, () => east.west().freshness === 'lost', 'lost', 200);
  assert.ok(Math.abs(clock.now() - silentAtMs - times.lostAfterMs) < 500);
  assert.ok(clock.now() - east.west().sinceMs < 500);
});

test('of several addresses the next is asked when one is gone, has nothing to tell, or speaks for another', async () => {
  const clock = createFakeClock();
  await using gone = await createRegionAgent('west', clock);
  await using mute = await createRegionAgent('west', clock);
  await using north = await createRegionAgent('north', clock);
  await using good = await createRegionAgent('west', clock);
  await gone[Symbol.asyncDispose]();
  writeExport(mute.exportFeed, 'west', undefined);
  north.say(['db']);
  good.say(['db']);
  using east = follow({ west: [gone, mute, north, good].map(({ origin }) => origin) }, clock);
  await until(clock, () => east.west().freshness === 'fresh', 'the good one is found');
  await good[Symbol.asyncDispose]();
  say(mute.exportFeed, 'west', ['db', 'new']);
  await until(clock, () => Object.hasOwn(east.west().services, 'new'), 'the next one that speaks');
  assert.equal(east.west().freshness, 'fresh');
});

test('a region that does not answer is heard by way of a third that says it hears it, and directly again', async () => {
  const clock = createFakeClock();
  await using west = await createRegionAgent('west', clock);
  await using north = await createRegionAgent('north', clock);
  const db: RemoteService = {
    ...{ state: 'up', eligible: true, willing: true, priority: 1, report: 'up', healthy: 1, total: 1 },
    properties: {},
  };
  const facts = { name: 'west', freshness: 'fresh', sinceMs: 0, services: { db } } as const;
  writeExport(north.exportFeed, 'north', { ...share('n', []), regions: { west: facts } });
  writeVia(north.viaWest, 'west', facts);
  writeExport(west.exportFeed, 'west', undefined);
  using east = follow({ west: [west.origin], north: [north.origin] }, clock);
  await until(clock, () => east.west().freshness === 'fresh', 'west is heard');
  assert.equal(east.west().via, 'north');
  assert.equal(east.west().services.db?.priority, 1);
  west.say(['db'], { priority: 2 });
  await until(clock, () => east.west().via === undefined, 'west is heard directly');
  assert.equal(east.west().services.db?.priority, 2);
  writeVia(north.viaWest, 'west', undefined);
  assert.equal(east.west().freshness, 'fresh');
});

test('a third region that does not hear the silent one itself is not asked for it', async () => {
  const clock = createFakeClock();
  await using north = await createRegionAgent('north', clock);
  north.say([]);
  writeVia(north.viaWest, 'west', { name: 'west', freshness: 'fresh', sinceMs: 0, services: {} });
  using east = follow({ west: ['http://127.0.0.1:1'], north: [north.origin] }, clock);
  await until(clock, () => east.regions.facts(0).north?.freshness === 'fresh', 'north is heard');
  await clock.advance(2_000);
  assert.equal(east.west().freshness, 'stale');
});

test('a third region’s word that it hears the silent one keeps it from being lost', async () => {
  const clock = createFakeClock();
  await using north = await createRegionAgent('north', clock);
  const west = { name: 'west', freshness: 'fresh', sinceMs: 0, services: {} } as const;
  writeExport(north.exportFeed, 'north', { ...share('n', []), regions: { west } });
  writeVia(north.viaWest, 'west', undefined);
  using east = follow({ west: ['http://127.0.0.1:1'], north: [north.origin] }, clock);
  const northIs = () => east.regions.facts(0).north?.freshness;
  await until(clock, () => northIs() === 'fresh', 'north is heard');
  const startMs = clock.now();
  while (clock.now() - startMs < times.lostAfterMs + 5_000) {
    await until(clock, () => northIs() === 'fresh', 'north answers', 50);
    await clock.advance(100);
    assert.equal(east.west().freshness, 'stale');
  }
});

test('in touch are only those that answer, and say that they hear this region, too', async () => {
  const clock = createFakeClock();
  await using north = await createRegionAgent('north', clock);
  const hears = (freshness: 'fresh' | 'stale') => {
    const east = { name: 'east', freshness, sinceMs: 0, services: {} };
    writeExport(north.exportFeed, 'north', { ...share('n', []), regions: { east } });
  };
  hears('stale');
  using east = follow({ west: ['http://127.0.0.1:1'], north: [north.origin] }, clock);
  await until(clock, () => east.regions.facts(0).north?.freshness === 'fresh', 'north is heard');
  assert.deepEqual(east.regions.touchedAtMs(), [undefined, undefined]);
  hears('fresh');
  await until(clock, () => east.regions.touchedAtMs()[1] !== undefined, 'north hears east');
  assert.equal(east.regions.touchedAtMs()[0], undefined);
});

test('silence counts from where the caller says, for a region to be lost', async () => {
  const clock = createFakeClock();
  using east = follow({ west: ['http://127.0.0.1:1'] }, clock);
  const startMs = clock.now();
  await until(clock, () => east.regions.settled(), 'west was asked');
  await clock.advance(times.lostAfterMs + 1_000);
  assert.equal(east.regions.facts(startMs + 2_000).west?.freshness, 'stale');
  assert.equal(east.regions.facts(startMs).west?.freshness, 'lost');
});

test('what a leader shared is taken over, and lost counts only once the region was asked', async () => {
  const clock = createFakeClock();
  await using west = await createRegionAgent('west', clock);
  west.say(['db']);
  using east = follow({ west: [west.origin] }, clock);
  east.regions.follow(false);
  const shared = { name: 'west', freshness: 'lost', sinceMs: 5, services: {} } as const;
  east.regions.adopt({ west: shared }, clock.now());
  assert.equal(east.west().freshness, 'stale');
  east.regions.adopt({ west: { ...shared, freshness: 'fresh' } }, clock.now());
  assert.equal(east.west().freshness, 'fresh');
  east.regions.follow(true);
  assert.equal(east.west().freshness, 'fresh');
  await until(clock, () => Object.hasOwn(east.west().services, 'db'), 'west is heard by this agent itself');
});

// ---------------------------------------------------------------- peers that misbehave

/** A region whose answers the test makes. */
async function createOdd(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const json =
  (docs: object, over: object = {}): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ protocol: 1, epoch: 'odd', seq: 1, full: true, docs, ...over }));
  };

async function problemsWith(
  answer: RequestListener,
  done: (regions: Regions, log: string) => boolean,
  over = {},
) {
  const clock = createFakeClock();
  await using odd = await createOdd(answer);
  using east = follow({ west: [odd.origin] }, clock, over);
  const log = () => east.log.lines.map(({ message }) => message).join('\n');
  await until(clock, () => done(east.regions, log()), 'it is found out', 5);
  assert.notEqual(east.west().freshness, 'fresh');
  return east.regions.problems();
}

const hasProblem = (regions: Regions): boolean => regions.problems().length > 0;
const speaks = { region: { name: 'west', speaks: true } };

test('a region that says it is another is not listened to, and people are told what to check', async () => {
  const problems = await problemsWith(json({ region: { name: 'north', speaks: true } }), hasProblem);
  assert.deepEqual(problems, [
    {
      code: 'region-impostor',
      message: "Region west can't be followed: it speaks for region north, not for west.",
      hint: "Check that the addresses of west in MSA_PEERS are those of its agents' peer port.",
    },
  ]);
});

test('one that says it is this very region is not listened to', async () => {
  const [problem] = await problemsWith(json({ region: { name: 'east', speaks: true } }), hasProblem);
  assert.match(problem?.message ?? '', /speaks for region east, not for west/);
});

test('nonsense, endless and huge answers are silence, and said to people', async () => {
  const page: RequestListener = (_request, response) => response.end('<html>');
  assert.equal((await problemsWith(page, hasProblem))[0]?.code, 'region-nonsense');
  assert.equal((await problemsWith(json({}), hasProblem))[0]?.code, 'region-nonsense');
  const endless: RequestListener = (_request, response) => {
    const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
    more();
  };
  assert.equal((await problemsWith(endless, hasProblem))[0]?.code, 'region-too-large');
});

test('ten million services are not taken: neither in bytes nor in number', async () => {
  const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`service/s${n}`, {}]));
  const crowd = json({ ...speaks, ...many });
  const [problem] = await problemsWith(crowd, hasProblem);
  assert.match(problem?.message ?? '', /more than 1000 documents/);
  const [heavy] = await problemsWith(crowd, hasProblem, { largestAnswerBytes: 10_000 });
  assert.equal(heavy?.code, 'region-too-large');
});

test('a slow region is silent; that is no problem of anybody’s making', async () => {
  const clock = createFakeClock();
  await using odd = await createOdd(() => {});
  using east = follow({ west: [odd.origin] }, clock);
  await until(clock, () => east.regions.settled(), 'the first attempt is given up', 20);
  assert.deepEqual(east.codes(), []);
  assert.match(east.log.lines[0]?.message ?? '', /no answer in time/);
});

test('numbers that go back are refused, and the whole set is asked for', async () => {
  const clock = createFakeClock();
  const asked: string[] = [];
  let seq = 7;
  await using odd = await createOdd((request, response) => {
    asked.push(request.url ?? '');
    const full = !request.url?.includes('after=');
    json({ ...(full ? speaks : {}) }, { seq: full ? 7 : --seq, full })(request, response);
  });
  using east = follow({ west: [odd.origin] }, clock);
  await until(clock, () => asked.length >= 3, 'it asks again', 5);
  assert.match(asked[1] ?? '', /after=odd\.7/);
  assert.doesNotMatch(asked[2] ?? '', /after=/);
  assert.ok(east.log.lines.some(({ message }) => message.includes('its numbers go back')));
});

test('clocks an hour apart: the token is refused in clear words, and ages are not affected', async () => {
  const clock = createFakeClock();
  const ahead = createFakeClock(clock.now() + 3_600_000);
  await using west = await createRegionAgent('west', clock);
  west.say(['db']);
  using refused = follow({ west: [west.origin] }, clock, { tokenClock: ahead });
  await until(clock, () => refused.codes().length > 0, 'it is refused', 5);
  const [problem] = refused.regions.problems();
  assert.equal(problem?.code, 'region-token');
  assert.match(problem?.message ?? '', /The token is valid only in 60 min/);
  assert.match(problem?.hint ?? '', /NTP/);
  using heard = follow({ west: [west.origin] }, clock);
  await until(clock, () => heard.west().freshness === 'fresh', 'with the right time it is heard');
});

test('only the regions that are named may follow, and only what is meant for them', async () => {
  const clock = createFakeClock();
  await using west = await createRegionAgent('west', clock, ['north']);
  west.say(['db']);
  using east = follow({ west: [west.origin] }, clock);
  await until(clock, () => east.codes().length > 0, 'it is refused', 5);
  assert.match(east.regions.problems()[0]?.message ?? '', /comes from a region that may not ask for this/);
});
