/**
 * The condition inside `some`, `all` and `none`: it sees one element of a list and no facts. Elements come from services'
 * own answers, so nothing is known of their types; only operators and paths are checked.
 */

import type { JsonNode } from './jsonText.ts';

const allowed: readonly string[] = [
  ...['and', 'or', '!', '!!', '==', '===', '!=', '!==', '<', '<=', '>', '>=', 'in'],
  ...['if', '+', '-', '*', '/', '%', 'min', 'max', 'var'],
];

/** Operators whose result is true or false, which the whole must be. */
const conditions: readonly string[] = ['!', '!!', '==', '===', '!=', '!==', '<', '<=', '>', '>=', 'in'];

const forbiddenSteps: readonly string[] = ['__proto__', 'constructor', 'prototype'];

const mostDepth = 50;

/** True where the node is a good condition on an element; else what is wrong has been told. */
export function checkElementCondition(
  node: JsonNode,
  complain: (at: number, message: string, hint: string) => void,
  depth: number,
): boolean {
  if (!checkElement(node, complain, depth)) return false;
  if (isCondition(node)) return true;
  complain(
    node.at,
    'the condition on an element gives no true or false',
    'compare the element, for example {"==": [{"var": ""}, "write"]}',
  );
  return false;
}

function isCondition(node: JsonNode): boolean {
  if (node.kind === 'scalar') return typeof node.value === 'boolean';
  if (node.kind === 'array') return false;
  const [entry] = node.entries;
  if (entry === undefined) return false;
  if (entry.key !== 'and' && entry.key !== 'or') return conditions.includes(entry.key);
  return entry.value.kind === 'array' ? entry.value.items.every(isCondition) : isCondition(entry.value);
}

function checkElement(
  node: JsonNode,
  complain: (at: number, message: string, hint: string) => void,
  depth: number,
): boolean {
  if (depth > mostDepth) {
    complain(node.at, `the condition is nested more than ${mostDepth} deep`, 'split it into several rules');
    return false;
  }
  if (node.kind === 'scalar') return true;
  if (node.kind === 'array') return node.items.every((item) => checkElement(item, complain, depth + 1));
  const [entry, second] = node.entries;
  if (entry === undefined || second !== undefined || !allowed.includes(entry.key)) {
    complain(
      second?.keyAt ?? entry?.keyAt ?? node.at,
      entry !== undefined && second === undefined
        ? `"${entry.key}" can't be used on an element of a list`
        : 'an operation has exactly one key',
      `inside some, all and none only the element is seen: use ${allowed.slice(0, 8).join(' ')} … and {"var": ""}`,
    );
    return false;
  }
  if (entry.key === 'var') return checkPath(entry.value, complain);
  return checkElement(entry.value, complain, depth + 1);
}

function checkPath(node: JsonNode, complain: (at: number, message: string, hint: string) => void): boolean {
  const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
  const forbidden = text?.split('.').find((step) => forbiddenSteps.includes(step));
  if (text !== undefined && forbidden === undefined) return true;
  complain(
    node.at,
    text === undefined
      ? 'the path into an element is not a plain text'
      : `"${forbidden}" can't be read of an element`,
    'write {"var": ""} for the element, {"var": "name"} for something in it',
  );
  return false;
}
