/** Checks the types of operands, so that JSON Logic never has to guess what a text means where a number should be. */

import { rewritten } from './checkComparison.ts';
import type { JsonNode } from './jsonText.ts';
import { standardOperators, type ValueType } from './operators.ts';
import { aType, type ReadingScope, type Typed } from './readingScope.ts';

/** A property may be of any type: it passes here and counts as unknown where it turns out to be another. */
export function allAre(
  type: ValueType,
  name: string,
  operands: readonly Typed[],
  nodes: readonly JsonNode[],
  scope: ReadingScope,
): boolean {
  const wrong = operands.findIndex(
    (operand) => operand.type !== type && !(operand.type === 'any' && type === 'number'),
  );
  if (wrong < 0) return true;
  const operand = operands[wrong];
  const anew = operand === undefined ? undefined : rewritten(operand, type);
  const says = type === 'flag' ? 'conditions' : 'numbers';
  scope.complain(
    nodes[wrong]?.at ?? 0,
    `"${name}" takes ${says}, but operand ${wrong + 1} is ${aType(operand?.type ?? 'any')}`,
    type === 'flag'
      ? 'compare it, or use an operator that gives true or false, such as {"up": "db"}'
      : (anew ?? 'write numbers without quotes; for texts use "=="'),
  );
  return false;
}

/** A property where a number must be: anything else in it is unknown, since JSON Logic would take null for 0. */
export function demandNumber(operand: Typed, scope: ReadingScope): void {
  if (operand.type !== 'any' || operand.expression.kind !== 'leaf') return;
  const leaf = scope.leaves[operand.expression.index];
  if (leaf === undefined) return;
  scope.leaves[operand.expression.index] = {
    fact: leaf.fact,
    see: (value) => {
      const seen = leaf.see(value);
      return typeof seen === 'number' ? seen : undefined;
    },
  };
}

export function checkIf(
  operands: readonly Typed[],
  nodes: readonly JsonNode[],
  scope: ReadingScope,
): ValueType | undefined {
  const last = operands.length - 1;
  const conditions = operands.filter((_, index) => index % 2 === 0 && index < last);
  const wrong = conditions.findIndex((condition) => condition.type !== 'flag');
  if (wrong >= 0 || last % 2 === 1) {
    scope.complain(
      nodes[wrong >= 0 ? wrong * 2 : 0]?.at ?? 0,
      wrong >= 0 ? '"if" takes a condition first, that is true or false' : '"if" has no value for else',
      `for example ${JSON.stringify(standardOperators.if.example)}`,
    );
    return undefined;
  }
  const values = operands.filter((_, index) => index % 2 === 1 || index === last);
  const type = values[0]?.type;
  if (type !== undefined && values.every((value) => value.type === type) && type !== 'any') return type;
  scope.complain(
    nodes[0]?.at ?? 0,
    'the branches of "if" give values of several types',
    'let all branches give numbers, or texts, or true and false',
  );
  return undefined;
}

/** A property where a list must be: anything else is unknown, since JSON Logic finds `none` true of nothing. */
export function demandList(index: number, scope: ReadingScope): void {
  const leaf = scope.leaves[index];
  if (leaf === undefined) return;
  scope.leaves[index] = {
    fact: leaf.fact,
    see: (value) => {
      const seen = leaf.see(value);
      return Array.isArray(seen) ? seen : undefined;
    },
  };
}
