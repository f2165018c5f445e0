/** A follower's copy of a feed's documents. Outside data: every answer is checked against how far was read before. */

import { isDeepStrictEqual } from 'node:util';
import type { Failure } from './peerClient.ts';
import { type Answer, type Cursor, PROTOCOL } from './wire.ts';

export interface Copy {
  /** As they came, not looked into. An unchanged document stays the same object. */
  readonly docs: ReadonlyMap<string, object>;
  /** How far was read; undefined: ask for the whole set. */
  readonly cursor: Cursor | undefined;
  /** Takes an answer over, or says what is wrong with it and asks for the whole set next. */
  take(answer: Answer): Taken;
}

export type Taken =
  | { readonly ok: true; readonly changed: boolean }
  | { readonly ok: false; readonly failure: Failure };

const LONGEST_KEY = 400;
/** Deeper ones would overflow the stack of whoever walks them. */
const DEEPEST_DOC = 64;

export function createCopy(mostDocs: number): Copy {
  const docs = new Map<string, object>();
  let cursor: Cursor | undefined;

  function apply(answer: Answer): boolean {
    let changed = false;
    if (answer.full) {
      for (const key of docs.keys()) if (!answer.docs.has(key)) changed = docs.delete(key) || changed;
    }
    for (const [key, doc] of answer.docs) {
      if (doc === null) changed = docs.delete(key) || changed;
      else if (!isDeepStrictEqual(docs.get(key), doc)) {
        docs.set(key, doc);
        changed = true;
      }
    }
    return changed;
  }

  return {
    docs,
    get cursor() {
      return cursor;
    },
    take(answer) {
      const size = (answer.full ? 0 : docs.size) + answer.docs.size;
      const fault = size > mostDocs ? `it has more than ${mostDocs} documents` : faultOf(answer, cursor);
      cursor = fault === undefined ? { epoch: answer.epoch, seq: answer.seq } : undefined;
      if (fault !== undefined) return { ok: false, failure: { code: 'nonsense', detail: fault } };
      return { ok: true, changed: apply(answer) };
    },
  };
}

function faultOf(answer: Answer, cursor: Cursor | undefined): string | undefined {
  if (answer.protocol > PROTOCOL) return `it speaks protocol ${answer.protocol}, this agent only ${PROTOCOL}`;
  const goesOn = answer.epoch === cursor?.epoch;
  if (!answer.full && !goesOn) return 'it tells changes of a set that it never told';
  if (goesOn && answer.seq < cursor.seq) return 'its numbers go back';
  if (!answer.full && answer.docs.size > 0 && answer.seq === cursor?.seq) return 'its numbers stand still';
  for (const [key, doc] of answer.docs) {
    if (key.length > LONGEST_KEY) return `a document's key is longer than ${LONGEST_KEY} characters`;
    if (isDeeper(doc, DEEPEST_DOC)) return `a document is nested deeper than ${DEEPEST_DOC}`;
  }
  return undefined;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}
