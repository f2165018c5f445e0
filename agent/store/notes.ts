/** Which documents there are, and which of them are not on disk yet. */

import type { Change } from './database.ts';

interface Notes {
  /** These are all the documents, current at that instant. */
  take(docs: ReadonlyMap<string, object>, nowMs: number): void;
  /** What is to be written; undefined: nothing was ever taken. */
  unwritten(): Change | undefined;
  /** What was unwritten is on disk now. */
  noteWritten(): void;
  /** What is on disk is not known any more: all is to be written. */
  forgetWritten(): void;
}

export function createNotes(): Notes {
  const docs = new Map<string, object>();
  const changed = new Set<string>();
  let whole = true;
  let savedAtMs: number | undefined;
  return {
    take(next, nowMs) {
      for (const [key, doc] of next) {
        if (docs.get(key) === doc) continue;
        docs.set(key, doc);
        changed.add(key);
      }
      if (docs.size > next.size)
        for (const key of docs.keys()) if (!next.has(key) && docs.delete(key)) changed.add(key);
      savedAtMs = nowMs;
    },
    unwritten() {
      if (savedAtMs === undefined) return undefined;
      const keys = whole ? docs.keys() : changed;
      return { whole, docs: new Map(Array.from(keys, (key) => [key, docs.get(key)])), savedAtMs };
    },
    noteWritten() {
      whole = false;
      changed.clear();
    },
    forgetWritten() {
      whole = true;
    },
  };
}
