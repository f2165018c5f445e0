/** Generated services, dependency graphs, regions and rules for property tests; and how many to try. */

import fc from 'fast-check';
import { loadRules } from '../../agent/decide/rule/load.ts';
import type { RuleSet } from '../../agent/decide/rule/rule.ts';
import type { Health, Json, ServiceFacts } from '../../agent/model.ts';
import type { RegionPlan } from './federation.ts';
import { service } from './make.ts';

/**
 * So many cases, or as many times more as MSA_TEST_CASES says (`MSA_TEST_CASES=10` tries ten times as many); those of the
 * seed in MSA_TEST_SEED, or else others each time.
 */
export function cases(runs: number): { readonly numRuns: number; readonly seed?: number } {
  const { MSA_TEST_CASES: times = '1', MSA_TEST_SEED: seed = '' } = process.env;
  const numRuns = Math.max(1, Math.round(runs * (Number.isFinite(Number(times)) ? Number(times) : 1)));
  return { numRuns, ...(/^-?\d+$/.test(seed) ? { seed: Number(seed) } : {}) };
}

/** What all regions share of a service: who it depends on and in how many regions it may run. */
export interface Shape {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly maxRegions: number | undefined;
}

/** What differs from region to region. */
export interface Local {
  readonly health: Health;
  readonly priority: number;
  readonly maintenance: boolean;
}

const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const regionNames = ['east', 'north', 'south', 'west'] as const;

/** Services that depend on some of those before them; the order of names is shuffled so that it tells nothing. */
export const shapes: fc.Arbitrary<readonly Shape[]> = fc
  .tuple(
    fc.shuffledSubarray([...names], { minLength: 1 }),
    fc.array(fc.nat(63), { minLength: 6, maxLength: 6 }),
    fc.array(fc.constantFrom(undefined, undefined, 1, 1, 2), { minLength: 6, maxLength: 6 }),
  )
  .map(([chosen, masks, limits]) =>
    chosen.map((name, index) => ({
      name,
      dependsOn: chosen.slice(0, index).filter((_, before) => ((masks[index] ?? 0) & (1 << before)) !== 0),
      maxRegions: limits[index],
    })),
  );

export interface World {
  readonly shapes: readonly Shape[];
  readonly regions: readonly RegionPlan[];
}

/** A world, and the rules that all its regions hold. */
export interface Situation {
  readonly world: World;
  readonly rules: readonly Json[];
}

export interface WorldWish {
  readonly health: fc.Arbitrary<Health>;
  readonly maintenance: fc.Arbitrary<boolean>;
  /** The first region has everything healthy. */
  readonly oneWhole?: boolean;
}

export const mostlyHealthy: fc.Arbitrary<Health> = fc.constantFrom('healthy', 'healthy', 'healthy', 'sick');
export const anyHealth: fc.Arbitrary<Health> = fc.constantFrom('healthy', 'sick', 'unknown');

/** Several regions with the same services, each with its own health, priorities and maintenance. */
export function worlds(wish: WorldWish): fc.Arbitrary<World> {
  const local = fc.record({
    health: wish.health,
    priority: fc.constantFrom(0, 0, 10, 20),
    maintenance: wish.maintenance,
  });
  const locals = fc.array(fc.array(local, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 4 });
  return fc.tuple(shapes, locals, fc.shuffledSubarray([...regionNames], { minLength: 4 })).map(
    ([shape, byRegion, order]): World => ({
      shapes: shape,
      regions: byRegion.map((of, index) => ({
        name: order[index] ?? 'east',
        services: servicesOf(
          shape,
          wish.oneWhole === true && index === 0 ? of.map((one) => ({ ...one, health: 'healthy' })) : of,
        ),
      })),
    }),
  );
}

export function servicesOf(shape: readonly Shape[], locals: readonly Local[]): readonly ServiceFacts[] {
  return shape.map(({ name, dependsOn, maxRegions }, index) => {
    const local = locals[index] ?? { health: 'healthy', priority: 0, maintenance: false };
    return service(name, local.health, {
      dependsOn: dependsOn.map((need) => ({ service: need })),
      priority: local.priority,
      ...(maxRegions === undefined ? {} : { maxRegions }),
      ...(local.maintenance ? { maintenance: { kind: 'always' } } : {}),
    });
  });
}

const name = fc.constantFrom(...names);

/** Conditions on states alone, here and elsewhere. */
const condition: fc.Arbitrary<Json> = fc.letrec<{ readonly tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    name.map((one): Json => ({ up: one })),
    fc
      .tuple(fc.constantFrom(...regionNames), name)
      .map(([region, one]): Json => ({ up: `${region}/${one}` })),
    fc.tuple(name, fc.nat(2)).map(([one, count]): Json => ({ '>': [{ healthy: one }, count] })),
    fc.tuple(name, name).map(([one, other]): Json => ({ minViable: { services: [one, other], count: 1 } })),
    tie('tree').map((one): Json => ({ '!': one })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all): Json => ({ and: all })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any): Json => ({ or: any })),
  ),
})).tree;

/** Rules that take services out of service. */
export const reportRules: fc.Arbitrary<readonly Json[]> = fc
  .array(
    fc.record({
      if: condition,
      unknown: fc.constantFrom('hold', 'then', 'else'),
      order: fc.nat(2),
      then: fc.record({
        service: fc.oneof(name, fc.constant('*')),
        report: fc.constantFrom('down', 'drain', 'up'),
      }),
    }),
    { maxLength: 4 },
  )
  .map((list) => list.map((rule, index) => ({ ...rule, name: `r${index}` })));

/** Worlds, with rules or without. */
export function situations(
  wish: WorldWish,
  rules: fc.Arbitrary<readonly Json[]> = fc.constant([]),
): fc.Arbitrary<Situation> {
  return fc.record({ world: worlds(wish), rules });
}

export function ruleSetOf(list: readonly Json[]): RuleSet {
  const loaded = loadRules([{ name: 'generated.json', text: JSON.stringify({ rules: list }) }]);
  if (loaded.ok) return loaded.rules;
  throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
}
