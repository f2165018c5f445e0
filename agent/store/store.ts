/**
 * What should outlive a restart, on disk: the documents of the region's feed as they last were.
 *
 * Only a help: whatever is wrong with the disk is a problem for people to see, and never more. Nothing here throws, and what
 * could not be written is tried again for as long as the agent runs.
 */

import type { Clock, Problem } from '../model.ts';
import { type Database, type Opened, openDatabase, type Stored } from './database.ts';
import type { Failure } from './failure.ts';
import { createNotes } from './notes.ts';
import { setAside } from './setAside.ts';
import { brokenProblem, failureProblem } from './storeProblems.ts';

export interface Store extends AsyncDisposable {
  /** What the file held when the agent started; undefined: nothing that can be read. */
  load(): Stored | undefined;
  /**
   * These are the documents, all of them, and they are current now. What differs is written within a second; a document
   * never changes, a new one takes its place. Writing what waits is the last thing before the end.
   */
  save(docs: ReadonlyMap<string, object>): void;
  /** Why nothing is stored, and what was wrong with the file; none: all is well. */
  problems(): readonly Problem[];
}

interface StoreDeps {
  /** Made where it is missing. */
  readonly folder: string;
  readonly clock: Clock;
}

/** Changes within this time are one write. */
const COALESCE_MS = 1_000;
const RETRY_MS = 5_000;

export function openStore({ folder, clock }: StoreDeps): Store {
  const notes = createNotes();
  let broken: Problem | undefined;
  let database: Database | undefined;
  let failure: Failure | undefined;
  let nextWriteAtMs = clock.now();
  let cancel: (() => void) | undefined;

  /** Whatever the file holds, from now on it is to hold what is saved. */
  function open(): Stored | undefined {
    const { opened, ...found } = openOrBegin(folder);
    broken = found.broken ?? broken;
    failure = opened.ok ? undefined : opened.failure;
    if (!opened.ok) return undefined;
    database = opened.database;
    notes.forgetWritten();
    return opened.stored;
  }

  function write(): void {
    cancel = undefined;
    if (database === undefined) open();
    const change = notes.unwritten();
    if (database !== undefined && change !== undefined) {
      failure = database.write(change);
      if (failure === undefined) notes.noteWritten();
      else close();
    }
    nextWriteAtMs = clock.now() + (failure === undefined ? COALESCE_MS : RETRY_MS);
    if (failure !== undefined) schedule();
  }

  function close(): void {
    database?.[Symbol.dispose]();
    database = undefined;
  }

  function schedule(): void {
    if (failure?.kind === 'newer') return;
    cancel ??= clock.after(Math.max(0, nextWriteAtMs - clock.now()), write);
  }

  const stored = open();
  return {
    load: () => stored,
    save(docs) {
      notes.take(docs, clock.now());
      schedule();
    },
    problems: () => [
      ...(broken === undefined ? [] : [broken]),
      ...(failure === undefined ? [] : [failureProblem(folder, failure)]),
    ],
    async [Symbol.asyncDispose]() {
      if (cancel !== undefined) {
        cancel();
        write();
      }
      cancel?.();
      close();
    },
  };
}

/** A broken file is set aside, and a new one begun. */
function openOrBegin(folder: string): { readonly opened: Opened; readonly broken?: Problem } {
  const opened = openDatabase(folder);
  if (opened.ok || opened.failure.kind !== 'broken') return { opened };
  const aside = setAside(folder);
  if ('failure' in aside) return { opened: { ok: false, failure: aside.failure } };
  return { opened: openDatabase(folder), broken: brokenProblem(folder, aside.name, opened.failure) };
}
