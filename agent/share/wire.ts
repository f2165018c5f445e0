/** What travels between a feed and its followers, and how it is read: outside data enters here as `unknown`. */

import { z } from 'zod';

/** Version of the peers' protocol: goes up when an older agent could misread an answer. */
export const PROTOCOL = 1;

/** How far a follower has read: change `seq` of the feed's life `epoch`. On the wire `<epoch>.<seq>`. */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
}

/** What changed: a document by key, or null where it was deleted. `full`: these are all documents there are. */
export interface Delta {
  readonly epoch: string;
  readonly seq: number;
  readonly full: boolean;
  readonly docs: Readonly<Record<string, object | null>>;
}

/** An answer as it came in: its documents are objects, but nobody looked into them yet. */
export interface Answer {
  readonly protocol: number;
  readonly epoch: string;
  readonly seq: number;
  readonly full: boolean;
  readonly docs: ReadonlyMap<string, object | null>;
}

export function writeCursor(cursor: Cursor): string {
  return `${cursor.epoch}.${cursor.seq}`;
}

/** Undefined where it is no cursor. */
export function readCursor(text: string): Cursor | undefined {
  const match = /^([A-Za-z0-9-]{1,64})\.(\d{1,15})$/.exec(text);
  return match?.[1] === undefined ? undefined : { epoch: match[1], seq: Number(match[2]) };
}

const answerShape = z.object({
  protocol: z.int().min(1),
  epoch: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  seq: z.int().min(0),
  full: z.boolean(),
  docs: z.custom<Record<string, object | null>>(
    (docs) => isObject(docs) && Object.values(docs).every((doc) => doc === null || isObject(doc)),
  ),
});

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads an answer's envelope. Undefined: it is none. */
export function readAnswer(body: unknown): Answer | undefined {
  const parsed = answerShape.safeParse(body);
  if (!parsed.success) return undefined;
  return { ...parsed.data, docs: new Map(Object.entries(parsed.data.docs)) };
}
