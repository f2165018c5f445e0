/**
 * The one file on disk: SQLite in WAL mode, so that a crash at any instant leaves the last whole write.
 *
 * `synchronous=normal`: a loss of power may take the last seconds, which peers know as well. What must never be lost once it
 * is written wants a connection of its own, with `synchronous=full`.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Failure, failureOf } from './failure.ts';

/** What was last written. */
export interface Stored {
  readonly docs: ReadonlyMap<string, object>;
  /** When these were last known to be current: Unix time in milliseconds, by this node's clock as it was then. */
  readonly savedAtMs: number;
}

/** What is written all at once, or not at all. */
export interface Change {
  /** First forget all that is there. */
  readonly whole: boolean;
  /** By key; undefined: delete it. */
  readonly docs: ReadonlyMap<string, object | undefined>;
  readonly savedAtMs: number;
}

export interface Database extends Disposable {
  /** Undefined: it is written. Else why nothing was; after that there is nothing to do but to dispose this, and open again. */
  write(change: Change): Failure | undefined;
}

export type Opened =
  /** `stored` is undefined where nothing was ever written. */
  | { readonly ok: true; readonly database: Database; readonly stored: Stored | undefined }
  | { readonly ok: false; readonly failure: Failure };

export const FILE = 'msa.sqlite';

/** A file of a higher version was written by a newer agent: it is left as it is. */
const VERSION = 1;

const TABLES = `
  CREATE TABLE doc (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE saved (only INTEGER PRIMARY KEY CHECK (only = 1), atMs INTEGER NOT NULL) STRICT;
  PRAGMA user_version = ${VERSION};`;

/** Opens the file in that folder; makes both where they are missing. */
export function openDatabase(folder: string): Opened {
  const connection = connect(folder);
  if ('failure' in connection) return { ok: false, failure: connection.failure };
  const { sqlite } = connection;
  try {
    const version = Number(onlyValue(sqlite, 'PRAGMA user_version'));
    if (version > VERSION) {
      sqlite.close();
      const detail = `it has version ${version}, this agent reads ${VERSION}`;
      return { ok: false, failure: { kind: 'newer', detail } };
    }
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    if (version === 0) sqlite.exec(`BEGIN; ${TABLES} COMMIT`);
    const fault = onlyValue(sqlite, 'PRAGMA quick_check(1)');
    if (fault !== 'ok') {
      sqlite.close();
      return { ok: false, failure: { kind: 'broken', detail: String(fault) } };
    }
    return { ok: true, stored: readStored(sqlite), database: databaseOf(sqlite) };
  } catch (error) {
    sqlite.close();
    return { ok: false, failure: failureOf(error) };
  }
}

function connect(folder: string): { readonly sqlite: DatabaseSync } | { readonly failure: Failure } {
  try {
    mkdirSync(folder, { recursive: true });
    return { sqlite: new DatabaseSync(join(folder, FILE)) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function databaseOf(sqlite: DatabaseSync): Database {
  const put = sqlite.prepare('INSERT OR REPLACE INTO doc (key, json) VALUES (?, ?)');
  const drop = sqlite.prepare('DELETE FROM doc WHERE key = ?');
  const stamp = sqlite.prepare('INSERT OR REPLACE INTO saved (only, atMs) VALUES (1, ?)');

  function writeAll({ whole, docs, savedAtMs }: Change): void {
    sqlite.exec('BEGIN IMMEDIATE');
    if (whole) sqlite.exec('DELETE FROM doc');
    for (const [key, doc] of docs) {
      if (doc === undefined) drop.run(key);
      else put.run(key, JSON.stringify(doc));
    }
    stamp.run(Math.round(savedAtMs));
    sqlite.exec('COMMIT');
  }

  return {
    write(change) {
      try {
        writeAll(change);
        return undefined;
      } catch (error) {
        return failureOf(error);
      }
    },
    [Symbol.dispose]: () => sqlite.close(),
  };
}

function readStored(sqlite: DatabaseSync): Stored | undefined {
  const savedAtMs = onlyValue(sqlite, 'SELECT atMs FROM saved');
  if (typeof savedAtMs !== 'number') return undefined;
  const docs = new Map<string, object>();
  for (const { key, json } of sqlite.prepare('SELECT key, json FROM doc').iterate()) {
    const doc: unknown = JSON.parse(String(json));
    if (typeof doc === 'object' && doc !== null) docs.set(String(key), doc);
  }
  return { docs, savedAtMs };
}

/** The one value of the one row; undefined where there is no row. */
function onlyValue(sqlite: DatabaseSync, sql: string): unknown {
  return Object.values(sqlite.prepare(sql).get() ?? {})[0];
}
