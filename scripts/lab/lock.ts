/** One at a time, among processes: for what several labs make together, such as images. */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isAlive } from './state.ts';
import { until } from './until.ts';

/** Does the work while this process alone holds the file. The lock of a process that is gone counts for nothing. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  await until(`the lock ${file} is free`, () => take(file), { withinMs: 600_000, everyMs: 200 });
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch {
    const holder = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
    if (Number.isInteger(holder) && !isAlive(holder)) await rm(file, { force: true });
    return false;
  }
}
