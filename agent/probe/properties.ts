/**
 * Reads the properties that a service says of itself out of its health answer. Pure.
 *
 * Always holds: properties are plain values, at most 100 of them, whatever the answer looks like.
 */

import type { Json, Properties } from '../model.ts';

const mostProperties = 100;

export type PropertiesRead =
  | { readonly ok: true; readonly properties: Properties }
  | { readonly ok: false; readonly detail: string };

/**
 * The body is JSON: an array of names (`["write"]` reads as `{ write: true }`) or an object, there or under the key
 * `properties`. Values that are objects or arrays themselves are left out: health answers often nest details.
 */
export function propertiesOf(body: string): PropertiesRead {
  const answer = parsed(body);
  if (answer === undefined) return wrong('the body is not JSON');
  const source = isObject(answer) && 'properties' in answer ? answer.properties : answer;
  if (Array.isArray(source)) return fromNames(source);
  if (isObject(source)) return bounded(Object.entries(source).filter(isPlain));
  return wrong('properties are to be an array of names, or an object');
}

function fromNames(names: readonly unknown[]): PropertiesRead {
  const entries: [string, Json][] = [];
  for (const name of names) {
    if (typeof name !== 'string') return wrong('properties in an array are to be names, in quotes');
    entries.push([name, true]);
  }
  return bounded(entries);
}

function bounded(entries: readonly (readonly [string, Json])[]): PropertiesRead {
  if (entries.length > mostProperties) return wrong(`more than ${mostProperties} properties`);
  return { ok: true, properties: Object.fromEntries(entries) };
}

function wrong(detail: string): PropertiesRead {
  return { ok: false, detail };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlain(entry: [string, unknown]): entry is [string, null | boolean | number | string] {
  return entry[1] === null || ['boolean', 'number', 'string'].includes(typeof entry[1]);
}
