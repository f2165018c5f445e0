/**
 * Reads MSA's own operators. Their operands are plain names and numbers, so each becomes one fact and a way to see it, and
 * all that a rule reads is known before it is ever asked.
 */

import { parseDuration } from '../../duration.ts';
import type { Json } from '../../model.ts';
import {
  type FactRef,
  isRegionName,
  type Need,
  parseServiceId,
  type ServiceField,
  type ServiceId,
} from '../catalogue.ts';
import { parseWindow } from '../cron.ts';
import { equalJson } from '../equalJson.ts';
import type { Expression } from './condition.ts';
import { type JsonNode, plainValue } from './jsonText.ts';
import { type OwnName, ownOperators } from './operators.ts';
import { checkKnown, leafOf, type ReadingScope, type Typed } from './readingScope.ts';

type Reader = (operands: readonly JsonNode[], node: JsonNode, scope: ReadingScope) => Typed | undefined;

/** What the operator says; undefined where something is wrong, which has been told. */
export function readOwn(name: OwnName, node: JsonNode, scope: ReadingScope): Typed | undefined {
  return readers[name](node.kind === 'array' ? node.items : [node], node, scope);
}

const readers: Readonly<Record<OwnName, Reader>> = {
  up: (operands, node, scope) => readAll('up', 'state', operands, node, scope),
  reported: (operands, node, scope) => readAll('reported', 'report', operands, node, scope),
  has: readHas,
  property: readProperty,
  healthy: readHealthy,
  atMost: readAtMost,
  minViable: readMinViable,
  lost: readLost,
  changed: readChanged,
  during: readDuring,
};

/** Complains that the operands are not what the operator takes. */
function misused(name: OwnName, node: JsonNode, scope: ReadingScope): undefined {
  const { takes, example } = ownOperators[name];
  scope.complain(node.at, `"${name}" takes ${takes}`, `for example ${JSON.stringify(example)}`);
  return undefined;
}

function textOf(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

function numberOf(node: JsonNode | undefined): number | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'number' ? node.value : undefined;
}

/** A service's id; undefined where it is none or names what is not there, which has been told. */
function readId(
  name: OwnName,
  node: JsonNode | undefined,
  whole: JsonNode,
  scope: ReadingScope,
): ServiceId | undefined {
  const text = textOf(node);
  if (node === undefined || text === undefined) return misused(name, node ?? whole, scope);
  const id = parseServiceId(text);
  if (id === undefined) {
    scope.complain(
      node.at,
      `"${text}" names no service`,
      'write "db" for here, "west/db" for there, "*/db" for every region',
    );
    return undefined;
  }
  return checkKnown(id, node.at, scope) ? id : undefined;
}

function factOf(id: ServiceId, field: ServiceField, path: readonly string[] = []): FactRef {
  return { kind: 'service', ...id, field, path };
}

function readAll(
  name: 'up' | 'reported',
  field: 'state' | 'report',
  operands: readonly JsonNode[],
  node: JsonNode,
  scope: ReadingScope,
): Typed | undefined {
  if (operands.length === 0) return misused(name, node, scope);
  const leaves: Expression[] = [];
  for (const operand of operands) {
    const id = readId(name, operand, node, scope);
    if (id === undefined) return undefined;
    leaves.push(leafOf(scope, factOf(id, field), (value) => value === 'up'));
  }
  return { type: 'flag', expression: all(leaves) };
}

function all(expressions: readonly Expression[]): Expression {
  const [only, ...more] = expressions;
  return only !== undefined && more.length === 0 ? only : { kind: 'and', operands: expressions };
}

function readHas(operands: readonly JsonNode[], node: JsonNode, scope: ReadingScope): Typed | undefined {
  const [service, property, wanted, ...rest] = operands;
  const name = textOf(property);
  if (name === undefined || name === '' || rest.length > 0) return misused('has', node, scope);
  const id = readId('has', service, node, scope);
  if (id === undefined) return undefined;
  const value = wanted === undefined ? undefined : plainValue(wanted);
  const see = (seen: Json) =>
    value === undefined ? seen !== null && seen !== false : equalJson(seen, value);
  return { type: 'flag', expression: leafOf(scope, factOf(id, 'properties', [name]), see) };
}

function readProperty(operands: readonly JsonNode[], node: JsonNode, scope: ReadingScope): Typed | undefined {
  const [service, property, fallback, ...rest] = operands;
  const name = textOf(property);
  if (name === undefined || name === '' || rest.length > 0) return misused('property', node, scope);
  const id = readId('property', service, node, scope);
  if (id === undefined) return undefined;
  if (id.region === '*') {
    scope.complain(node.at, 'a property of "*" is one value for each region, not one', 'name one region');
    return undefined;
  }
  const value = fallback === undefined ? null : plainValue(fallback);
  const fact = factOf(id, 'properties', [name]);
  return { type: 'any', expression: leafOf(scope, fact, (seen) => seen ?? value) };
}

function readHealthy(operands: readonly JsonNode[], node: JsonNode, scope: ReadingScope): Typed | undefined {
  const [service, ...rest] = operands;
  if (rest.length > 0) return misused('healthy', node, scope);
  const id = readId('healthy', service, node, scope);
  if (id === undefined) return undefined;
  return { type: 'number', expression: leafOf(scope, factOf(id, 'healthy'), (value) => value) };
}

function readAtMost(operands: readonly JsonNode[], node: JsonNode, scope: ReadingScope): Typed | undefined {
  const named = node.kind === 'object' ? fieldsOf(node, ['service', 'regions']) : undefined;
  const [service, regions, ...rest] = named ?? operands;
  const most = numberOf(regions);
  if (most === undefined || !Number.isInteger(most) || most < 1 || rest.length > 0)
    return misused('atMost', node, scope);
  const id = readId('atMost', service, node, scope);
  if (id === undefined) return undefined;
  if (id.region !== undefined) {
    scope.complain(node.at, '"atMost" asks of this region', 'name the service without a region');
    return undefined;
  }
  const fact: FactRef = { kind: 'place', service: id.service, regions: most };
  return { type: 'flag', expression: leafOf(scope, fact, (value) => value) };
}

/** The values of these keys, in that order; undefined where the object has another key. */
function fieldsOf(
  node: JsonNode & { kind: 'object' },
  keys: readonly string[],
): readonly (JsonNode | undefined)[] | undefined {
  if (node.entries.some((entry) => !keys.includes(entry.key))) return undefined;
  return keys.map((key) => node.entries.find((entry) => entry.key === key)?.value);
}

function readMinViable(
  _operands: readonly JsonNode[],
  node: JsonNode,
  scope: ReadingScope,
): Typed | undefined {
  const fields = node.kind === 'object' ? fieldsOf(node, ['services', 'count', 'percent']) : undefined;
  const [servicesNode, count, percent] = fields ?? [];
  const need = readNeed(count, percent);
  const quoted = /^(\d+)\s*%?$/.exec(textOf(count ?? percent) ?? '')?.[1];
  if (quoted !== undefined) {
    const key = count === undefined ? 'percent' : 'count';
    scope.complain(
      (count ?? percent ?? node).at,
      `"${key}" of "minViable" is a text`,
      `write "${key}": ${quoted}`,
    );
    return undefined;
  }
  if (servicesNode === undefined || need === undefined) return misused('minViable', node, scope);
  const services = readServices(servicesNode, node, scope);
  if (services === undefined) return undefined;
  if (services !== '*' && need.kind === 'count' && need.count > services.length) {
    scope.complain(
      node.at,
      `"minViable" wants ${need.count} of ${services.length} services`,
      'lower the count',
    );
    return undefined;
  }
  return { type: 'flag', expression: leafOf(scope, { kind: 'viable', services, need }, (value) => value) };
}

function readNeed(count: JsonNode | undefined, percent: JsonNode | undefined): Need | undefined {
  const value = numberOf(count ?? percent);
  if (value === undefined || (count !== undefined && percent !== undefined) || value <= 0) return undefined;
  if (count !== undefined) return Number.isInteger(value) ? { kind: 'count', count: value } : undefined;
  return value <= 100 ? { kind: 'percent', percent: value } : undefined;
}

function readServices(
  list: JsonNode,
  node: JsonNode,
  scope: ReadingScope,
): readonly string[] | '*' | undefined {
  if (textOf(list) === '*') return '*';
  if (list.kind !== 'array' || list.items.length === 0) return misused('minViable', node, scope);
  const services: string[] = [];
  for (const item of list.items) {
    const id = readId('minViable', item, node, scope);
    if (id === undefined) return undefined;
    if (id.region !== undefined) {
      scope.complain(item.at, '"minViable" counts services of this region', 'name them without a region');
      return undefined;
    }
    services.push(id.service);
  }
  return services;
}

function readLost(operands: readonly JsonNode[], node: JsonNode, scope: ReadingScope): Typed | undefined {
  if (operands.length === 0) return misused('lost', node, scope);
  const leaves: Expression[] = [];
  for (const operand of operands) {
    const region = textOf(operand);
    if (region === undefined || !isRegionName(region)) return misused('lost', operand, scope);
    if (!checkKnown({ region }, operand.at, scope)) return undefined;
    leaves.push(leafOf(scope, { kind: 'freshness', region }, (value) => value === 'lost'));
  }
  return { type: 'flag', expression: all(leaves) };
}

function readChanged(operands: readonly JsonNode[], node: JsonNode, scope: ReadingScope): Typed | undefined {
  const [what, within, ...rest] = operands;
  const text = textOf(what);
  const withinMs = within === undefined ? 60_000 : parseDuration(textOf(within) ?? '');
  if (what === undefined || text === undefined || withinMs === undefined || withinMs <= 0 || rest.length > 0)
    return misused('changed', node, scope);
  const [, service = text, field = 'report'] = /^(.+)\.(state|report)$/.exec(text) ?? [];
  const id = parseServiceId(service);
  if (id === undefined || id.region !== undefined || (field !== 'state' && field !== 'report')) {
    scope.complain(
      what.at,
      `"changed" can't follow "${text}"`,
      'it follows services of this region: "db", "db.state", "db.report"',
    );
    return undefined;
  }
  if (!checkKnown(id, what.at, scope)) return undefined;
  const fact: FactRef = { kind: 'changed', service, field, withinMs };
  return { type: 'flag', expression: leafOf(scope, fact, (value) => value) };
}

function readDuring(operands: readonly JsonNode[], node: JsonNode, scope: ReadingScope): Typed | undefined {
  const [what, ...rest] = operands;
  const text = textOf(what);
  if (text === undefined || rest.length > 0) return misused('during', node, scope);
  const window = parseWindow(text);
  if (!window.ok) {
    scope.complain(node.at, window.message, window.hint);
    return undefined;
  }
  const fact: FactRef = { kind: 'during', ...window.value };
  return { type: 'flag', expression: leafOf(scope, fact, (value) => value) };
}
