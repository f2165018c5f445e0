/**
 * The decision: all verdicts of a region at one instant.
 *
 * Pure: rules, facts, memory and the instant go in; verdicts, effects and the next memory come out, the same for the same,
 * whatever was decided before. A decider keeps what it has worked out only to save time: each part is made anew unless all
 * that it is made of is the very same.
 *
 * The order within one decision: states, priorities, claims, reports, effects. States and reports are decided along what
 * depends on what, so that no order of files or facts can matter.
 */

import type { Claim, Decision, Facts, Memory, Override, RuleMemory, ServiceMemory, Verdict } from '../model.ts';
import { makeClaims, type Standing } from './claims.ts';
import { labelEffects, ruleEffects } from './effects.ts';
import { type InstanceView, viewInstances } from './instances.ts';
import { createMemo, createMemos } from './memo.ts';
import { nextServiceMemory } from './memory.ts';
import { createOutcomes } from './outcomes.ts';
import { createReportStep } from './reportStep.ts';
import type { RuleSet } from './rule/rule.ts';
import { createStateStep } from './stateStep.ts';
import { createStructures } from './structures.ts';
import { makeVerdict } from './verdict.ts';
import { createWake } from './wake.ts';
import type { Work, World } from './work.ts';

export interface Decided {
  readonly decision: Decision;
  /** What the next decision must be given. */
  readonly memory: Memory;
  /** When the same facts would decide otherwise, by time alone; absent: never. */
  readonly wakeAtMs?: number;
}

export type Decide = (facts: Facts, memory: Memory, nowMs: number) => Decided;

/** One decision, from nothing. To decide again and again, keep a decider. */
export function decide(rules: RuleSet, facts: Facts, memory: Memory, nowMs: number): Decided {
  return createDecider(rules)(facts, memory, nowMs);
}

/** A decider for these rules. It is quick where the objects of facts that have not changed are the same as the last time. */
export function createDecider(rules: RuleSet): Decide {
  const structureOf = createStructures(rules);
  const outcomes = createOutcomes(rules);
  const views = new WeakMap<object, InstanceView>();
  const states = createStateStep(outcomes);
  const reports = createReportStep(outcomes);
  const claimMemo = createMemo<ReadonlyMap<string, Claim>>();
  const verdictMemos = createMemos<Verdict>();

  return (facts, memory, nowMs) => {
    const wake = createWake(nowMs);
    const structure = structureOf(facts);
    const works = new Map<string, Work>();
    for (const name of structure.names) {
      const service = facts.services[name];
      if (service === undefined) continue;
      const view = views.get(service) ?? viewInstances(service);
      views.set(service, view);
      works.set(name, { name, facts: service, before: ownEntry(memory.services, name), view });
    }
    const world: World = { facts, memory, nowMs, works };
    const context = { world, structure, wake, overrideOf: overridesIn(facts, nowMs, wake.at) };
    outcomes.begin(world, (service, regions) => reports.isAmongFirst(context, service, regions));

    for (const name of structure.stateOrder) states.state(context, name);
    for (const name of structure.names) states.priority(context, name);
    const standings = new Map<string, Standing>(
      structure.names.map((name) => [name, reports.standing(context, name)]),
    );
    const claims = claimMemo(flatten(structure, standings), () => makeClaims(structure, standings));
    for (const [name, claim] of claims) {
      const work = works.get(name);
      if (work !== undefined) work.claim = claim;
    }
    for (const name of structure.reportOrder) reports.report(context, name);

    const verdicts: Record<string, Verdict> = {};
    const services: Record<string, ServiceMemory> = {};
    for (const work of works.values()) {
      const verdict = makeVerdict(work, structure, outcomes, verdictMemos(work.name));
      put(verdicts, work.name, verdict);
      put(services, work.name, nextServiceMemory(work, nowMs));
    }
    const answers = structure.rules.map((rule) => outcomes.of(rule));
    const ruleMemory: Record<string, RuleMemory> = {};
    for (const { rule, memory: after, waitsUntilMs } of answers) {
      put(ruleMemory, rule.name, after);
      wake.at(waitsUntilMs);
    }
    const effects = [
      ...answers.flatMap((outcome) => ruleEffects(outcome, rules.facts, outcomes)),
      ...[...works.values()].flatMap(({ facts: { plan }, report }) =>
        report === undefined ? [] : labelEffects(plan, report, facts.region, nowMs),
      ),
    ];
    wake.at(outcomes.wakeAtMs);
    const { nextMs } = wake;
    return {
      decision: {
        region: facts.region,
        decidedAtMs: nowMs,
        rulesVersion: rules.version,
        verdicts,
        effects,
        problems: structure.problems,
      },
      memory: { services, rules: ruleMemory },
      ...(nextMs === undefined ? {} : { wakeAtMs: nextMs }),
    };
  };
}

/** The operator's word on a service, or on all, that has not expired. */
function overridesIn(
  { overrides }: Facts,
  nowMs: number,
  wakeAt: (ms: number | undefined) => void,
): (name: string) => Override | undefined {
  const inForce = new Map<string, Override>();
  for (const [name, override] of Object.entries(overrides)) {
    if (override.expiresAtMs !== undefined && override.expiresAtMs <= nowMs) continue;
    wakeAt(override.expiresAtMs);
    inForce.set(name, override);
  }
  return (name) => inForce.get(name) ?? inForce.get('*');
}

function flatten(structure: object, standings: ReadonlyMap<string, Standing>): readonly unknown[] {
  const key: unknown[] = [structure];
  for (const { base, wanted, priority } of standings.values()) key.push(base, wanted, priority);
  return key;
}

function ownEntry<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Names come from outside: one that is `__proto__` is a name like others. */
function put<Value>(record: Record<string, Value>, name: string, value: Value): void {
  if (name !== '__proto__') record[name] = value;
  else Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}
