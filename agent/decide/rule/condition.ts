/**
 * A condition, ready to answer: true, false, or unknown.
 *
 * JSON Logic evaluates the standard operators; every operator of MSA's own and every fact has been replaced, at load, by a
 * place in a row of values (a leaf), so that nothing of the package's global registry is used and nothing in a rule can
 * reach beyond its facts. Where a fact is unknown the answer is sound: it is true or false only if it would be that
 * whatever the unknown facts are. Three-valued logic gives most such answers; what it leaves open is tried out, where the
 * unknown facts are few and can be only a few things each.
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
  const logic = logicOf(root);
  const plain = isPlain(root);

  /** All leaves are known: JSON Logic alone; otherwise three-valued. */
  function attempt(read: (fact: number) => FactValue): Answer {
    const values: FactValue[] = [];
    let complete = plain;
    for (const leaf of leaves) {
      const value = read(leaf.fact);
      const seen = value === undefined ? undefined : leaf.see(value);
      if (seen === undefined) complete = false;
      values.push(seen);
    }
    return complete ? truthOf(jsonLogic.apply(logic, values)) : truth(evaluate(root, values));
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

/** A value; or only whether it would count as true; or neither. */
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
      return value === undefined ? undefined : { kind: 'value', value };
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

/** `or` is settled by one true operand, `and` by one false one, wherever it stands. */
function evaluateJunction(
  operands: readonly Expression[],
  values: readonly FactValue[],
  settling: boolean,
): Known {
  let open = false;
  for (const operand of operands) {
    const answer = truth(evaluate(operand, values));
    if (answer === settling) return { kind: 'truth', truth: settling };
    if (answer === undefined) open = true;
  }
  return open ? undefined : { kind: 'truth', truth: !settling };
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
  const known = operands.map((operand) => evaluate(operand, values));
  if (operator === '!' || operator === '!!') {
    const answer = truth(known[0]);
    return answer === undefined ? undefined : { kind: 'truth', truth: (operator === '!') !== answer };
  }
  const row: Json[] = [];
  for (const one of known) {
    if (one?.kind === 'value') row.push(one.value);
    else if (one?.kind === 'truth' && comparesFlags(operands)) row.push(one.truth);
    else return undefined;
  }
  return valueFrom({ [operator]: row.map((_, index) => ({ var: String(index) })) }, row);
}

/** `and`, `or`, `!` and the like give true or false only, where all their operands do; the check has seen to that. */
function comparesFlags(operands: readonly Expression[]): boolean {
  return operands.every((operand) => operand.kind !== 'if');
}

/** What is no number after all (a division by nothing) is unknown. */
function valueFrom(logic: Json, data: Json): Known {
  const value: unknown = jsonLogic.apply(asLogic(logic), data);
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  return isJson(value) ? { kind: 'value', value } : undefined;
}

function truth(known: Known): Answer {
  if (known === undefined) return undefined;
  return known.kind === 'truth' ? known.truth : jsonLogic.truthy(known.value);
}

/** The result of a whole condition: nothing but true and false counts as an answer. */
function truthOf(value: unknown): Answer {
  return typeof value === 'boolean' ? value : undefined;
}

/** The expression as JSON Logic over the row of leaves. */
function logicOf(expression: Expression): RulesLogic {
  return asLogic(written(expression));
}

function written(expression: Expression): Json {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'leaf':
      return { var: String(expression.index) };
    case 'each':
      return { [expression.operator]: [written(expression.list), expression.body] };
    case 'call':
      return { [expression.operator]: expression.operands.map(written) };
    default:
      return { [expression.kind]: expression.operands.map(written) };
  }
}

/** Divisions go the careful way, where what is no number is seen. */
function isPlain(expression: Expression): boolean {
  switch (expression.kind) {
    case 'literal':
    case 'leaf':
      return true;
    case 'each':
      return isPlain(expression.list);
    case 'call':
      return !['/', '%'].includes(expression.operator) && expression.operands.every(isPlain);
    default:
      return expression.operands.every(isPlain);
  }
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
