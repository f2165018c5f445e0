/**
 * A condition, ready to answer: true, false, or unknown.
 *
 * JSON Logic evaluates the operators that compare and count, on values alone; every operator of MSA's own and every fact has
 * been replaced, at load, by a place in a row of values (a leaf), so that nothing of the package's global registry is used
 * and nothing in a rule can reach beyond its facts. What joins conditions (`and`, `or`, `if`, `!`) is evaluated here, since
 * a fact may be unknown. Then the answer is sound: it is true or false only if it would be that whatever the unknown facts
 * are. Three-valued logic gives most such answers; what it leaves open is tried out, where the unknown facts are few and
 * can be only a few things each.
 */

import jsonLogic, { type RulesLogic } from 'json-logic-js';
import type { Json } from '../../model.ts';
import { type FactRef, factType } from '../catalogue.ts';

/** Undefined is unknown. */
export type Answer = boolean | undefined;

/** The value of a fact; undefined where it is unknown. */
type FactValue = Json | undefined;

export interface Condition {
  /** The facts that it reads, as indices into the rule set's list, each once. */
  readonly reads: readonly number[];
  /** It reads the time, so its answer may change while no fact does. */
  readonly timed: boolean;
  /** The condition as it is written in the file. */
  readonly written: Json;
  answer(read: (fact: number) => FactValue): Answer;
}

/** One value that a condition reads: a fact, seen through an operator. */
export interface Leaf {
  readonly fact: number;
  /** Undefined: what the fact says is no answer (a text where a number must be), so it counts as unknown. */
  readonly see: (value: Json) => Json | undefined;
}

export type Expression =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'leaf'; readonly index: number }
  /** Any operator whose operands are all evaluated first. */
  | { readonly kind: 'call'; readonly operator: string; readonly operands: readonly Expression[] }
  | { readonly kind: 'and' | 'or' | 'if'; readonly operands: readonly Expression[] }
  /** `some`, `all`, `none`: the body sees one element at a time and no facts. */
  | {
      readonly kind: 'each';
      readonly operator: 'some' | 'all' | 'none';
      readonly list: Expression;
      readonly body: Json;
    };

/** More combinations than this are not tried out. */
const mostTries = 64;

/** Makes the condition of its root expression and the leaves that the expression names by index. */
export function createCondition(made: {
  readonly root: Expression;
  readonly leaves: readonly Leaf[];
  readonly facts: readonly FactRef[];
  readonly written: Json;
}): Condition {
  const { root, leaves } = made;
  const reads = [...new Set(leaves.map((leaf) => leaf.fact))];

  function attempt(read: (fact: number) => FactValue): Answer {
    const values = leaves.map((leaf) => {
      const value = read(leaf.fact);
      return value === undefined ? undefined : leaf.see(value);
    });
    return truth(evaluate(root, values));
  }

  return {
    reads,
    written: made.written,
    timed: reads.some((fact) => isTimed(made.facts[fact])),
    answer(read) {
      const first = attempt(read);
      if (first !== undefined) return first;
      const unknown = reads.filter((fact) => read(fact) === undefined);
      return tryOut(
        unknown.map((fact) => ({ fact, choices: choicesOf(made.facts[fact]) })),
        read,
        attempt,
      );
    },
  };
}

function isTimed(fact: FactRef | undefined): boolean {
  return fact?.kind === 'changed' || fact?.kind === 'during';
}

/** The values that a fact could have; none where they can't be listed. */
function choicesOf(fact: FactRef | undefined): readonly Json[] {
  if (fact === undefined) return [];
  const { type, words } = factType(fact);
  if (words !== undefined) return words;
  return type === 'flag' ? [true, false] : [];
}

/** The answer that all combinations of the unknown facts agree on; undefined where they don't, or are too many. */
function tryOut(
  unknown: readonly { readonly fact: number; readonly choices: readonly Json[] }[],
  read: (fact: number) => FactValue,
  attempt: (read: (fact: number) => FactValue) => Answer,
): Answer {
  const tries = unknown.reduce((product, { choices }) => product * choices.length, 1);
  if (unknown.length === 0 || tries === 0 || tries > mostTries) return undefined;
  let agreed: Answer;
  for (let round = 0; round < tries; round++) {
    const assumed = new Map<number, Json>();
    let rest = round;
    for (const { fact, choices } of unknown) {
      assumed.set(fact, choices[rest % choices.length] ?? null);
      rest = Math.floor(rest / choices.length);
    }
    const answer = attempt((fact) => assumed.get(fact) ?? read(fact));
    if (answer === undefined || (agreed !== undefined && agreed !== answer)) return undefined;
    agreed = answer;
  }
  return agreed;
}

/** A value; or only whether it would count as true, as of an `if` that gives one of several values; or neither. */
type Known =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'truth'; readonly truth: boolean }
  | undefined;

function evaluate(expression: Expression, values: readonly FactValue[]): Known {
  switch (expression.kind) {
    case 'literal':
      return { kind: 'value', value: expression.value };
    case 'leaf': {
      const value = values[expression.index];
      return value === undefined ? undefined : knownAs(value);
    }
    case 'and':
    case 'or':
      return evaluateJunction(expression.operands, values, expression.kind === 'or');
    case 'if':
      return evaluateIf(expression.operands, values);
    case 'each': {
      const list = evaluate(expression.list, values);
      if (list?.kind !== 'value') return undefined;
      return valueFrom({ [expression.operator]: [{ var: '' }, expression.body] }, list.value);
    }
    case 'call':
      return evaluateCall(expression.operator, expression.operands, values);
  }
}

/** `or` is settled by one true operand, `and` by one false one, wherever it stands; the check lets nothing but flags in. */
function evaluateJunction(
  operands: readonly Expression[],
  values: readonly FactValue[],
  settling: boolean,
): Known {
  let open = false;
  for (const operand of operands) {
    const answer = truth(evaluate(operand, values));
    if (answer === settling) return knownAs(settling);
    if (answer === undefined) open = true;
  }
  return open ? undefined : knownAs(!settling);
}

function evaluateIf(operands: readonly Expression[], values: readonly FactValue[]): Known {
  const [condition, then, ...rest] = operands;
  if (condition === undefined) return { kind: 'value', value: null };
  if (then === undefined) return evaluate(condition, values);
  const answer = truth(evaluate(condition, values));
  if (answer === true) return evaluate(then, values);
  if (answer === false) return evaluateIf(rest, values);
  const one = evaluate(then, values);
  const other = evaluateIf(rest, values);
  const agreed = truth(one);
  return agreed !== undefined && agreed === truth(other) ? { kind: 'truth', truth: agreed } : undefined;
}

function evaluateCall(
  operator: string,
  operands: readonly Expression[],
  values: readonly FactValue[],
): Known {
  const [first] = operands;
  if (first !== undefined && (operator === '!' || operator === '!!')) {
    const answer = truth(evaluate(first, values));
    return answer === undefined ? undefined : knownAs((operator === '!') !== answer);
  }
  const row: Json[] = [];
  for (const operand of operands) {
    const known = evaluate(operand, values);
    if (known?.kind !== 'value') return undefined;
    row.push(known.value);
  }
  return valueFrom({ [operator]: row.map(asOperand) }, row);
}

/** JSON Logic would take an object for an operation and look for some in a list, so these it fetches from the row itself. */
function asOperand(value: Json, index: number): Json {
  return typeof value === 'object' && value !== null ? { var: String(index) } : value;
}

/** What is no number after all (a division by nothing) is unknown. */
function valueFrom(logic: Json, data: Json): Known {
  const value: unknown = jsonLogic.apply(asLogic(logic), data);
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  return isJson(value) ? knownAs(value) : undefined;
}

const yes: Known = { kind: 'value', value: true };
const no: Known = { kind: 'value', value: false };

/** Nearly all values are true or false, tens of thousands in a decision: these two are not made anew. */
function knownAs(value: Json): Known {
  if (typeof value === 'boolean') return value ? yes : no;
  return { kind: 'value', value };
}

function truth(known: Known): Answer {
  if (known === undefined) return undefined;
  return known.kind === 'truth' ? known.truth : jsonLogic.truthy(known.value);
}

/** JSON Logic is JSON: any of it may be handed to the package. The package's type is narrower than what it takes. */
function asLogic(logic: Json): RulesLogic {
  return isLogic(logic) ? logic : null;
}

function isLogic(value: unknown): value is RulesLogic {
  return isJson(value);
}

function isJson(value: unknown): value is Json {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}
