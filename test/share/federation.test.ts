/** Regions together, each failure once, with its times: what docs/regions.md promises. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWorld, type FederatedWorld, times, type WorldPlan } from './federatedWorld.ts';

const east = { nodes: ['e1', 'e2', 'e3'], managers: 3 };
const west = { nodes: ['w1'], managers: 1 };
const witness = { nodes: ['x1'], managers: 1 };
const withWitness: WorldPlan = { regions: { east, west, witness } };
const twoRegions: WorldPlan = { regions: { east, west }, onIsolation: 'keep' };

/** Everything runs, east is preferred, and each change of where the service is up is noted. */
async function start(plan: WorldPlan) {
  const world = createWorld(plan);
  world.make('east', true, 10);
  world.make('west', true, 0);
  const seen: { readonly atMs: number; readonly up: string }[] = [];
  world.onAnswer = () => {
    const up = world.up().join(' and ');
    if (up !== seen.at(-1)?.up) seen.push({ atMs: world.clock.now(), up });
  };
  for (const { nodes } of Object.values(plan.regions)) for (const node of nodes) world.start(node);
  await world.clock.advance(10_000);
  assert.equal(seen.at(-1)?.up, 'east');
  seen.splice(0, seen.length - 1);
  return {
    world,
    /** Where it was up, one after the other. */
    places: () => seen.map(({ up }) => up),
    /** For how long it was up nowhere. */
    nowhereMs: () =>
      seen.reduce((sum, { atMs, up }, at) => {
        const untilMs = seen[at + 1]?.atMs ?? world.clock.now();
        return up === '' ? sum + untilMs - atMs : sum;
      }, 0),
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}

const regionOf = (world: FederatedWorld, node: string, name: string) => {
  const facts = world.agent(node).facts?.regions[name];
  assert.ok(facts);
  return facts;
};

test('a region that is cut off releases before another takes over, in the time that it says', async () => {
  using run = await start(withWitness);
  const { world } = run;
  world.cut(east.nodes, [...west.nodes, ...witness.nodes]);
  const { releaseAfterMs, staleAfterMs, heartbeatMs, tickMs, lostAfterMs } = times;
  const releasedMs = releaseAfterMs + 3 * staleAfterMs + 2 * heartbeatMs + tickMs;
  assert.ok(releasedMs < lostAfterMs);
  await world.clock.advance(releasedMs);
  assert.deepEqual(run.places(), ['east', '']);
  await world.clock.advance(lostAfterMs + staleAfterMs + heartbeatMs + tickMs - releasedMs);
  assert.deepEqual(run.places(), ['east', '', 'west']);
  assert.ok(run.nowhereMs() < lostAfterMs);
});

test('a cut between two regions is no death: a third passes on what it hears', async () => {
  using run = await start(withWitness);
  const { world } = run;
  world.cut(east.nodes, west.nodes);
  for (let second = 0; second < 60; second += 1) {
    await world.clock.advance(1_000);
    assert.equal(regionOf(world, 'w1', 'east').freshness, 'fresh', `after ${second} s`);
  }
  assert.equal(regionOf(world, 'w1', 'east').via, 'witness');
  assert.deepEqual(run.places(), ['east']);
  world.make('east', false);
  await world.clock.advance(5_000);
  assert.deepEqual(world.up(), ['west'], 'a change travels by way of the third, and so does the handover');
  world.heal();
  // A question that went astray is given up after a while only.
  await world.clock.advance(10_000);
  assert.equal(regionOf(world, 'w1', 'east').via, undefined);
});

test('when a region says it can no longer serve, the next one takes over at once', async () => {
  using run = await start(withWitness);
  const { world } = run;
  world.make('east', false);
  await world.clock.advance(2_000);
  assert.deepEqual(world.up(), ['west']);
  assert.ok(run.nowhereMs() < 100, `${run.nowhereMs()} ms`);
  world.make('east', true, 10);
  await world.clock.advance(5_000);
  assert.deepEqual(world.up(), ['east'], 'and it is handed back');
});

test('nobody takes over while an agent of the other region may still answer: one that its leader can’t reach', async () => {
  using run = await start(withWitness);
  const { world } = run;
  world.cut(['e3'], ['e1', 'e2']);
  const cutAtMs = world.clock.now();
  await world.clock.advance(1_000);
  world.make('east', false);
  while (world.up().includes('east')) await world.clock.advance(100);
  assert.equal(world.agent('e3').report, 'down', 'it released by itself');
  const releasedMs = world.clock.now() - cutAtMs;
  assert.ok(releasedMs <= times.releaseAfterMs + times.staleAfterMs + times.tickMs + times.heartbeatMs);
  while (world.up().length === 0) await world.clock.advance(100);
  assert.deepEqual(run.places(), ['east', '', 'west']);
  assert.ok(world.clock.now() - cutAtMs <= times.releaseAfterMs + 3 * times.staleAfterMs + 4_000);
});

test('a region that hears the others but is not heard by them is out of touch, as if it were cut off', async () => {
  using run = await start(withWitness);
  const { world } = run;
  world.muffle([...west.nodes, ...witness.nodes], east.nodes);
  await world.clock.advance(2 * times.lostAfterMs);
  assert.equal(regionOf(world, 'e1', 'west').freshness, 'fresh');
  assert.deepEqual(run.places(), ['east', '', 'west']);
});

test('losing the leader changes nothing, here or elsewhere', async () => {
  using run = await start(withWitness);
  const { world } = run;
  const leader = world.agents().find(({ region, role }) => region === 'east' && role === 'leader');
  world.kill(leader?.node ?? '');
  for (let step = 0; step < 40; step += 1) {
    await world.clock.advance(500);
    assert.notEqual(regionOf(world, 'w1', 'east').freshness, 'lost');
  }
  assert.deepEqual(run.places(), ['east']);
  assert.equal(regionOf(world, 'w1', 'east').freshness, 'fresh');
  world.start(leader?.node ?? '');
  await world.clock.advance(10_000);
  assert.deepEqual(run.places(), ['east']);
});

test('a region without a majority of its managers speaks no more: its services move, after it has released them', async () => {
  using run = await start(withWitness);
  const { world } = run;
  world.kill('e1');
  world.kill('e2');
  await world.clock.advance(times.lostAfterMs + 10_000);
  assert.deepEqual(run.places(), ['east', '', 'west']);
});

for (const [away, ms] of [
  ['a moment', 2_000],
  ['long enough for others to notice', 8_000],
] as const) {
  test(`a region whose only manager is away for ${away} keeps what it serves`, async () => {
    using run = await start({ regions: { east: { nodes: ['e1', 'e2'], managers: 1 }, west, witness } });
    const { world } = run;
    world.kill('e1');
    await world.clock.advance(ms);
    world.start('e1');
    await world.clock.advance(20_000);
    assert.equal(world.agent('e1').role, 'leader');
    assert.deepEqual(run.places(), ['east']);
  });
}

for (const [who, dies] of [
  ['it heard that from, and who releases', false],
  ['it heard that from, and who ends', true],
] as const) {
  test(`an agent that starts anew believes the region’s last word no longer than the one ${who}`, async () => {
    using run = await start({ regions: { east: { nodes: ['e1', 'e2'], managers: 1 }, west, witness } });
    const { world } = run;
    world.cut(['e1', 'e2'], [...west.nodes, ...witness.nodes]);
    world.kill('e1');
    await world.clock.advance(times.releaseAfterMs - 2_000);
    // One of its first probes hangs, so that it decides nothing for long.
    world.start('e1', 10 * times.lostAfterMs);
    await world.clock.advance(500);
    assert.equal(world.agent('e1').report, 'up');
    if (dies) world.kill('e2');
    await world.clock.advance(2 * times.lostAfterMs);
    assert.deepEqual(run.places(), ['east', '', 'west']);
  });
}

test('two regions and a cut: both serve where they keep, and one hands over when they hear each other again', async () => {
  using run = await start(twoRegions);
  const { world } = run;
  world.cut(east.nodes, west.nodes);
  await world.clock.advance(times.lostAfterMs + 5_000);
  assert.deepEqual(run.places(), ['east', 'east and west']);
  world.heal();
  await world.clock.advance(10_000);
  assert.deepEqual(world.up(), ['east']);
});

test('two regions and a cut: neither serves where they release', async () => {
  using run = await start({ ...twoRegions, onIsolation: 'release' });
  const { world } = run;
  world.cut(east.nodes, west.nodes);
  await world.clock.advance(2 * times.lostAfterMs);
  assert.deepEqual(run.places(), ['east', '']);
  world.heal();
  await world.clock.advance(10_000);
  assert.deepEqual(world.up(), ['east']);
});

test('a link that flaps moves nothing', async () => {
  using run = await start(withWitness);
  const { world } = run;
  for (let round = 0; round < 10; round += 1) {
    world.cut(east.nodes, [...west.nodes, ...witness.nodes]);
    await world.clock.advance(4_000);
    world.heal();
    await world.clock.advance(6_000);
  }
  assert.deepEqual(run.places(), ['east']);
});

test('a region that was never heard is stale, then lost; and what is isolated knows nobody lost', async () => {
  using world = createWorld(withWitness);
  world.make('west', true);
  for (const node of ['w1', 'x1']) world.start(node);
  await world.clock.advance(5_000);
  assert.equal(regionOf(world, 'w1', 'east').freshness, 'stale');
  await world.clock.advance(times.lostAfterMs);
  assert.equal(regionOf(world, 'w1', 'east').freshness, 'lost');
  assert.deepEqual(world.up(), ['west']);
  world.kill('x1');
  await world.clock.advance(2 * times.lostAfterMs);
  assert.equal(world.agent('w1').facts?.isolated, true);
  assert.equal(regionOf(world, 'w1', 'witness').freshness, 'stale');
  assert.deepEqual(world.up(), []);
});

test('nothing is left behind when agents end', async () => {
  const world = createWorld(withWitness);
  for (const node of ['e1', 'w1', 'x1']) world.start(node);
  await world.clock.advance(5_000);
  world[Symbol.dispose]();
  await world.clock.advance(times.lostAfterMs);
  assert.equal(world.clock.pending, 0);
});
