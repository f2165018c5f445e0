/** Reads documents that came from others: each is looked into once, and one of the wrong shape is left out and counted. */

import type { z } from 'zod';

export type Docs = ReadonlyMap<string, object>;

/** The document of that key, where there is one of that shape. */
export function readOne<T extends object>(
  docs: Docs,
  key: string,
  shape: z.ZodType<T>,
): { readonly found?: T; readonly unreadable: number } {
  const doc = docs.get(key);
  if (doc === undefined) return { unreadable: 0 };
  return fits(shape, doc) ? { found: doc, unreadable: 0 } : { unreadable: 1 };
}

/** The documents of that shape, by the rest of their keys. */
export function readAll<T extends object>(
  docs: Iterable<readonly [string, object]>,
  prefix: string,
  shape: z.ZodType<T>,
): { readonly found: ReadonlyMap<string, T>; readonly unreadable: number } {
  const found = new Map<string, T>();
  let unreadable = 0;
  for (const [key, doc] of docs) {
    if (!key.startsWith(prefix)) continue;
    if (fits(shape, doc)) found.set(key.slice(prefix.length), doc);
    else unreadable += 1;
  }
  return { found, unreadable };
}

/** Verdicts on documents: each is looked into once, since it never changes. */
const looked = new WeakMap<z.ZodType, WeakMap<object, boolean>>();

function fits<T extends object>(shape: z.ZodType<T>, doc: object): doc is T {
  const known = looked.get(shape) ?? new WeakMap<object, boolean>();
  looked.set(shape, known);
  const verdict = known.get(doc) ?? shape.safeParse(doc).success;
  known.set(doc, verdict);
  return verdict;
}
