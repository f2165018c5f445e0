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
  const listeners = new Set<() => void>();
  /** `log[i]` is the key that change `forgotten + i + 1` was about. */
  let log: string[] = [];
  let forgotten = 0;
  let waking = false;
  /** Followers at the same cursor share one delta, and with it one serialisation. */
  const deltas = new Map<number, Delta>();

  const seq = (): number => forgotten + log.length;

  function changed(key: string): void {
    log.push(key);
    deltas.clear();
    // A log longer than twice the set costs more than the set: half of it is forgotten at a time.
    if (log.length > 2 * Math.max(logLength, docs.size)) {
      const kept = Math.max(logLength, docs.size);
      forgotten += log.length - kept;
      log = log.slice(-kept);
    }
    if (waking) return;
    waking = true;
    queueMicrotask(() => {
      waking = false;
      for (const listener of [...listeners]) listener();
    });
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

  function deltaAfter(after: Cursor | undefined): Delta {
    const known = after?.epoch === epoch && after.seq >= forgotten && after.seq <= seq();
    const tail = known ? new Set(log.slice(after.seq - forgotten)) : undefined;
    const full = tail === undefined || tail.size > docs.size;
    const keys = full ? docs.keys() : tail;
    // Not by assignment: a key may be `__proto__`.
    const entries = Array.from(keys, (key): [string, object | null] => [key, docs.get(key) ?? null]);
    return { epoch, seq: seq(), full, docs: Object.fromEntries(entries) };
  }

  return {
    epoch,
    get seq() {
      return seq();
    },
    docs,
    set,
    delete: remove,
    replace(prefix, next) {
      for (const key of [...docs.keys()]) if (key.startsWith(prefix) && !next.has(key)) remove(key);
      for (const [key, doc] of next) set(key, doc);
    },
    read(after) {
      if (after?.epoch === epoch && after.seq === seq()) return undefined;
      // Every cursor that gets the whole set has the same answer.
      const asked = after?.epoch === epoch && after.seq >= forgotten ? after.seq : -1;
      const delta = deltas.get(asked) ?? deltaAfter(after);
      if (deltas.size < MOST_DELTAS) deltas.set(asked, delta);
      return delta;
    },
    listen(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
  };
}

/** Followers keep up, so they stand at a few cursors only; more than this many is not worth remembering. */
const MOST_DELTAS = 16;
