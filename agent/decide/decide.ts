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

import type { Decision, Facts, Memory, RuleMemory, ServiceMemory, Verdict } from '../model.ts';
import { beginWorks, sameAbroad } from './beginWorks.ts';
import { makeClaims } from './claims.ts';
import type { DecisionContext } from './context.ts';
import { labelEffects, ruleEffects } from './effects.ts';
import { claimMemory, claimSettlesAtMs, placeHere, readyHere } from './handover.ts';
import { memoryAtRest, nextServiceMemory } from './memory.ts';
import { createOutcomes } from './outcomes.ts';
import { createRecordOf } from './record.ts';
import { createReportStep } from './reportStep.ts';
import type { RuleSet } from './rule/rule.ts';
import { noWords } from './sortWords.ts';
import { createStateStep } from './stateStep.ts';
import { createStructures } from './structures.ts';
import { makeVerdict } from './verdict.ts';
import { createWake } from './wake.ts';
import { createWordsInForce } from './words.ts';
import type { Work } from './work.ts';

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
  const states = createStateStep(wordsInForce, outcomes);
  const reports = createReportStep(wordsInForce, outcomes);
  const verdictRecord = createRecordOf<Verdict>();
  const serviceRecord = createRecordOf<ServiceMemory>();
  const ruleRecord = createRecordOf<RuleMemory>();
  let last: DecisionContext | undefined;
  let lastRules: Memory['rules'] | undefined;

  /** Decides all in the order of the steps. */
  function decideAll(context: DecisionContext): void {
    const { structure, world } = context;
    const all = [...world.works.values()];
    const inOrder = (names: readonly string[]) => names.flatMap((name) => world.works.get(name) ?? []);
    for (const work of inOrder(structure.stateOrder)) states.state(work, context);
    outcomes.settle();
    for (const work of all) states.priority(work, context);
    for (const work of all) reports.standing(work, context);
    makeClaims(structure, world.works);
    for (const work of inOrder(structure.reportOrder)) reports.report(work, context);
    for (const work of all) conclude(work, context);
  }

  /** The verdict and the next memory: the very same as before, where all that they say is. */
  function conclude(work: Work, { structure, world }: DecisionContext): void {
    const { previous } = work;
    work.isReady = readyHere(work, structure, world);
    work.messages = wordsInForce((structure.words.get(work.name) ?? noWords).message);
    const stands =
      work.state === previous?.state &&
      work.priority === previous?.priority &&
      work.report === previous?.report &&
      work.claim === previous?.claim &&
      work.isReady === previous?.isReady &&
      work.messages === previous?.messages &&
      work.view === previous?.view;
    work.verdict =
      stands && previous?.verdict !== undefined ? previous.verdict : makeVerdict(work, work.messages);
    const atRest = stands && (world.regionsStand || !structure.limits.has(work.name));
    work.after =
      (atRest ? memoryAtRest(work) : undefined) ??
      nextServiceMemory(work, claimMemory(work, structure, world), world.nowMs);
  }

  return (facts, memory, nowMs) => {
    const wake = createWake(nowMs);
    const structure = structureOf(facts);
    const works = beginWorks({ structure, facts, memory, nowMs, wake, last });
    const regionsStand = last !== undefined && sameAbroad(last.world.facts, facts);
    const context: DecisionContext = { structure, world: { facts, memory, nowMs, works, regionsStand } };
    const place = (service: string, regions: number) => placeHere(service, regions, context.world);
    outcomes.begin({ world: context.world, structure, place, goesOn: memory.rules === lastRules });
    for (const { name, view, previous } of works.values())
      if (view !== previous?.view) outcomes.touch(name, 'view');
    decideAll(context);
    last = context;

    const all = [...works.values()];
    const answers = structure.rules.map(outcomes.of);
    const effects = [
      ...structure.actingRules.flatMap((rule) =>
        ruleEffects(outcomes.of(rule), rules.facts, outcomes, facts),
      ),
      ...all.flatMap((work) => labelEffects(work, facts.region, nowMs)),
    ];
    for (const { waitsUntilMs } of answers) wake.at(waitsUntilMs);
    wake.at(outcomes.wakeAtMs);
    for (const { after } of all) wake.at(claimSettlesAtMs(after, facts));
    lastRules = ruleRecord(
      structure.ruleNames,
      answers.map((outcome) => outcome.memory),
    );
    const { nextMs } = wake;
    return {
      decision: {
        region: facts.region,
        decidedAtMs: nowMs,
        rulesVersion: rules.version,
        verdicts: verdictRecord(
          structure.names,
          all.flatMap((work) => work.verdict ?? []),
        ),
        effects,
        problems: structure.problems,
      },
      memory: {
        services: serviceRecord(
          structure.names,
          all.flatMap((work) => work.after ?? []),
        ),
        rules: lastRules,
      },
      ...(nextMs === undefined ? {} : { wakeAtMs: nextMs }),
    };
  };
}
