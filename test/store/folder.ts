/** A folder of its own for a test, gone with it; and stores in it, on a clock that stands still. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../agent/store/store.ts';
import { createFakeClock, type FakeClock } from '../fakeClock.ts';

export interface Folder extends Disposable {
  readonly path: string;
  readonly file: string;
  readonly clock: FakeClock;
  open(): Store;
}

export function createFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'msa-store-'));
  const clock = createFakeClock();
  return {
    path,
    file: join(path, 'msa.sqlite'),
    clock,
    open: () => openStore({ folder: path, clock }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Documents as a feed has them. */
export function docs(record: Record<string, object>): ReadonlyMap<string, object> {
  return new Map(Object.entries(record));
}
