/**
 * Conditions that are never true, or always.
 *
 * Sound: all that the facts could be is tried out. Texts with few words and flags have few values; a number or a property
 * that is only compared with values written in the rule behaves alike between any two of these. What is neither, or has more
 * combinations than the limit, is left unknown, and a condition that hangs on it is not judged.
 */

import type { Json } from '../../model.ts';
import { type FactRef, factType } from '../catalogue.ts';
import type { Rule, RuleProblem, RuleSet } from '../rule/rule.ts';

const mostTries = 4_096;

export function findConstants({ rules, facts }: RuleSet): readonly RuleProblem[] {
  return rules.flatMap((rule) => {
    const answer = constantAnswer(rule, facts);
    // A rule for all times is written so on purpose.
    return answer === undefined || rule.condition.written === true ? [] : [problemOf(rule, answer)];
  });
}

/** The answer that the condition has whatever the facts are; undefined where it has none, or nobody can tell. */
function constantAnswer({ condition }: Rule, facts: readonly FactRef[]): boolean | undefined {
  const written = literalsIn(condition.written);
  const comparesOnly = !hasArithmetic(condition.written);
  const choices: { readonly fact: number; readonly values: readonly Json[] }[] = [];
  let tries = 1;
  for (const fact of condition.reads) {
    const values = choicesOf(facts[fact], written, comparesOnly);
    if (values.length === 0 || tries * values.length > mostTries) continue;
    tries *= values.length;
    choices.push({ fact, values });
  }
  let agreed: boolean | undefined;
  for (let round = 0; round < tries; round++) {
    const assumed = new Map<number, Json>();
    let rest = round;
    for (const { fact, values } of choices) {
      assumed.set(fact, values[rest % values.length] ?? null);
      rest = Math.floor(rest / values.length);
    }
    const answer = condition.answer((fact) => assumed.get(fact));
    if (answer === undefined || (agreed !== undefined && agreed !== answer)) return undefined;
    agreed = answer;
  }
  return agreed;
}

function choicesOf(
  fact: FactRef | undefined,
  written: readonly Json[],
  comparesOnly: boolean,
): readonly Json[] {
  if (fact === undefined) return [];
  const { type, words } = factType(fact);
  if (words !== undefined) return words;
  if (type === 'flag') return [true, false];
  if (!comparesOnly) return [];
  const isCount = fact.kind === 'service' && (fact.field === 'healthy' || fact.field === 'total');
  const numbers = aroundNumbers(written).filter(
    (value) => !isCount || (value >= 0 && Number.isInteger(value)),
  );
  if (type === 'number') return numbers;
  return type === 'any' ? [null, true, false, 'another', ...numbers, ...written] : [];
}

/** A value before, between and after all numbers of the rule, and these. */
function aroundNumbers(written: readonly Json[]): readonly number[] {
  const numbers = written.filter((value) => typeof value === 'number');
  return [
    ...new Set([0, ...numbers].flatMap((value) => [value - 1, value - 0.5, value, value + 0.5, value + 1])),
  ];
}

/** All values that stand in the condition, at any depth. */
function literalsIn(written: Json): readonly Json[] {
  if (Array.isArray(written)) return written.flatMap((item: Json) => literalsIn(item));
  if (typeof written === 'object' && written !== null) return Object.values(written).flatMap(literalsIn);
  return [written];
}

const arithmetic = ['+', '-', '*', '/', '%', 'min', 'max', 'some', 'all', 'none'];
const comparisons = ['<', '<=', '>', '>=', '==', '!=', '===', '!=='];

/** Does it reckon with facts, or compare them with each other, so that other values than those written matter? */
function hasArithmetic(written: Json): boolean {
  if (Array.isArray(written)) return written.some((item: Json) => hasArithmetic(item));
  if (typeof written !== 'object' || written === null) return false;
  return Object.entries(written).some(([operator, operands]: [string, Json]) => {
    if (arithmetic.includes(operator)) return true;
    const parts: readonly Json[] = Array.isArray(operands) ? operands : [operands];
    const facts = parts.filter((part) => typeof part === 'object' && part !== null);
    return (comparisons.includes(operator) && facts.length > 1) || hasArithmetic(operands);
  });
}

function problemOf(rule: Rule, answer: boolean): RuleProblem {
  const { file, line, column, name } = rule;
  const dead = answer ? rule.else : rule.then;
  const effect = dead.length > 0 ? `, so its "${answer ? 'else' : 'then'}" never happens` : '';
  return {
    ...{ file, line, column, rule: name },
    message: `the condition is ${answer ? 'always' : 'never'} true${effect}`,
    hint: answer
      ? 'write "if": true where that is meant; else look for an "or" that should be an "and"'
      : 'look for an "and" that should be an "or", or for a "!" too many',
  };
}
