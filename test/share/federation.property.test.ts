/** Whatever is cut, killed and healed, and whenever: the limit holds at every instant, and in the end somebody serves. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createWorld, type FederatedWorld, times, type WorldPlan } from './federatedWorld.ts';

const nodes = ['e1', 'e2', 'e3', 'w1', 'w2', 'x1'];
const three: WorldPlan = {
  regions: {
    east: { nodes: ['e1', 'e2', 'e3'], managers: 2 },
    west: { nodes: ['w1', 'w2'], managers: 1 },
    witness: { nodes: ['x1'], managers: 1 },
  },
};

interface Cut<Kind> {
  readonly kind: Kind;
  readonly these: readonly string[];
  readonly those: readonly string[];
}

type Blow =
  | Cut<'cut'>
  | Cut<'muffle'>
  | { readonly kind: 'heal' }
  | { readonly kind: 'turn'; readonly node: string; readonly readyAfterMs: number };

const regions = Object.values(three.regions).map((region) => [...region.nodes]);
const group = fc.oneof(
  fc.constantFrom(...regions),
  fc.constantFrom(...nodes).map((node) => [node]),
);
// First probes are in at once, or one of them hangs.
const readyAfter = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60_000 }));
const blow: fc.Arbitrary<Blow> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cut' as const), these: group, those: group }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('muffle' as const), these: group, those: group }) },
  { weight: 2, arbitrary: group.map((these) => ({ kind: 'cut' as const, these, those: nodes })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'heal' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('turn' as const),
      node: fc.constantFrom(...nodes),
      readyAfterMs: readyAfter,
    }),
  },
);
const gapMs = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 40_000 }));
const story = fc.array(fc.tuple(gapMs, blow), { minLength: 4, maxLength: 14 });

/** A node's agent is killed where it runs, and started where it does not. */
function strike(world: FederatedWorld, running: Set<string>, what: Blow): void {
  if (what.kind === 'cut') world.cut(what.these, what.those);
  else if (what.kind === 'muffle') world.muffle(what.these, what.those);
  else if (what.kind === 'heal') world.heal();
  else if (running.delete(what.node)) world.kill(what.node);
  else {
    running.add(what.node);
    world.start(what.node, what.readyAfterMs);
  }
}

async function tell(blows: readonly (readonly [number, Blow])[], seed: number): Promise<void> {
  using world = createWorld(three, seed);
  world.make('east', true, 10);
  world.make('west', true, 0);
  const running = new Set(nodes);
  const startMs = world.clock.now();
  world.onAnswer = () => {
    const up = world.up();
    assert.ok(up.length <= 1, `after ${world.clock.now() - startMs} ms up in ${up.join(' and ')}`);
  };
  for (const node of nodes) world.start(node);
  for (const [waitMs, what] of blows) {
    await world.clock.advance(waitMs);
    strike(world, running, what);
  }
  world.heal();
  for (const node of nodes) if (!running.has(node)) world.start(node);
  await world.clock.advance(2 * times.lostAfterMs);
  assert.deepEqual(world.up(), ['east']);
}

test('never is a service up in more regions than it may be, and after all is mended the best one serves it', async () => {
  const runs = 15 * Number(process.env.MSA_TEST_CASES ?? 1);
  await fc.assert(fc.asyncProperty(story, fc.integer({ min: 1, max: 1e6 }), tell), {
    numRuns: runs,
    interruptAfterTimeLimit: runs * 2_000,
  });
});
