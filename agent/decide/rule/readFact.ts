/** Reads the operators that name facts: `var` and `missing`. */

import { nearest } from '../../nearest.ts';
import {
  type FactRef,
  factName,
  factType,
  otherFacts,
  parseFactName,
  parseServiceId,
  serviceFields,
} from '../catalogue.ts';
import type { Expression } from './condition.ts';
import type { JsonNode } from './jsonText.ts';
import { checkKnown, leafOf, type ReadingScope, type Typed } from './readingScope.ts';

export function readVar(at: number, nodes: readonly JsonNode[], scope: ReadingScope): Typed | undefined {
  const [name, fallback, ...rest] = nodes;
  const fact = name === undefined ? undefined : readFactName(name, scope);
  if (fact === undefined) return undefined;
  if (rest.length > 0 || (fallback !== undefined && fallback.kind !== 'scalar')) {
    scope.complain(
      at,
      '"var" takes the name of a fact, and one plain value for where it is null',
      'remove the rest',
    );
    return undefined;
  }
  if (fallback === undefined)
    return { type: factType(fact).type, fact, expression: leafOf(scope, fact, (value) => value) };
  const { value } = fallback;
  return { type: factType(fact).type, expression: leafOf(scope, fact, (seen) => seen ?? value) };
}

function readFactName(node: JsonNode, scope: ReadingScope): FactRef | undefined {
  const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
  const fact = text === undefined ? undefined : parseFactName(text);
  if (fact === undefined) {
    scope.complain(
      node.at,
      text === undefined ? 'the name of a fact is not a plain text' : `unknown fact "${text}"`,
      (text === undefined ? undefined : hintOnFact(text)) ??
        'facts are named as in "db.state", "west/db.properties.write" or "region.name"; rules/README.md lists them',
    );
    return undefined;
  }
  if (fact.kind === 'service' && fact.region === '*') {
    scope.complain(
      node.at,
      `"${text}" is one fact for each region, not one value`,
      'name one region, or use "up" or "healthy" with "*"',
    );
    return undefined;
  }
  if (fact.kind === 'service' && !checkKnown(fact, node.at, scope)) return undefined;
  return fact;
}

/** `missing` as a list of the names that are null: each is a leaf of its own. */
export function readMissing(at: number, nodes: readonly JsonNode[], scope: ReadingScope): Typed | undefined {
  if (nodes.length === 0) {
    scope.complain(at, '"missing" names no fact', 'for example {"missing": ["db.properties.version"]}');
    return undefined;
  }
  const expressions: Expression[] = [];
  for (const node of nodes) {
    const fact = readFactName(node, scope);
    if (fact === undefined) return undefined;
    expressions.push(leafOf(scope, fact, (value) => (value === null ? [factName(fact)] : [])));
  }
  return { type: 'list', expression: { kind: 'call', operator: 'merge', operands: expressions } };
}

/** The fact that was most likely meant. */
function hintOnFact(text: string): string | undefined {
  const other = Object.keys(otherFacts).find((name) => name.startsWith(`${text}.`));
  if (other !== undefined) return `did you mean "${other}"?`;
  const [, service = '', field = ''] = /^(.+)[./]([^./]+)$/.exec(text) ?? [];
  const near = nearest(field, Object.keys(serviceFields));
  if (near !== undefined && parseServiceId(service) !== undefined)
    return `did you mean "${service}.${near}"?`;
  if (parseServiceId(text) === undefined) return undefined;
  if (!text.includes('.')) return `say what of it, as in "${text}.state" or "${text}.report"`;
  return `what ${service} says of itself is read as "${service}.properties.${field}"; rules/README.md lists the other facts`;
}
