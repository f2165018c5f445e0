/** However regions are cut off, restarted and changed: never too many serve what is limited, and in the end as many as can. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cases } from './cases.ts';
import { createHandingOver, type Happening, times } from './handingOver.ts';

const names = ['east', 'north', 'west'];

function happenings(regions: readonly string[]): fc.Arbitrary<Happening> {
  const region = fc.constantFrom(...regions);
  return fc.oneof(
    fc.record({ kind: fc.constant('health' as const), region, able: fc.boolean() }),
    fc.record({ kind: fc.constant('priority' as const), region, priority: fc.nat(2) }),
    fc.record({ kind: fc.constantFrom('cut' as const, 'heal' as const, 'restart' as const), region }),
  );
}

const worlds = fc.integer({ min: 2, max: 3 }).chain((many) =>
  fc.record({
    names: fc.constant([...names.slice(0, many), 'witness']),
    maxRegions: fc.integer({ min: 1, max: many - 1 }),
    seed: fc.nat(),
    events: fc.array(fc.tuple(fc.oneof(fc.nat(4), fc.nat(70)), happenings(names.slice(0, many))), {
      minLength: 5,
      maxLength: 30,
    }),
  }),
);

test('never do more regions serve a limited service than may, and once all is still as many as can', () => {
  fc.assert(
    fc.property(worlds, ({ names: all, maxRegions, seed, events }) => {
      const regions = createHandingOver({ names: all, maxRegions, random: generator(seed) });
      const run = (steps: number): readonly string[] => {
        let up: readonly string[] = [];
        for (let count = 0; count < steps; count++) {
          up = regions.step();
          assert.ok(up.length <= maxRegions, `${up.join(' and ')} serve it, and ${maxRegions} may`);
        }
        return up;
      };
      for (const [pause, event] of events) {
        run(pause);
        regions.happen(event);
      }
      for (const region of all) regions.happen({ kind: 'heal', region });
      const up = run(times.lostAfter + 2 * times.settle + 20);
      assert.equal(up.length, Math.min(maxRegions, regions.eligible().length), `up in ${up.join(', ')}`);
    }),
    cases(60),
  );
});

/** Numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed % 2_147_483_648;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
