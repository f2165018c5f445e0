/**
 * Answers the rules: reads each fact once in a decision, asks a rule again only if a fact that it reads has changed, and
 * tells which branch is in force.
 *
 * A branch comes into force at once, save `then` with `for`, which waits until the answer has been true that long without a
 * break. While the answer is unknown the branch in force stays, unless the rule says what unknown means.
 */

import type { Json, ReasonInput, RuleMemory } from '../model.ts';
import { type FactRef, factName, stageOf } from './catalogue.ts';
import { equalJson } from './equalJson.ts';
import { type FactSources, isDecided, type Part, sortSources } from './factSources.ts';
import { type PlaceReader, type Reading, readFact } from './readFact.ts';
import type { Answer } from './rule/condition.ts';
import type { Rule, RuleSet } from './rule/rule.ts';
import type { World } from './work.ts';

/** What a rule says in this decision. The same object while nothing of it changes. */
export interface Outcome {
  readonly rule: Rule;
  /** Undefined: unknown. */
  readonly answer: Answer;
  readonly memory: RuleMemory;
  /** Until when `then` waits for its `for`. */
  readonly waitsUntilMs?: number;
  /** What was read for the answer, in the order of the condition's reads. */
  readonly readings: readonly Reading[];
  /** The same, as reasons name it. */
  readonly inputs: () => readonly ReasonInput[];
}

export interface Round {
  readonly world: World;
  readonly structure: object;
  readonly place: PlaceReader;
  /** The memory of the rules is the very one that the last decision gave. */
  readonly goesOn: boolean;
}

export interface Outcomes {
  /** Begins a new decision. Where the structure is another, nothing that was known stands. */
  begin(next: Round): void;
  /** That part of a service here has become another. */
  touch(service: string, part: Part): void;
  of(rule: Rule): Outcome;
  /** A fact by its number, for templates. */
  read(fact: number): Reading;
  /** When a fact that was read changes by itself. */
  readonly wakeAtMs: number;
}

/** Reasons name so many inputs. */
const mostInputs = 20;

export function createOutcomes({ facts, rules }: RuleSet): Outcomes {
  const names = facts.map(factName);
  const rulesOf: number[][] = facts.map(() => []);
  for (const rule of rules) for (const fact of rule.condition.reads) rulesOf[fact]?.push(rule.index);
  const readings: (Reading | undefined)[] = facts.map(() => undefined);
  /** Loose facts stand for one round, others until they are touched. */
  const readIn: number[] = facts.map(() => 0);
  const known: (Outcome | undefined)[] = rules.map(() => undefined);
  const answeredIn: number[] = rules.map(() => 0);
  const isDirty: boolean[] = rules.map(() => true);
  let mustLook: readonly boolean[] = [];
  let sources: FactSources = sortSources(facts, '');
  let structure: object | undefined;
  let world: World | undefined;
  let place: PlaceReader = () => undefined;
  let goesOn = false;
  let round = 0;
  let wakeAtMs = Number.POSITIVE_INFINITY;

  function forget(fact: number): void {
    readIn[fact] = 0;
    for (const rule of rulesOf[fact] ?? []) isDirty[rule] = true;
  }

  function forgetAll(here: string): void {
    sources = sortSources(facts, here);
    mustLook = rules.map((rule) => looksEachTime(rule, facts, sources));
    readIn.fill(0);
    isDirty.fill(true);
  }

  function read(index: number): Reading {
    const last = readings[index];
    const fact = facts[index];
    if (fact === undefined || world === undefined) return { value: undefined };
    const part = sources.partOf[index];
    const isReady = part === undefined || fact.kind !== 'service' || isDecided(fact.service, part, world);
    const stands = sources.isLoose[index] === true ? readIn[index] === round : (readIn[index] ?? 0) > 0;
    if (last !== undefined && stands && isReady) return last;
    const look = readFact(fact, world, place);
    if (look.wakeAtMs !== undefined) wakeAtMs = Math.min(wakeAtMs, look.wakeAtMs);
    const reading = last !== undefined && isSame(last, look.reading) ? last : look.reading;
    if (look.settled) {
      readings[index] = reading;
      readIn[index] = round;
    }
    return reading;
  }

  function answer(rule: Rule, before: RuleMemory | undefined, nowMs: number): Outcome {
    const last = known[rule.index];
    const stands = last !== undefined && isUnchanged(rule, last);
    if (stands && before === last.memory && last.waitsUntilMs === undefined) return last;
    const now = stands ? last.readings : rule.condition.reads.map(read);
    const truth = stands ? last.answer : rule.condition.answer((fact) => read(fact).value);
    const { memory, waitsUntilMs } = follow(rule, truth, before, nowMs);
    if (stands && isSameMemory(last.memory, memory) && last.waitsUntilMs === waitsUntilMs) return last;
    return {
      rule,
      answer: truth,
      memory: before !== undefined && isSameMemory(before, memory) ? before : memory,
      readings: now,
      inputs: () => inputsOf(rule, now),
      ...(waitsUntilMs === undefined ? {} : { waitsUntilMs }),
    };
  }

  /** Nothing that it reads was touched, and its memory is its own. */
  function standsUnasked(rule: number, last: Outcome): boolean {
    return goesOn && isDirty[rule] === false && mustLook[rule] === false && last.waitsUntilMs === undefined;
  }

  /** Every fact that it reads is what it was; all are read, since each may say when it changes by itself. */
  function isUnchanged({ index: rule, condition: { reads } }: Rule, last: Outcome): boolean {
    if (isDirty[rule] === false && mustLook[rule] === false) return true;
    let unchanged = true;
    for (let index = 0; index < reads.length; index++)
      if (read(reads[index] ?? 0) !== last.readings[index]) unchanged = false;
    return unchanged;
  }

  function inputsOf({ condition: { reads } }: Rule, now: readonly Reading[]): readonly ReasonInput[] {
    return reads
      .slice(0, mostInputs)
      .map((fact, index) => inputOf(names[fact] ?? '', now[index] ?? { value: undefined }));
  }

  return {
    begin(next) {
      round++;
      if (structure !== next.structure) forgetAll(next.world.facts.region);
      else if (world !== undefined)
        for (const fact of sources.changed(world.facts, next.world.facts)) forget(fact);
      ({ structure, world, place, goesOn } = next);
      wakeAtMs = Number.POSITIVE_INFINITY;
    },
    touch(service, part) {
      for (const fact of sources.ofPart(service, part)) forget(fact);
    },
    of(rule) {
      const { index } = rule;
      const last = known[index];
      if (last !== undefined && (answeredIn[index] === round || standsUnasked(index, last))) return last;
      const memory = world?.memory.rules ?? {};
      const before = Object.hasOwn(memory, rule.name) ? memory[rule.name] : undefined;
      const outcome = answer(rule, before, world?.nowMs ?? 0);
      known[index] = outcome;
      answeredIn[index] = round;
      isDirty[index] = false;
      return outcome;
    },
    read,
    get wakeAtMs() {
      return wakeAtMs;
    },
  };
}

/** It reads what has no source to watch, or states while states are being decided. */
function looksEachTime(rule: Rule, facts: readonly FactRef[], sources: FactSources): boolean {
  return rule.condition.reads.some((fact) => {
    if (sources.isLoose[fact] === true) return true;
    const ref = facts[fact];
    return rule.stage === 'state' && ref !== undefined && stageOf(ref) === 'state';
  });
}

function isSame(one: Reading, other: Reading): boolean {
  return one.sinceMs === other.sinceMs && one.note === other.note && equalJson(one.value, other.value);
}

/** A reading as reasons name it. */
export function inputOf(fact: string, { value, sinceMs, note }: Reading): ReasonInput {
  const told: Json = value === undefined ? 'unknown' : value;
  return {
    fact,
    value: told,
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(note === undefined ? {} : { note }),
  };
}

/** Goes on from the memory with this answer. */
function follow(
  rule: Rule,
  answer: Answer,
  before: RuleMemory | undefined,
  nowMs: number,
): { readonly memory: RuleMemory; readonly waitsUntilMs?: number } {
  const branch = before?.branch ?? 'none';
  if (answer === undefined) return { memory: followUnknown(rule, branch, before, nowMs) };
  if (!answer) return { memory: { ...enter('else', before, nowMs), answer } };
  const trueSinceMs = before?.trueSinceMs ?? nowMs;
  const dueAtMs = trueSinceMs + rule.forMs;
  if (branch === 'then' || nowMs >= dueAtMs)
    return { memory: { ...enter('then', before, nowMs), trueSinceMs, answer } };
  return { memory: { ...enter(branch, before, nowMs), trueSinceMs, answer }, waitsUntilMs: dueAtMs };
}

/** An occasion that is under way goes on; a wait for `for` is broken, since nobody knows that it stayed true. */
function followUnknown(
  rule: Rule,
  branch: RuleMemory['branch'],
  before: RuleMemory | undefined,
  nowMs: number,
): RuleMemory {
  const next = rule.unknown === 'hold' ? branch : rule.unknown;
  return {
    ...enter(next, before, nowMs),
    ...(next === 'then' && before?.trueSinceMs !== undefined ? { trueSinceMs: before.trueSinceMs } : {}),
    ...(before?.answer === undefined ? {} : { answer: before.answer }),
  };
}

/** `else` at the very first is no occasion: nothing has happened. */
function enter(
  branch: RuleMemory['branch'],
  before: RuleMemory | undefined,
  nowMs: number,
): Pick<RuleMemory, 'branch' | 'branchSinceMs'> {
  if (before?.branch === branch)
    return before.branchSinceMs === undefined ? { branch } : { branch, branchSinceMs: before.branchSinceMs };
  const first = before === undefined || before.branch === 'none';
  return first && branch !== 'then' ? { branch } : { branch, branchSinceMs: nowMs };
}

function isSameMemory(one: RuleMemory, other: RuleMemory): boolean {
  return (
    one.branch === other.branch &&
    one.branchSinceMs === other.branchSinceMs &&
    one.trueSinceMs === other.trueSinceMs &&
    one.answer === other.answer
  );
}
