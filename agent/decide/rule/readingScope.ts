/** What reading a condition carries along: where to complain, the facts met so far, and the names that are known. */

import type { Json } from '../../model.ts';
import { nearest } from '../../nearest.ts';
import type { FactRef } from '../catalogue.ts';
import type { Expression, Leaf } from './condition.ts';
import type { FactTable } from './factTable.ts';
import type { ValueType } from './operators.ts';

/** Tells of something wrong at an offset of the file. */
export type Complain = (at: number, message: string, hint: string) => void;

/** The services and regions there are, where the reader of rules knows; a name that is not among them is a mistake. */
export interface KnownNames {
  readonly services?: readonly string[];
  readonly regions?: readonly string[];
}

export interface ReadingScope {
  readonly complain: Complain;
  readonly facts: FactTable;
  readonly leaves: Leaf[];
  readonly known: KnownNames;
}

/** A part of a condition: what it will give, and how. */
export interface Typed {
  readonly type: ValueType;
  readonly expression: Expression;
  /** The fact that it is, where it is one and nothing more. */
  readonly fact?: FactRef;
}

/** Adds a fact to what the condition reads, and gives the place where its value will stand. */
export function leafOf(scope: ReadingScope, fact: FactRef, see: Leaf['see']): Expression {
  scope.leaves.push({ fact: scope.facts.indexOf(fact), see });
  return { kind: 'leaf', index: scope.leaves.length - 1 };
}

/** Complains of a service or region that does not exist, where the reader of the rules knows which do. */
export function checkKnown(
  id: { readonly region?: string; readonly service?: string },
  at: number,
  { complain, known }: Pick<ReadingScope, 'complain' | 'known'>,
): boolean {
  const { regions, services } = known;
  if (id.region !== undefined && id.region !== '*' && regions !== undefined && !regions.includes(id.region)) {
    const near = turned(id, known) ?? nearest(id.region, regions);
    complain(
      at,
      `unknown region "${id.region}"`,
      near === undefined ? listed('regions', regions) : `did you mean "${near}"?`,
    );
    return false;
  }
  if (id.service !== undefined && services !== undefined && !services.includes(id.service)) {
    const near = turned(id, known) ?? nearest(id.service, services);
    complain(
      at,
      `unknown service "${id.service}"`,
      near === undefined ? listed('services', services) : `did you mean "${near}"?`,
    );
    return false;
  }
  return true;
}

/** `db.west`, `west.db` and `db/west` as rules write them, where there are such a service and such a region. */
function turned(
  { region, service }: { readonly region?: string; readonly service?: string },
  { regions, services }: KnownNames,
): string | undefined {
  const words = [region, service].flatMap((word) => word?.split('.') ?? []);
  const [one = '', other = ''] = words;
  if (words.length !== 2 || regions === undefined || services === undefined) return undefined;
  if (regions.includes(one) && services.includes(other)) return `${one}/${other}`;
  return regions.includes(other) && services.includes(one) ? `${other}/${one}` : undefined;
}

function listed(what: string, names: readonly string[]): string {
  return `there are the ${what} ${names.slice(0, 10).join(', ')}${names.length > 10 ? ' …' : ''}`;
}

/** `"up", "down" or "drain"`; undefined where there are no words. */
export function either(words: readonly string[] = []): string | undefined {
  const quoted = words.map((word) => `"${word}"`);
  const last = quoted.at(-1);
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(', ')} or ${last}`;
}

export function scalarType(value: Json): ValueType {
  switch (typeof value) {
    case 'boolean':
      return 'flag';
    case 'number':
      return 'number';
    case 'string':
      return 'text';
    default:
      return 'any';
  }
}

const typeWords = {
  flag: 'true or false',
  number: 'a number',
  text: 'a text',
  list: 'a list',
  any: 'a value of no certain type',
} as const;

export function aType(type: ValueType): string {
  return typeWords[type];
}
