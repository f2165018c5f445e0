/**
 * What must hold of every single decision.
 *
 * None of it can be said as a rule test, which knows no order of facts and files, has no second decider to compare with, and
 * gives no facts but those that labels and instances make. So the rules and the facts of the decision are shown instead.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { createDecider, decide } from '../../agent/decide/decide.ts';
import { explain, renderExplanation } from '../../agent/decide/explain.ts';
import { loadRules } from '../../agent/decide/rule/load.ts';
import type { Facts, InstanceFacts, Json } from '../../agent/model.ts';
import { anyHealth, mostlyHealthy, reportRules, ruleSetOf, type Situation, situations } from './cases.ts';
import { createFederation } from './federation.ts';
import { facts, nothing, override, plan, region, remote, service, silent, startMs } from './make.ts';
import { factsShown, type Occasion, situationShown } from './shown.ts';
import { type Law, uphold } from './uphold.ts';

const sometimes = fc.constantFrom(false, false, true);

/** Where something broke before a decision could be looked at, the situation as a whole. */
function shown(situation: Situation, law: Law<Occasion> | undefined) {
  return law === undefined ? situationShown(situation, undefined) : factsShown(situation.rules, law.way);
}

/** The same record with its keys the other way round. */
function turned<Value>(record: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).toReversed());
}

test('the order of facts and of files does not matter', () => {
  uphold({
    cases: situations({ health: anyHealth, maintenance: sometimes }, reportRules),
    runs: 1000,
    shown,
    *laws({ world, rules: list }): Generator<Law<Occasion>> {
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
        const atMs = startMs + 9e5;
        yield equal(decide(other.rules, reversed, memory, atMs), decide(one.rules, given, memory, atMs), {
          facts: given,
          memory,
          atMs,
        });
      }
    },
  });
});

/** The two are the same, or the law says where they differ. */
function equal(actual: unknown, expected: unknown, way: Occasion): Law<Occasion> {
  if (isDeepStrictEqual(actual, expected)) return { holds: true, otherwise: '', way };
  try {
    assert.deepEqual(actual, expected);
  } catch (error) {
    return { holds: false, otherwise: error instanceof Error ? error.message : String(error), way };
  }
  return { holds: false, otherwise: 'the two decisions differ', way };
}

/** Rules that remember, wait, and read what was decided. */
const lasting: readonly Json[] = [
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
];

test('a decider that has decided before says the same as one that has not', () => {
  const step = fc.record({
    service: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    health: anyHealth,
    seconds: fc.constantFrom(0, 1, 5, 40),
    silent: fc.boolean(),
    overridden: sometimes,
  });
  const rulesToo = reportRules.map((list) => [...list, ...lasting]);
  uphold({
    cases: fc.record({
      situation: situations({ health: mostlyHealthy, maintenance: sometimes }, rulesToo),
      steps: fc.array(step, { minLength: 2, maxLength: 8 }),
    }),
    runs: 1000,
    shown: ({ situation }, law: Law<Occasion> | undefined) => shown(situation, law),
    *laws({ situation: { world, rules: list }, steps }) {
      const rules = ruleSetOf(list);
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
        yield equal(one, decide(rules, given, memory, nowMs), { facts: given, memory, atMs: nowMs });
        memory = one.memory;
      }
    },
  });
});

function changed(given: Facts, name: string, health: InstanceFacts['health']): Facts {
  const known = given.services[name];
  if (known === undefined) return given;
  const next = { plan: { ...known.plan, holdMs: 3000 }, instances: service(name, health).instances };
  return { ...given, services: { ...given.services, [name]: next } };
}

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

const strangeFacts: fc.Arbitrary<Facts> = fc.array(anything, { maxLength: 6 }).map((list) => {
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
  return facts(services, {
    regions: [west, region('__proto__', {}, 'stale')],
    overrides: [override('*', 'up')],
  });
});

test('no facts at all make a decision fail', () => {
  uphold({
    cases: fc.record({ given: strangeFacts, rules: reportRules }),
    runs: 1000,
    shown: ({ given, rules }) => factsShown(rules, { facts: given, memory: nothing, atMs: startMs }),
    laws({ given, rules: list }) {
      const rules = ruleSetOf(list);
      const first = decide(rules, given, nothing, startMs);
      const { decision } = decide(rules, given, first.memory, startMs + 10_000);
      for (const name of Object.keys(decision.verdicts)) {
        const tree = explain(decision, name);
        assert.ok(tree !== undefined);
        renderExplanation(tree, { nowMs: startMs, color: true });
      }
      return [];
    },
  });
});

function asJson(value: unknown): Json {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
