/** What happens on a small disk of its own; run by disk.test.ts in a mount namespace, and fails with its exit code. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, type Store } from '../../agent/store/store.ts';
import { createFakeClock } from '../fakeClock.ts';
import { docs } from './folder.ts';

const [, , scene, folder = ''] = process.argv;
const clock = createFakeClock();
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder]);
await (scene === 'full' ? fullDisk() : readOnlyDisk());
await using restarted = openStore({ folder, clock });
assert.deepEqual(restarted.load()?.docs.get('one'), { n: 9 });

async function fullDisk(): Promise<void> {
  await using store = openStore({ folder, clock });
  store.save(docs({ one: { n: 1 } }));
  await clock.advance(0);
  assert.deepEqual(codes(store), []);
  const filler = fill();
  await saveOften(store);
  assert.deepEqual(codes(store), ['store-full']);
  rmSync(filler);
  await clock.advance(5_000);
  assert.deepEqual(codes(store), []);
}

async function readOnlyDisk(): Promise<void> {
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  await using store = openStore({ folder, clock });
  await saveOften(store);
  assert.deepEqual(codes(store), ['store-denied']);
  execFileSync('mount', ['-o', 'remount,rw', folder]);
  await clock.advance(5_000);
  assert.deepEqual(codes(store), []);
}

async function saveOften(store: Store): Promise<void> {
  for (let n = 2; n < 10; n++) {
    store.save(docs({ one: { n }, large: { n, text: 'x'.repeat(20_000) } }));
    await clock.advance(5_000);
  }
}

function codes(store: Store): readonly string[] {
  return store.problems().map(({ code }) => code);
}

/** Leaves no space; gives the file that takes it. */
function fill(): string {
  const filler = join(folder, 'filler');
  const handle = openSync(filler, 'w');
  try {
    for (;;) writeSync(handle, Buffer.alloc(1_024));
  } catch {
    // No space is left, as it should be.
  }
  closeSync(handle);
  return filler;
}
