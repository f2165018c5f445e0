/** Gets a broken file out of the way, and keeps it for people to look into. */

import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FILE } from './database.ts';
import { type Failure, failureOf } from './failure.ts';

/** So many are kept; after that the newest takes the place of the one before it. */
const MOST_KEPT = 3;

/** What SQLite keeps beside a file belongs to it: a new file must not find it. */
const PARTS = ['', '-wal', '-shm'];

/** Gives the new name of the file, or why it can't be had. */
export function setAside(folder: string): { readonly name: string } | { readonly failure: Failure } {
  let number = 1;
  while (number < MOST_KEPT && existsSync(join(folder, `${FILE}.broken-${number}`))) number += 1;
  const name = `${FILE}.broken-${number}`;
  try {
    for (const part of PARTS) {
      const from = join(folder, FILE + part);
      const to = join(folder, name + part);
      rmSync(to, { force: true, recursive: true });
      if (existsSync(from)) renameSync(from, to);
    }
    return { name };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}
