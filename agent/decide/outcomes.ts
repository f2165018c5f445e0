/**
 * Answers the rules: reads each fact once in a decision, asks a rule again only if a fact that it reads has changed, and
 * tells which branch is in force.
 *
 * A branch comes into force at once, save `then` with `for`, which waits until the answer has been true that long without a
 * break. While the answer is unknown the branch in force stays, unless the rule says what unknown means.
 */

import type { Json, ReasonInput, RuleMemory } from '../model.ts';
import { type FactRef, factName } from './catalogue.ts';
import { equalJson } from './equalJson.ts';
import { type FactSources, isDecided, type Part, sortSources } from './factSources.ts';
import { type Looks, sortLooks } from './looks.ts';
import { type PlaceReader, readFact } from './readFact.ts';
import { ownEntry } from './record.ts';
import type { Answer } from './rule/condition.ts';
import type { Rule, RuleSet } from './rule/rule.ts';
import type { Outcome, Reading } from './said.ts';
import type { World } from './work.ts';

interface Round {
  readonly world: World;
  readonly structure: Targets;
  readonly place: PlaceReader;
  /** The memory of the rules is the very one that the last decision gave. */
  readonly goesOn: boolean;
}

/** Whom the rules speak of. */
interface Targets {
  /** By the rule's number; nothing for rules that do not apply here. */
  readonly targetsOf: readonly (readonly string[] | undefined)[];
}

export interface Outcomes {
  /** Begins a new decision. Where the structure is another, nothing that was known stands. */
  begin(next: Round): void;
  /** That part of a service here has become another. */
  touch(service: string, part: Part): void;
  /** All states are decided: rules that hang on more than single facts are asked, to know whom they touch. */
  settle(): void;
  /** May a rule say something else of this service than in the last decision? */
  isTouched(service: string): boolean;
  of(rule: Rule): Outcome;
  /** A fact by its number, for templates. */
  read(fact: number): Reading;
  /** When a fact that was read changes by itself. */
  readonly wakeAtMs: number;
}

/** Reasons name so many inputs. */
const mostInputs = 20;

export function createOutcomes({ facts, rules }: RuleSet): Outcomes {
  const readersOf = sortReaders(facts, rules, (rule) => rule.condition.reads);
  const tellersOf = sortReaders(facts, rules, factsTold);
  const names: (string | undefined)[] = facts.map(() => undefined);
  const readings: (Reading | undefined)[] = facts.map(() => undefined);
  /** Loose facts stand for one round, others until they are touched. */
  const readIn: number[] = facts.map(() => 0);
  const known: (Outcome | undefined)[] = rules.map(() => undefined);
  const answeredIn: number[] = rules.map(() => 0);
  const isDirty: boolean[] = rules.map(() => true);
  const touched = new Set<string>();
  /** Rules that wait for their `for`. */
  const waiting = new Set<number>();
  let looks: Looks = { mustLook: [], canSettle: [], afterStates: [], always: new Set() };
  let isAllTouched = true;
  /** In this decision nothing is known of before. */
  let isAnew = true;
  /** Made for no region in particular: it serves all that no rule calls by name. */
  const commonSources = sortSources(facts, '');
  let sources: FactSources = commonSources;
  let structure: Targets | undefined;
  let world: World | undefined;
  let place: PlaceReader = () => ({ chosen: undefined });
  let goesOn = false;
  let round = 0;
  let wakeAtMs = Number.POSITIVE_INFINITY;

  function touchTargets(rule: number): void {
    for (const service of structure?.targetsOf[rule] ?? []) touched.add(service);
  }

  function forget(fact: number): void {
    readIn[fact] = 0;
    for (const rule of readersOf[fact] ?? []) {
      isDirty[rule] = true;
      touchTargets(rule);
    }
    for (const rule of tellersOf[fact] ?? []) touchTargets(rule);
  }

  function forgetAll(here: string, targets: Targets): void {
    sources = commonSources.names(here) ? sortSources(facts, here) : commonSources;
    looks = sortLooks(rules, facts, sources, targets);
    readIn.fill(0);
    isDirty.fill(true);
  }

  function read(index: number): Reading {
    const last = readings[index];
    if (last !== undefined && readIn[index] === round) return last;
    const fact = facts[index];
    if (fact === undefined || world === undefined) return { value: undefined };
    const stands = sources.isLoose[index] !== true && (readIn[index] ?? 0) > 0;
    if (last !== undefined && stands && isReady(fact, sources.partOf[index], world)) {
      readIn[index] = round;
      return last;
    }
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
    return (
      goesOn && isDirty[rule] === false && looks.mustLook[rule] === false && last.waitsUntilMs === undefined
    );
  }

  /** Every fact that it reads is what it was; all are read, since each may say when it changes by itself. */
  function isUnchanged({ index: rule, condition: { reads } }: Rule, last: Outcome): boolean {
    if (isDirty[rule] === false && looks.mustLook[rule] === false) return true;
    let unchanged = true;
    for (let index = 0; index < reads.length; index++)
      if (read(reads[index] ?? 0) !== last.readings[index]) unchanged = false;
    return unchanged;
  }

  function nameOf(index: number): string {
    const fact = facts[index];
    const name = names[index] ?? (fact === undefined ? '' : factName(fact));
    names[index] = name;
    return name;
  }

  function inputsOf({ condition: { reads } }: Rule, now: readonly Reading[]): readonly ReasonInput[] {
    return reads
      .slice(0, mostInputs)
      .map((fact, index) => inputOf(nameOf(fact), now[index] ?? { value: undefined }));
  }

  function of(rule: Rule): Outcome {
    const { index } = rule;
    const last = known[index];
    if (last !== undefined && (answeredIn[index] === round || standsUnasked(index, last))) return last;
    const memory = world?.memory.rules ?? {};
    const outcome = answer(rule, ownEntry(memory, rule.name), world?.nowMs ?? 0);
    known[index] = outcome;
    answeredIn[index] = round;
    isDirty[index] = false;
    if (outcome.waitsUntilMs === undefined) waiting.delete(index);
    else waiting.add(index);
    return outcome;
  }

  return {
    begin(next) {
      round++;
      touched.clear();
      isAllTouched = !next.goesOn || structure !== next.structure;
      wakeAtMs = Number.POSITIVE_INFINITY;
      const before = world;
      isAnew = world === undefined || structure !== next.structure;
      ({ structure, world, place, goesOn } = next);
      if (isAnew || before === undefined) forgetAll(world.facts.region, structure);
      else for (const fact of sources.changed(before.facts, world.facts)) forget(fact);
      for (const rule of waiting) if (looks.canSettle[rule] !== true) touchTargets(rule);
    },
    touch(service, part) {
      if (isAnew) return;
      for (const fact of sources.ofPart(service, part)) forget(fact);
    },
    settle() {
      for (const index of [...looks.afterStates, ...waiting]) {
        const rule = rules[index];
        if (rule === undefined || looks.canSettle[index] !== true) continue;
        if (structure?.targetsOf[index] === undefined) continue;
        const last = known[index];
        if (of(rule) !== last) touchTargets(index);
      }
    },
    isTouched: (service) => isAllTouched || touched.has(service) || looks.always.has(service),
    of,
    read,
    get wakeAtMs() {
      return wakeAtMs;
    },
  };
}

/** This decision has come to where the fact comes from. */
function isReady(fact: FactRef, part: Part | undefined, world: World): boolean {
  return part === undefined || fact.kind !== 'service' || isDecided(fact.service, part, world);
}

function isSame(one: Reading, other: Reading): boolean {
  return one.sinceMs === other.sinceMs && one.note === other.note && equalJson(one.value, other.value);
}

/** For each fact, the rules that use it. */
function sortReaders(
  facts: readonly FactRef[],
  rules: readonly Rule[],
  uses: (rule: Rule) => Iterable<number>,
): readonly (readonly number[])[] {
  const readers: number[][] = facts.map(() => []);
  for (const rule of rules) for (const fact of uses(rule)) readers[fact]?.push(rule.index);
  return readers;
}

/** The facts in what a rule says of services. */
function factsTold({ then, else: otherwise }: Rule): readonly number[] {
  return [then, otherwise].flatMap((effects) =>
    effects.flatMap((effect) => (effect.kind === 'verdict' ? (effect.message?.facts ?? []) : [])),
  );
}

/** A reading as reasons name it. */
function inputOf(fact: string, { value, sinceMs, note }: Reading): ReasonInput {
  const told: Json = value === undefined ? 'unknown' : value;
  // Most have no note, and there are some ten for each rule in force.
  if (note !== undefined) return { fact, value: told, note, ...(sinceMs === undefined ? {} : { sinceMs }) };
  return sinceMs === undefined ? { fact, value: told } : { fact, value: told, sinceMs };
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
