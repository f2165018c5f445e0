/** What must hold whatever the services, their dependencies, the regions and the rules are. */

import { test } from 'node:test';
import fc from 'fast-check';
import type { Course } from './asRuleTest.ts';
import { mostlyHealthy, reportRules, ruleSetOf, type Shape, type Situation, situations } from './cases.ts';
import { createFederation, type Federation } from './federation.ts';
import { situationShown } from './shown.ts';
import { type Law, uphold } from './uphold.ts';

type PlacementLaw = Law<Course>;

const never = fc.constant(false);
const sometimes = fc.constantFrom(false, false, true);

/** The regions come to rest; then what must hold of each service, after those that it depends on. */
function* onceSettled(
  { world, rules }: Situation,
  lawsOf: (shape: Shape, federation: Federation) => Iterable<PlacementLaw>,
): Generator<PlacementLaw> {
  const federation = createFederation(world.regions, ruleSetOf(rules));
  const isSettled = federation.settle() !== undefined;
  // A rule test looks by itself whether the regions come to rest.
  yield { holds: isSettled, otherwise: 'the regions chase each other', way: {} };
  for (const shape of world.shapes) yield* lawsOf(shape, federation);
}

function servedSomewhere({ name }: Shape, federation: Federation): PlacementLaw {
  return {
    holds: federation.upIn(name).length > 0,
    otherwise: `${name} is up nowhere`,
    way: { always: [`${name} up in at least 1 region`] },
  };
}

/** A report is up only if all it depends on is reported up there. */
function* dependenciesServe({ name, dependsOn }: Shape, federation: Federation): Generator<PlacementLaw> {
  for (const need of dependsOn) {
    const without = federation.upIn(name).filter((region) => !federation.upIn(need).includes(region));
    const otherwise = `${name} is up without ${need}`;
    const rule = `${name}-without-${need}`;
    const onlooker = {
      name: rule,
      if: { and: [{ reported: name }, { '!': { reported: need } }] },
      then: { notify: 'law', message: otherwise },
    };
    yield {
      holds: without.length === 0,
      otherwise: `${otherwise} in ${without.join(', ')}`,
      way: { onlookers: [onlooker], never: [`notify ${rule}`] },
    };
  }
}

function* atMostAsManyAsMay({ name, maxRegions }: Shape, federation: Federation): Generator<PlacementLaw> {
  if (maxRegions === undefined) return;
  const up = federation.upIn(name);
  yield {
    holds: up.length <= maxRegions,
    otherwise: `${name} is up in ${up.join(', ')}, and may be in ${maxRegions}`,
    way: { always: [`${name} up in at most ${regions(maxRegions)}`] },
  };
}

function* asManyAsMayAndCan({ name, maxRegions }: Shape, federation: Federation): Generator<PlacementLaw> {
  if (maxRegions === undefined) return;
  const up = federation.upIn(name);
  const wanted = Math.min(maxRegions, federation.eligibleIn(name).length);
  yield {
    holds: up.length === wanted,
    otherwise: `${name} is up in ${up.length === 0 ? 'no region' : up.join(', ')}, and should be in ${wanted}`,
    way: { always: [`${name} up in exactly ${regions(wanted)}`] },
  };
}

function regions(many: number): string {
  return many === 1 ? '1 region' : `${many} regions`;
}

test('where some region could serve all, every service is served somewhere', () => {
  uphold({
    cases: situations({ health: mostlyHealthy, maintenance: never, oneWhole: true }),
    runs: 2500,
    shown: situationShown,
    laws: (situation) =>
      onceSettled(situation, function* (shape, federation) {
        yield* dependenciesServe(shape, federation);
        yield* asManyAsMayAndCan(shape, federation);
        yield servedSomewhere(shape, federation);
      }),
  });
});

test('exactly as many regions serve a limited service as may and can', () => {
  uphold({
    cases: situations({ health: mostlyHealthy, maintenance: never }),
    runs: 1500,
    shown: situationShown,
    laws: (situation) =>
      onceSettled(situation, function* (shape, federation) {
        yield* dependenciesServe(shape, federation);
        yield* asManyAsMayAndCan(shape, federation);
      }),
  });
});

test('no rule and no maintenance takes the last region of a service out of service', () => {
  uphold({
    cases: situations({ health: mostlyHealthy, maintenance: sometimes, oneWhole: true }, reportRules),
    runs: 2500,
    shown: situationShown,
    laws: (situation) =>
      onceSettled(situation, function* (shape, federation) {
        yield* dependenciesServe(shape, federation);
        yield* atMostAsManyAsMay(shape, federation);
        if (situation.world.regions.length > 1) yield servedSomewhere(shape, federation);
      }),
  });
});
