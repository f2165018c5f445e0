/** Reads a list that stands in a condition: plain values, such as `in` looks through. */

import type { Json } from '../../model.ts';
import { parseFactName } from '../catalogue.ts';
import { brief, type JsonNode, plainValue } from './jsonText.ts';
import { comparisons, orderings } from './operators.ts';
import type { ReadingScope, Typed } from './readingScope.ts';

type ListNode = JsonNode & { readonly kind: 'array' };

/** The list; undefined where something is wrong with it, which has been told. */
export function readList(node: ListNode, scope: ReadingScope): Typed | undefined {
  const comparison = comparisonIn(node);
  if (comparison !== undefined) {
    scope.complain(node.at, 'an operator stands between its operands', `write ${brief(comparison)}`);
    return undefined;
  }
  const strange = node.items.find((item) => item.kind !== 'scalar');
  if (strange !== undefined) {
    scope.complain(
      strange.at,
      'a list holds something other than plain texts, numbers, true and false',
      'write each operation on its own, joined by "and" or "or"',
    );
    return undefined;
  }
  return { type: 'list', expression: { kind: 'literal', value: plainValue(node) } };
}

/** `["db.state", "=", "up"]` as rules write it; undefined where the list is nothing like that. */
function comparisonIn({ items }: ListNode): Json | undefined {
  const [left, middle, right] = items.map(plainValue);
  const operator = middle === '=' ? '==' : middle;
  if (items.length !== 3 || left === undefined || right === undefined) return undefined;
  if (typeof operator !== 'string' || ![...comparisons, ...orderings].includes(operator)) return undefined;
  return { [operator]: [factOr(left), factOr(right)] };
}

function factOr(value: Json): Json {
  return typeof value === 'string' && parseFactName(value) !== undefined ? { var: value } : value;
}
