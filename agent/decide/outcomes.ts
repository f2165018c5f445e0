/**
 * Answers the rules: reads each fact once in a decision, asks a rule again only if a fact that it reads has changed, and
 * tells which branch is in force.
 *
 * A branch comes into force at once, save `then` with `for`, which waits until the answer has been true that long without a
 * break. While the answer is unknown the branch in force stays, unless the rule says what unknown means.
 */

import type { Json, ReasonInput, RuleMemory } from '../model.ts';
import { factName } from './catalogue.ts';
import { equalJson } from './equalJson.ts';
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
  readonly inputs: readonly ReasonInput[];
  /** The readings behind the answer, to know them again. */
  readonly readings: readonly Reading[];
}

export interface Outcomes {
  /** Begins a new decision. */
  begin(world: World, place: PlaceReader): void;
  of(rule: Rule): Outcome;
  /** A fact by its number, for templates. */
  read(fact: number): Reading;
  /** When a fact that was read changes by itself. */
  readonly wakeAtMs: number;
}

/** Reasons name so many inputs. */
const mostInputs = 20;

export function createOutcomes({ facts }: RuleSet): Outcomes {
  const names = facts.map(factName);
  const readings: (Reading | undefined)[] = facts.map(() => undefined);
  const readIn: number[] = facts.map(() => 0);
  const known = new Map<string, Outcome>();
  let answered = new Map<string, Outcome>();
  let round = 0;
  let world: World | undefined;
  let place: PlaceReader = () => undefined;
  let wakeAtMs = Number.POSITIVE_INFINITY;

  function read(index: number): Reading {
    const last = readings[index];
    if (last !== undefined && readIn[index] === round) return last;
    const fact = facts[index];
    if (fact === undefined || world === undefined) return { value: undefined };
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
    const last = known.get(rule.name);
    const now = rule.condition.reads.map(read);
    const unchanged = last?.readings.every((reading, index) => reading === now[index]) === true;
    const truth = unchanged ? last.answer : rule.condition.answer((fact) => read(fact).value);
    const { memory, waitsUntilMs } = follow(rule, truth, before, nowMs);
    if (unchanged && isSameMemory(last.memory, memory) && last.waitsUntilMs === waitsUntilMs) return last;
    return {
      rule,
      answer: truth,
      memory,
      readings: now,
      inputs: unchanged ? last.inputs : inputsOf(rule, now),
      ...(waitsUntilMs === undefined ? {} : { waitsUntilMs }),
    };
  }

  function inputsOf(rule: Rule, now: readonly Reading[]): readonly ReasonInput[] {
    return rule.condition.reads
      .slice(0, mostInputs)
      .map((fact, index) => inputOf(names[fact] ?? '', now[index] ?? { value: undefined }));
  }

  return {
    begin(next, nextPlace) {
      round++;
      world = next;
      place = nextPlace;
      answered = new Map();
      wakeAtMs = Number.POSITIVE_INFINITY;
    },
    of(rule) {
      const done = answered.get(rule.name);
      if (done !== undefined) return done;
      const memory = world?.memory.rules ?? {};
      const outcome = answer(rule, Object.hasOwn(memory, rule.name) ? memory[rule.name] : undefined, world?.nowMs ?? 0);
      known.set(rule.name, outcome);
      answered.set(rule.name, outcome);
      return outcome;
    },
    read,
    get wakeAtMs() {
      return wakeAtMs;
    },
  };
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

