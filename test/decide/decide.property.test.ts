/** What must hold of every single decision. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDecider, decide } from '../../agent/decide/decide.ts';
import { explain, renderExplanation } from '../../agent/decide/explain.ts';
import { loadRules } from '../../agent/decide/rule/load.ts';
import type { Facts, InstanceFacts, Json, ServiceFacts } from '../../agent/model.ts';
import { anyHealth, cases, mostlyHealthy, reportRules, ruleSetOf, worlds } from './cases.ts';
import { createFederation } from './federation.ts';
import { facts, nothing, override, plan, region, remote, service, startMs } from './make.ts';

const sometimes = fc.constantFrom(false, false, true);

/** Every instance and region in it is in doubt. */
function inDoubt({ services, regions, ...rest }: Facts): Facts {
  return {
    ...rest,
    services: Object.fromEntries(
      Object.entries(services).map(([name, one]): [string, ServiceFacts] => [
        name,
        {
          ...one,
          instances: one.instances.map(
            (instance): InstanceFacts => ({ ...instance, stale: true, health: 'healthy' }),
          ),
        },
      ]),
    ),
    regions: Object.fromEntries(
      Object.entries(regions).map(([name, one]) => [name, { ...one, freshness: 'stale' as const }]),
    ),
  };
}

test('unknown never turns into up', () => {
  fc.assert(
    fc.property(worlds({ health: anyHealth, maintenance: sometimes }), reportRules, (world, list) => {
      const rules = ruleSetOf(list.filter((rule) => !isChoosing(rule)));
      const federation = createFederation(world.regions, rules);
      federation.settle();
      for (const { name } of world.regions) {
        const doubt = inDoubt(federation.factsOf(name));
        const first = decide(rules, doubt, nothing, startMs);
        for (const verdict of Object.values(first.decision.verdicts)) assert.notEqual(verdict.report, 'up');
        const before = federation.verdicts(name);
        const next = decide(rules, doubt, federation.memoryOf(name), startMs + 1e6);
        for (const [service, { report }] of Object.entries(next.decision.verdicts))
          if (before[service]?.report !== 'up') assert.notEqual(report, 'up', `${service} came up in doubt`);
      }
    }),
    cases(1000),
  );
});

/** A rule that says what unknown means has been told to choose. */
function isChoosing(rule: Json): boolean {
  return typeof rule === 'object' && rule !== null && 'unknown' in rule && rule.unknown !== 'hold';
}

test('a silence alone changes no report', () => {
  fc.assert(
    fc.property(worlds({ health: mostlyHealthy, maintenance: sometimes }), (world) => {
      const federation = createFederation(world.regions, ruleSetOf([]));
      federation.settle();
      for (const { name } of world.regions) {
        const before = federation.verdicts(name);
        const next = decide(
          ruleSetOf([]),
          silent(federation.factsOf(name)),
          federation.memoryOf(name),
          startMs + 1e6,
        );
        for (const [service, { report }] of Object.entries(next.decision.verdicts))
          assert.equal(report, before[service]?.report, `${service} in ${name}`);
      }
    }),
    cases(1000),
  );
});

/** The other regions fall silent. */
function silent(given: Facts): Facts {
  const { regions } = inDoubt(given);
  return { ...given, regions };
}

/** The same record with its keys the other way round. */
function turned<Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).toReversed());
}

test('the order of facts and of files does not matter', () => {
  fc.assert(
    fc.property(worlds({ health: anyHealth, maintenance: sometimes }), reportRules, (world, list) => {
      const federation = createFederation(world.regions, ruleSetOf(list));
      federation.round();
      federation.round();
      const files = list.map((rule, index) => ({
        name: `${index}.json`,
        text: JSON.stringify({ rules: [rule] }),
      }));
      const one = loadRules(files);
      const other = loadRules(files.toReversed());
      assert.ok(one.ok && other.ok);
      assert.equal(one.rules.hash, other.rules.hash);
      for (const { name } of world.regions) {
        const given = federation.factsOf(name);
        const reversed = { ...given, services: turned(given.services), regions: turned(given.regions) };
        const memory = federation.memoryOf(name);
        const a = decide(one.rules, given, memory, startMs + 9e5);
        const b = decide(other.rules, reversed, memory, startMs + 9e5);
        assert.deepEqual(b, a);
      }
    }),
    cases(1000),
  );
});

test('a decider that has decided before says the same as one that has not', () => {
  const step = fc.record({
    service: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    health: anyHealth,
    seconds: fc.constantFrom(0, 1, 5, 40),
    silent: fc.boolean(),
    overridden: sometimes,
  });
  fc.assert(
    fc.property(
      worlds({ health: mostlyHealthy, maintenance: sometimes }),
      reportRules,
      fc.array(step, { minLength: 2, maxLength: 8 }),
      (world, list, steps) => {
        const rules = ruleSetOf([
          ...list,
          {
            name: 'slow',
            if: { up: 'a' },
            for: '3s',
            then: { service: 'b', priority: 5 },
            else: { notify: 'x', message: '{{b.report}}' },
          },
          { name: 'late', if: { reported: 'a' }, else: { service: 'c', report: 'down' } },
          {
            name: 'back',
            if: { reported: 'c' },
            else: { service: 'a', report: 'drain', message: '{{c.report}}' },
          },
          { name: 'place', if: { atMost: ['d', 1] }, else: { service: 'd', report: 'down' } },
          { name: 'news', if: { changed: ['b', '3s'] }, then: { notify: 'x', message: 'b' } },
          { name: 'every', if: { up: '*/e' }, else: { service: 'e', message: 'not everywhere' } },
        ]);
        const kept = createDecider(rules);
        const federation = createFederation(world.regions, rules);
        federation.settle();
        let given = federation.factsOf(world.regions[0]?.name ?? '');
        let memory = nothing;
        let nowMs = startMs;
        for (const { service: name, health, seconds, silent: quiet, overridden } of steps) {
          nowMs += seconds * 1000;
          given = changed(given, name, health);
          if (quiet) given = silent(given);
          if (overridden)
            given = {
              ...given,
              overrides: { [name]: override(name, 'drain', { expiresAtMs: nowMs + 2000 }) },
            };
          const one = kept(given, memory, nowMs);
          assert.deepEqual(one, decide(rules, given, memory, nowMs));
          memory = one.memory;
        }
      },
    ),
    cases(1000),
  );
});

function changed(given: Facts, name: string, health: InstanceFacts['health']): Facts {
  const known = given.services[name];
  if (known === undefined) return given;
  const next = { plan: { ...known.plan, holdMs: 3000 }, instances: service(name, health).instances };
  return { ...given, services: { ...given.services, [name]: next } };
}

test('no facts at all make a decision fail', () => {
  const strange = fc.constantFrom('a', '__proto__', 'constructor', '', 'west/a', '*', '🦊');
  const anything = fc.record({
    name: strange,
    needs: fc.array(
      fc.record(
        { service: strange, region: fc.constantFrom('west', '*', 'east') },
        { requiredKeys: ['service'] },
      ),
      { maxLength: 3 },
    ),
    wanted: fc.oneof(fc.integer(), fc.constant(Number.NaN)),
    percent: fc.double(),
    holdMs: fc.double(),
    maxRegions: fc.integer(),
    cron: fc.constantFrom('* * * * *', 'nonsense', '0 0 30 2 *'),
    timeZone: fc.constantFrom('UTC', 'Mars/Olympus'),
    variantOf: strange,
    properties: fc.dictionary(fc.string(), fc.jsonValue().map(asJson)),
    health: anyHealth,
  });
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 6 }), reportRules, (list, said) => {
      const services = list.map((one) => ({
        plan: plan(one.name, {
          dependsOn: one.needs,
          wanted: one.wanted,
          healthyMin: { kind: 'percent', percent: one.percent },
          holdMs: one.holdMs,
          maxRegions: one.maxRegions,
          maintenance: { kind: 'window', cron: one.cron, lengthMs: 1000, timeZone: one.timeZone },
          variantOf: one.variantOf,
          damping: { penalty: one.holdMs, suppress: one.percent, reuse: one.percent, halfLifeMs: one.holdMs },
        }),
        instances: service(one.name, one.health, { properties: one.properties }).instances,
      }));
      const west = region(
        'west',
        Object.fromEntries(list.map((one) => [one.name, remote({ properties: one.properties })])),
      );
      const rules = ruleSetOf(said);
      const given = facts(services, {
        regions: [west, region('__proto__', {}, 'stale')],
        overrides: [override('*', 'up')],
      });
      const first = decide(rules, given, nothing, startMs);
      const { decision } = decide(rules, given, first.memory, startMs + 10_000);
      for (const name of Object.keys(decision.verdicts)) {
        const tree = explain(decision, name);
        assert.ok(tree !== undefined);
        renderExplanation(tree, { nowMs: startMs, color: true });
      }
    }),
    cases(1000),
  );
});

function asJson(value: unknown): Json {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
