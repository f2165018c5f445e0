/**
 * Writes a generated world as a rule test, so that `msa test` shows again what a property test has found.
 *
 * A rule test says of a service what its labels are and how its instances are, and a generated world holds nothing else:
 * the regions of the test decide exactly as those of the property do.
 */

import type { Health, Json, ServiceFacts } from '../../agent/model.ts';
import type { Situation, World } from './cases.ts';

export type JsonObject = { readonly [key: string]: Json };

/** A rule file, and one test of it without its name. */
export interface RuleTest {
  readonly rules: readonly Json[];
  readonly trial: JsonObject;
}

/** What happens in the world and what must be so, in the words of rule tests. */
export interface Course {
  /** What is expected once all services have started, in regions of which none had heard of another. */
  readonly expect?: JsonObject;
  /** The steps after that. */
  readonly later?: readonly JsonObject[];
  /** Instead of these two: all steps, in regions that know each other's services and have decided nothing yet. */
  readonly acquainted?: readonly JsonObject[];
  readonly always?: readonly string[];
  readonly never?: readonly string[];
  /** Rules that set nothing, and tell of what should not be. */
  readonly onlookers?: readonly Json[];
}

/** The world and its rules, with what happens in it and what must be so. */
export function asRuleTest({ world, rules }: Situation, course: Course): RuleTest {
  const { expect, later = [], acquainted, always, never, onlookers = [] } = course;
  const start = { t: '0s', set: eachService(world, wordOf), ...(expect === undefined ? {} : { expect }) };
  return {
    rules: [...rules, ...onlookers],
    trial: {
      labels: labelsOf(world),
      given: acquainted === undefined ? byRegion(world, () => ({})) : byRegion(world, wordsOf),
      at: acquainted ?? [start, ...later],
      ...(always === undefined ? {} : { always }),
      ...(never === undefined ? {} : { never }),
    },
  };
}

/** What all regions say of a service stands under its name, and what one says under `east/a`. */
function labelsOf(world: World): JsonObject {
  const common = world.shapes.map(({ name, dependsOn, maxRegions }) => [
    name,
    {
      ...(dependsOn.length === 0 ? {} : { 'msa.depends-on': dependsOn.join(', ') }),
      ...(maxRegions === undefined ? {} : { 'msa.max-regions': maxRegions }),
    },
  ]);
  const local = eachService(world, ({ plan: { priority, maintenance } }) => ({
    ...(priority === 0 ? {} : { 'msa.priority': priority }),
    ...(maintenance === undefined ? {} : { 'msa.maintenance': true }),
  }));
  const all: JsonObject = { ...Object.fromEntries(common), ...local };
  return Object.fromEntries(Object.entries(all).filter(([, labels]) => JSON.stringify(labels) !== '{}'));
}

function byRegion(
  { regions }: World,
  toJson: (services: readonly ServiceFacts[]) => JsonObject,
): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(regions.map(({ name, services }) => [name, toJson(services)]));
}

/** `{ "east/a": …, "west/a": … }` */
function eachService({ regions }: World, toJson: (one: ServiceFacts) => Json): JsonObject {
  return Object.fromEntries(
    regions.flatMap(({ name, services }) =>
      services.map((one) => [`${name}/${one.plan.name}`, toJson(one)] as const),
    ),
  );
}

function wordsOf(services: readonly ServiceFacts[]): JsonObject {
  return Object.fromEntries(services.map((one) => [one.plan.name, wordOf(one)]));
}

const words: Readonly<Record<Health, string>> = { healthy: 'up', sick: 'down', unknown: 'unknown' };

/** How the one instance is that a generated service has. */
function wordOf({ instances }: ServiceFacts): string {
  return words[instances[0]?.health ?? 'unknown'];
}
