/**
 * Reads the condition of a rule: checks every operator, operand and fact, and makes the expression that answers it.
 *
 * All that is wrong is told, each with its place; what is found good here can't fail later, and can only be true, false or
 * unknown.
 */

import { checkComparison } from './checkComparison.ts';
import { allAre, checkIf, demandList, demandNumber } from './checkOperands.ts';
import { type Condition, createCondition } from './condition.ts';
import { checkElementCondition } from './elementCondition.ts';
import { brief, type JsonEntry, type JsonNode, plainValue } from './jsonText.ts';
import {
  comparisons,
  isOwn,
  isStandard,
  orderings,
  type StandardName,
  standardOperators,
} from './operators.ts';
import { readMissing, readVar } from './readFact.ts';
import { aType, type ReadingScope, scalarType, type Typed } from './readingScope.ts';
import { readList } from './readList.ts';
import { readOwn } from './readOwn.ts';
import { remarkOnOperator } from './unknownOperator.ts';

/** Deeper than a person can follow. */
const mostDepth = 50;

const sums: readonly string[] = ['+', '-', '*', '/', '%', 'min', 'max'];

/** The condition that the node says; undefined where something is wrong with it, which has been told. */
export function readCondition(node: JsonNode, within: Omit<ReadingScope, 'leaves'>): Condition | undefined {
  let faults = 0;
  const scope: ReadingScope = {
    ...within,
    leaves: [],
    complain(at, message, hint) {
      faults++;
      within.complain(at, message, hint);
    },
  };
  const root = readTyped(node, scope, 1);
  if (root === undefined || faults > 0) return undefined;
  if (root.type !== 'flag') {
    scope.complain(
      node.at,
      `the condition gives ${aType(root.type)}, not true or false`,
      'compare it, for example {"==": [{"var": "db.state"}, "up"]}, or use an operator such as {"up": "db"}',
    );
    return undefined;
  }
  return createCondition({
    root: root.expression,
    leaves: scope.leaves,
    facts: within.facts.all,
    written: plainValue(node),
  });
}

function readTyped(node: JsonNode, scope: ReadingScope, depth: number): Typed | undefined {
  if (depth > mostDepth) {
    scope.complain(
      node.at,
      `the condition is nested more than ${mostDepth} deep`,
      'split it into several rules',
    );
    return undefined;
  }
  switch (node.kind) {
    case 'scalar':
      return { type: scalarType(node.value), expression: { kind: 'literal', value: node.value } };
    case 'array':
      return readList(node, scope);
    case 'object':
      return readOperation(node, scope, depth);
  }
}

function readOperation(
  node: JsonNode & { kind: 'object' },
  scope: ReadingScope,
  depth: number,
): Typed | undefined {
  const [entry, second] = node.entries;
  if (entry === undefined) {
    scope.complain(node.at, 'an empty operation', 'write one operator with its operands, as in {"up": "db"}');
    return undefined;
  }
  if (second !== undefined) {
    scope.complain(
      second.keyAt,
      `two keys in one operation: "${entry.key}" and "${second.key}"`,
      second.key === 'then' || second.key === 'else'
        ? `close the condition with "}" before "${second.key}"`
        : `join them: ${joined('and', node.entries)}`,
    );
    return undefined;
  }
  if (isOwn(entry.key)) return readOwn(entry.key, entry.value, scope);
  if (isStandard(entry.key)) return readStandard(entry.key, entry.keyAt, entry.value, scope, depth);
  const { message, hint } = remarkOnOperator(entry);
  scope.complain(entry.keyAt, message, hint);
  return undefined;
}

function readStandard(
  name: StandardName,
  at: number,
  operands: JsonNode,
  scope: ReadingScope,
  depth: number,
): Typed | undefined {
  const nodes = operands.kind === 'array' ? operands.items : [operands];
  switch (name) {
    case 'and':
    case 'or':
      if (operands.kind !== 'object' || operands.entries.length < 2)
        return readCall(name, at, nodes, scope, depth);
      return refuseJoined(name, operands, scope);
    case 'var':
      return readVar(at, nodes, scope);
    case 'missing':
      return readMissing(at, nodes, scope);
    case 'some':
    case 'all':
    case 'none':
      return readEach(name, at, nodes, scope, depth);
    default:
      return readCall(name, at, nodes, scope, depth);
  }
}

/** `{"or": {"up": "db", "lost": "west"}}`: each condition is an operation of its own. */
function refuseJoined(
  name: 'and' | 'or',
  { at, entries }: JsonNode & { kind: 'object' },
  scope: ReadingScope,
): undefined {
  scope.complain(at, `"${name}" takes a list of conditions`, `write ${joined(name, entries)}`);
}

/** `{"and":[{"up":"db"},{"up":"app"}]}` */
function joined(name: 'and' | 'or', entries: readonly JsonEntry[]): string {
  return brief({ [name]: entries.map(({ key, value }) => ({ [key]: plainValue(value) })) });
}

function readCall(
  name: Exclude<StandardName, 'var' | 'missing' | 'some' | 'all' | 'none'>,
  at: number,
  nodes: readonly JsonNode[],
  scope: ReadingScope,
  depth: number,
): Typed | undefined {
  const [least, most] = operandCount[name] ?? [1, Number.POSITIVE_INFINITY];
  if (nodes.length < least || nodes.length > most) {
    scope.complain(
      at,
      `"${name}" takes ${standardOperators[name].takes}, but has ${count(nodes.length)}`,
      `for example ${JSON.stringify(standardOperators[name].example)}`,
    );
    return undefined;
  }
  const typed = nodes.map((node) => readTyped(node, scope, depth + 1));
  const operands = typed.filter((operand) => operand !== undefined);
  if (operands.length < nodes.length) return undefined;
  const expressions = operands.map((operand) => operand.expression);
  if (name === 'if') {
    const type = checkIf(operands, nodes, scope);
    return type === undefined ? undefined : { type, expression: { kind: 'if', operands: expressions } };
  }
  if (name === 'and' || name === 'or') {
    if (!allAre('flag', name, operands, nodes, scope)) return undefined;
    return { type: 'flag', expression: { kind: name, operands: expressions } };
  }
  if (comparisons.includes(name) && !checkComparison(name, operands, nodes, scope)) return undefined;
  if ([...orderings, ...sums].includes(name)) {
    if (!allAre('number', name, operands, nodes, scope)) return undefined;
    for (const operand of operands) demandNumber(operand, scope);
  }
  return {
    type: standardOperators[name].gives,
    expression: { kind: 'call', operator: name, operands: expressions },
  };
}

const operandCount: Readonly<Record<string, readonly [number, number]>> = {
  '!': [1, 1],
  '!!': [1, 1],
  '==': [2, 2],
  '===': [2, 2],
  '!=': [2, 2],
  '!==': [2, 2],
  '<': [2, 3],
  '<=': [2, 3],
  '>': [2, 2],
  '>=': [2, 2],
  in: [2, 2],
  if: [3, Number.POSITIVE_INFINITY],
  '-': [1, 2],
  '/': [2, 2],
  '%': [2, 2],
};

function readEach(
  name: 'some' | 'all' | 'none',
  at: number,
  nodes: readonly JsonNode[],
  scope: ReadingScope,
  depth: number,
): Typed | undefined {
  const [listNode, body, ...rest] = nodes;
  if (listNode === undefined || body === undefined || rest.length > 0) {
    scope.complain(
      at,
      `"${name}" takes ${standardOperators[name].takes}`,
      `for example ${JSON.stringify(standardOperators[name].example)}`,
    );
    return undefined;
  }
  const list = readTyped(listNode, scope, depth + 1);
  if (list === undefined || !checkElementCondition(body, scope.complain, depth + 1)) return undefined;
  if (list.type !== 'list' && list.type !== 'any') {
    scope.complain(
      listNode.at,
      `"${name}" takes a list first, but has ${aType(list.type)}`,
      'give it a property that is a list',
    );
    return undefined;
  }
  if (list.expression.kind === 'leaf') demandList(list.expression.index, scope);
  return {
    type: 'flag',
    expression: { kind: 'each', operator: name, list: list.expression, body: plainValue(body) },
  };
}

function count(operands: number): string {
  return operands === 0 ? 'none' : `${operands}`;
}
