/** What must hold whatever the services, their dependencies, the regions and the rules are. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cases, mostlyHealthy, reportRules, ruleSetOf, type World, worlds } from './cases.ts';
import { createFederation, type Federation } from './federation.ts';
import { noRules } from './make.ts';

const never = fc.constant(false);
const sometimes = fc.constantFrom(false, false, true);

function settled(world: World, rules = noRules): Federation {
  const federation = createFederation(world.regions, rules);
  assert.notEqual(federation.settle(), undefined, 'the regions chase each other');
  return federation;
}

/** A report is up only if all it depends on is reported up there. */
function assertDependenciesServe(world: World, federation: Federation): void {
  for (const { name } of world.regions) {
    const verdicts = federation.verdicts(name);
    for (const { name: service, dependsOn } of world.shapes)
      if (verdicts[service]?.report === 'up')
        for (const need of dependsOn)
          assert.equal(verdicts[need]?.report, 'up', `${service} is up in ${name} without ${need}`);
  }
}

function assertLimits(world: World, federation: Federation, exactly: boolean): void {
  for (const { name, maxRegions } of world.shapes) {
    if (maxRegions === undefined) continue;
    const up = federation.upIn(name);
    assert.ok(up.length <= maxRegions, `${name} is up in ${up.join(', ')}, and may be in ${maxRegions}`);
    if (!exactly) continue;
    const eligible = world.regions.filter(
      (region) => federation.verdicts(region.name)[name]?.eligible === true,
    );
    assert.equal(up.length, Math.min(maxRegions, eligible.length), `${name} is up in ${up.join(', ')}`);
  }
}

test('where some region could serve all, every service is served somewhere', () => {
  fc.assert(
    fc.property(worlds({ health: mostlyHealthy, maintenance: never, oneWhole: true }), (world) => {
      const federation = settled(world);
      for (const { name } of world.shapes)
        assert.notEqual(federation.upIn(name).length, 0, `${name} is up nowhere`);
      assertDependenciesServe(world, federation);
      assertLimits(world, federation, true);
    }),
    cases(2500),
  );
});

test('exactly as many regions serve a limited service as may and can', () => {
  fc.assert(
    fc.property(worlds({ health: mostlyHealthy, maintenance: never }), (world) => {
      const federation = settled(world);
      assertDependenciesServe(world, federation);
      assertLimits(world, federation, true);
    }),
    cases(1500),
  );
});

test('no rule and no maintenance takes the last region of a service out of service', () => {
  fc.assert(
    fc.property(
      worlds({ health: mostlyHealthy, maintenance: sometimes, oneWhole: true }),
      reportRules,
      (world, list) => {
        if (world.regions.length < 2) return;
        const federation = settled(world, ruleSetOf(list));
        for (const { name } of world.shapes)
          assert.notEqual(federation.upIn(name).length, 0, `${name} is up nowhere`);
        assertDependenciesServe(world, federation);
        assertLimits(world, federation, false);
      },
    ),
    cases(2500),
  );
});
