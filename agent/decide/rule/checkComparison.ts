/** Checks what `==` and its like compare: two values that could be equal, and a fact itself where its name is written. */

import type { Json } from '../../model.ts';
import { nearest } from '../../nearest.ts';
import { factName, factType, parseFactName } from '../catalogue.ts';
import type { JsonNode } from './jsonText.ts';
import type { ValueType } from './operators.ts';
import { aType, either, type ReadingScope, scalarType, type Typed } from './readingScope.ts';

interface Remark {
  readonly message: string;
  readonly hint: string;
}

/** True where the two could be equal; else what is wrong has been told. */
export function checkComparison(
  name: string,
  operands: readonly Typed[],
  nodes: readonly JsonNode[],
  scope: ReadingScope,
): boolean {
  for (const [index, operand] of operands.entries()) {
    const other = operands[1 - index];
    const remark = other === undefined ? undefined : remarkOn(name, operand, other);
    if (remark === undefined) continue;
    scope.complain(nodes[index]?.at ?? 0, remark.message, remark.hint);
    return false;
  }
  return true;
}

/** What is wrong with a plain value, beside what it is compared with. */
function remarkOn(name: string, operand: Typed, other: Typed): Remark | undefined {
  const { expression, type } = operand;
  if (expression.kind !== 'literal') return undefined;
  const { value } = expression;
  const anew = other.type === 'any' ? undefined : rewritten(operand, other.type);
  if (other.fact !== undefined) {
    const could = factType(other.fact);
    if (fits(could, value)) return undefined;
    const hint = anew ?? wordMeant(value, could.words) ?? `it is ${either(could.words) ?? aType(could.type)}`;
    return { message: `${factName(other.fact)} is never ${JSON.stringify(value)}`, hint };
  }
  if (type === 'text' && other.expression.kind === 'literal')
    return {
      message: `"${name}" compares a text with another, and no fact`,
      hint: anew ?? 'write a fact as in {"var": "db.state"}',
    };
  if (!areDefinite(type, other.type) || type === other.type) return undefined;
  const alone = 'what is true or false needs no comparison: write it alone';
  return {
    message: `"${name}" compares ${aType(type)} with ${aType(other.type)}`,
    hint: anew ?? (other.type === 'flag' ? alone : 'let both be of one type'),
  };
}

/** How the plain value was most likely meant, where another type is wanted: as a fact, or without its quotes. */
export function rewritten({ expression }: Typed, wanted: ValueType): string | undefined {
  const value = expression.kind === 'literal' ? expression.value : undefined;
  if (typeof value !== 'string') return undefined;
  if (parseFactName(value) !== undefined) return `write {"var": "${value}"} for the fact`;
  const isQuoted =
    (wanted === 'number' && /^-?\d+(\.\d+)?$/.test(value)) ||
    (wanted === 'flag' && /^(true|false)$/.test(value));
  return isQuoted ? `write ${value} without quotes` : undefined;
}

function wordMeant(value: Json, words: readonly string[] | undefined): string | undefined {
  const near =
    typeof value === 'string' && words !== undefined ? nearest(value.toLowerCase(), words) : undefined;
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

/** A fact that can only be a few words is one of these. */
function fits({ type, words }: ReturnType<typeof factType>, value: Json): boolean {
  if (words !== undefined) return typeof value === 'string' && words.includes(value);
  return type === 'any' || value === null || scalarType(value) === type;
}

function areDefinite(...types: readonly ValueType[]): boolean {
  return types.every((type) => type === 'flag' || type === 'number' || type === 'text');
}
