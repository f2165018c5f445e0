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

import type {
  Claim,
  Decision,
  Facts,
  Memory,
  Override,
  RuleMemory,
  ServiceMemory,
  Verdict,
} from '../model.ts';
import { makeClaims } from './claims.ts';
import { labelEffects, ruleEffects } from './effects.ts';
import { type InstanceView, viewInstances } from './instances.ts';
import { createMemo, createMemos } from './memo.ts';
import { nextServiceMemory } from './memory.ts';
import { createOutcomes } from './outcomes.ts';
import { createRecordOf, ownEntry } from './record.ts';
import { createReportStep } from './reportStep.ts';
import type { RuleSet } from './rule/rule.ts';
import { createStateStep, type DecisionContext } from './stateStep.ts';
import type { Structure } from './structure.ts';
import { createStructures } from './structures.ts';
import { makeVerdict } from './verdict.ts';
import { createWake } from './wake.ts';
import { createWordsInForce } from './words.ts';
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
  const wordsInForce = createWordsInForce(outcomes);
  const states = createStateStep({ wordsInForce, touch: outcomes.touch });
  const reports = createReportStep(wordsInForce);
  const views = new WeakMap<object, InstanceView>();
  const verdictMemos = createMemos<Verdict>();
  const verdictRecord = createRecordOf<Verdict>();
  const serviceRecord = createRecordOf<ServiceMemory>();
  const ruleRecord = createRecordOf<RuleMemory>();
  const claimMemo = createMemo<ReadonlyMap<string, Claim>>();
  let claims: ReadonlyMap<string, Claim> = new Map();
  let lastRules: Memory['rules'] | undefined;
  let lastWorks: ReadonlyMap<string, Work> | undefined;

  function beginWorks(structure: Structure, facts: Facts, memory: Memory): ReadonlyMap<string, Work> {
    const works = new Map<string, Work>();
    for (const name of structure.names) {
      const service = facts.services[name];
      if (service === undefined) continue;
      const view = views.get(service) ?? viewInstances(service);
      views.set(service, view);
      works.set(name, { name, facts: service, before: ownEntry(memory.services, name), view });
    }
    return works;
  }

  function fillIn(context: DecisionContext): void {
    const { structure, world } = context;
    for (const name of structure.stateOrder) states.state(context, name);
    for (const name of structure.names) states.priority(context, name);
    const standings = structure.names.map((name) => reports.standing(context, name));
    claims = claimMemo(
      [structure, ...standings.flatMap(({ base, wanted, priority }) => [base, wanted, priority])],
      () =>
        makeClaims(
          structure,
          new Map(structure.names.map((name, index) => [name, standings[index]])),
          claims,
        ),
    );
    for (const work of world.works.values()) work.claim = claims.get(work.name);
    for (const name of structure.reportOrder) reports.report(context, name);
  }

  return (facts, memory, nowMs) => {
    const wake = createWake(nowMs);
    const structure = structureOf(facts);
    const works = beginWorks(structure, facts, memory);
    const world: World = { facts, memory, nowMs, works };
    const context = { world, structure, wake, overrideOf: overridesIn(facts, nowMs, wake.at) };
    const place = (service: string, regions: number) => reports.isAmongFirst(context, service, regions);
    outcomes.begin({ world, structure, place, goesOn: memory.rules === lastRules });
    for (const { name, view } of works.values())
      if (lastWorks?.get(name)?.view !== view) outcomes.touch(name, 'view');
    lastWorks = works;
    fillIn(context);

    const all = [...works.values()];
    const answers = structure.rules.map((rule) => outcomes.of(rule));
    const verdicts = verdictRecord(
      all.map((work) => [work.name, makeVerdict(work, structure, wordsInForce, verdictMemos(work.name))]),
    );
    const effects = [
      ...structure.actingRules.flatMap((rule) => ruleEffects(outcomes.of(rule), rules.facts, outcomes)),
      ...all.flatMap((work) => labelEffects(work, facts.region, nowMs)),
    ];
    for (const { waitsUntilMs } of answers) wake.at(waitsUntilMs);
    wake.at(outcomes.wakeAtMs);
    lastRules = ruleRecord(answers.map((outcome) => [outcome.rule.name, outcome.memory]));
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
      memory: {
        services: serviceRecord(all.map((work) => [work.name, nextServiceMemory(work, nowMs)])),
        rules: lastRules,
      },
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
