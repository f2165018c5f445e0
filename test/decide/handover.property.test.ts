/**
 * However regions are cut off, restarted and changed: never too many serve what is limited, and in the end as many as can.
 *
 * It turns on what is said late, which rule tests have no words for: there all is heard at once. So what is shown is a rule
 * test in which the same happens at the same times; only the seed surely finds the case again.
 */

import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from './asRuleTest.ts';
import { createHandingOver, type Happening, stepMs, times } from './handingOver.ts';
import { ruleTestShown, type Shown } from './shown.ts';
import { type Law, uphold } from './uphold.ts';

const names = ['east', 'north', 'west'];
const witness = 'witness';
/** So many steps after the last that happened, all is still. */
const stillAfter = times.lostAfter + 2 * times.settle + 20;

interface World {
  readonly names: readonly string[];
  readonly maxRegions: number;
  readonly seed: number;
  readonly events: readonly (readonly [pause: number, event: Happening])[];
}

function happenings(regions: readonly string[]): fc.Arbitrary<Happening> {
  const region = fc.constantFrom(...regions);
  return fc.oneof(
    fc.record({ kind: fc.constant('health' as const), region, able: fc.boolean() }),
    fc.record({ kind: fc.constant('priority' as const), region, priority: fc.nat(2) }),
    fc.record({ kind: fc.constantFrom('cut' as const, 'heal' as const, 'restart' as const), region }),
  );
}

const worlds: fc.Arbitrary<World> = fc.integer({ min: 2, max: 3 }).chain((many) =>
  fc.record({
    names: fc.constant([...names.slice(0, many), witness]),
    maxRegions: fc.integer({ min: 1, max: many - 1 }),
    seed: fc.nat(),
    events: fc.array(fc.tuple(fc.oneof(fc.nat(4), fc.nat(70)), happenings(names.slice(0, many))), {
      minLength: 5,
      maxLength: 30,
    }),
  }),
);

test('never do more regions serve a limited service than may, and once all is still as many as can', () => {
  uphold({
    cases: worlds,
    runs: 60,
    shown: nearestRuleTest,
    *laws({ names: all, maxRegions, seed, events }) {
      const regions = createHandingOver({ names: all, maxRegions, random: generator(seed) });
      let up: readonly string[] = [];
      function* run(steps: number): Generator<Law<undefined>> {
        for (let count = 0; count < steps; count++) {
          up = regions.step();
          const otherwise = `${up.join(' and ')} serve it, and ${maxRegions} may`;
          yield { holds: up.length <= maxRegions, otherwise, way: undefined };
        }
      }
      for (const [pause, event] of events) {
        yield* run(pause);
        regions.happen(event);
      }
      for (const region of all) regions.happen({ kind: 'heal', region });
      yield* run(stillAfter);
      const wanted = Math.min(maxRegions, regions.eligible().length);
      const otherwise = `in the end it is up in ${up.join(', ')}, and should be in ${wanted}`;
      yield { holds: up.length === wanted, otherwise, way: undefined };
    },
  });
});

function nearestRuleTest({ names: all, maxRegions, events }: World, law: Law<undefined> | undefined): Shown {
  let atMs = 0;
  const steps = events.flatMap(([pause, event]): readonly JsonObject[] => {
    // Two steps are never at the same instant.
    atMs += Math.max(1, pause * stepMs);
    return stepOf(event, `${atMs}ms`);
  });
  const heal = { t: `${atMs + 1}ms`, heal: all };
  const first = firstOf(events, all.slice(0, -1)).slice(0, maxRegions);
  const expect = { job: first.length === 0 ? 'up nowhere' : `up only in ${first.join(', ')}` };
  const trial = {
    settings: {
      MSA_STALE_AFTER: `${times.staleAfter * stepMs}ms`,
      MSA_RELEASE_AFTER: `${times.releaseAfter * stepMs}ms`,
      MSA_LOST_AFTER: `${times.lostAfter * stepMs}ms`,
    },
    labels: { job: { 'msa.max-regions': maxRegions } },
    given: Object.fromEntries(all.map((name) => [name, name === witness ? {} : { job: 'up' }])),
    at: [{ t: '0s' }, ...steps, heal, { t: `${atMs + stillAfter * stepMs}ms`, expect }],
    never: [`job up in more than ${maxRegions} ${maxRegions === 1 ? 'region' : 'regions'}`],
  };
  const says =
    'This rule test comes near: the same happens, but all is heard at once, no claim has to settle and nothing restarts. It may pass:';
  return ruleTestShown(law?.otherwise ?? 'something breaks', { rules: [], trial }, says);
}

/** The regions that can serve in the end, the first by priority and name first. */
function firstOf(events: World['events'], names: readonly string[]): readonly string[] {
  const able = new Set(names);
  const priorities = new Map<string, number>();
  for (const [, event] of events) {
    if (event.kind === 'priority') priorities.set(event.region, event.priority);
    if (event.kind === 'health' && event.able) able.add(event.region);
    if (event.kind === 'health' && !event.able) able.delete(event.region);
  }
  const priorityOf = (name: string) => priorities.get(name) ?? 0;
  return [...able].toSorted().toSorted((a, b) => priorityOf(b) - priorityOf(a));
}

/** What happens, as a step of a rule test; none where it has no words for it. */
function stepOf(event: Happening, t: string): readonly JsonObject[] {
  const { region } = event;
  switch (event.kind) {
    case 'health':
      return [{ t, set: { [`${region}/job`]: event.able ? 'up' : 'down' } }];
    case 'priority':
      return [{ t, labels: { [`${region}/job`]: { 'msa.priority': event.priority } } }];
    case 'restart':
      return [];
    default:
      return [{ t, [event.kind]: region }];
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed % 2_147_483_648;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
