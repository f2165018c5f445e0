/**
 * A feed: keyed documents that others follow, getting only what changed.
 *
 * Change number `n` (1, 2, …) is the n-th entry of a log of keys, so what changed after a cursor is the tail of that log:
 * reading costs what changed, not what there is. The log is bounded; whoever asks for more than it remembers, or for
 * another epoch, gets the whole set. A published document never changes: a new one takes its place.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Cursor, Delta } from './wire.ts';

export interface Feed {
  readonly epoch: string;
  /** The number of the last change. */
  readonly seq: number;
  readonly docs: ReadonlyMap<string, object>;
  /** Publishes a document, plain JSON; the same content again changes nothing. */
  set(key: string, doc: object): void;
  delete(key: string): void;
  /** Makes the documents whose keys start with `prefix` exactly these; keys are given whole, prefix included. */
  replace(prefix: string, docs: ReadonlyMap<string, object>): void;
  /** What is newer than the cursor; the whole set without one. Undefined: nothing is newer. */
  read(after: Cursor | undefined): Delta | undefined;
  /** Calls back after changes, once for all that one run of code makes. Returns what takes the listener away. */
  listen(onChange: () => void): () => void;
}

interface FeedDeps {
  /** Names this life of the feed: never the same again after a restart. Letters, digits, `-`. */
  readonly epoch: string;
  /** How many changes are remembered at least. */
  readonly logLength?: number;
}

export function createFeed({ epoch, logLength = 1_000 }: FeedDeps): Feed {
  const docs = new Map<string, object>();
  const log = createLog();
  const wake = createWake();
  /** Followers at the same cursor share one delta, and with it one serialisation. */
  const deltas = new Map<number, Delta>();

  function changed(key: string): void {
    log.add(key, Math.max(logLength, docs.size));
    deltas.clear();
    wake.soon();
  }

  function set(key: string, doc: object): void {
    const before = docs.get(key);
    if (before === doc || isDeepStrictEqual(before, doc)) return;
    docs.set(key, doc);
    changed(key);
  }

  function remove(key: string): void {
    if (docs.delete(key)) changed(key);
  }

  function deltaOf(changedKeys: ReadonlySet<string> | undefined): Delta {
    const full = changedKeys === undefined || changedKeys.size > docs.size;
    // Not by assignment: a key may be `__proto__`.
    const entries = Array.from(full ? docs.keys() : changedKeys, (key): [string, object | null] => [
      key,
      docs.get(key) ?? null,
    ]);
    return { epoch, seq: log.seq, full, docs: Object.fromEntries(entries) };
  }

  return {
    epoch,
    get seq() {
      return log.seq;
    },
    docs,
    set,
    delete: remove,
    replace(prefix, next) {
      for (const key of [...docs.keys()]) if (key.startsWith(prefix) && !next.has(key)) remove(key);
      for (const [key, doc] of next) set(key, doc);
    },
    read(after) {
      if (after?.epoch === epoch && after.seq === log.seq) return undefined;
      const changedKeys = after?.epoch === epoch ? log.after(after.seq) : undefined;
      // Every cursor that gets the whole set has the same answer.
      const place = after === undefined || changedKeys === undefined ? -1 : after.seq;
      const delta = deltas.get(place) ?? deltaOf(changedKeys);
      if (deltas.size < MOST_DELTAS) deltas.set(place, delta);
      return delta;
    },
    listen: wake.listen,
  };
}

/** The keys that changed, in order. What is forgotten is forgotten from its beginning. */
function createLog() {
  /** `keys[i]` is what change `forgotten + i + 1` was about. */
  let keys: string[] = [];
  let forgotten = 0;
  return {
    get seq(): number {
      return forgotten + keys.length;
    },
    /** Remembers at least the last `enough` changes: more than twice as many would cost more than the whole set. */
    add(key: string, enough: number): void {
      keys.push(key);
      if (keys.length <= 2 * enough) return;
      forgotten += keys.length - enough;
      keys = keys.slice(-enough);
    },
    /** The keys that changed after that change; undefined where it is forgotten, or never was. */
    after(seq: number): ReadonlySet<string> | undefined {
      const known = seq >= forgotten && seq <= forgotten + keys.length;
      return known ? new Set(keys.slice(seq - forgotten)) : undefined;
    },
  };
}

/** Wakes listeners once for all changes of one run of code. */
function createWake() {
  const listeners = new Set<() => void>();
  let waking = false;
  return {
    soon(): void {
      if (waking) return;
      waking = true;
      queueMicrotask(() => {
        waking = false;
        for (const listener of [...listeners]) listener();
      });
    },
    listen(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Followers keep up, so they stand at a few cursors only; more than this many is not worth remembering. */
const MOST_DELTAS = 16;
