/** What benchmarks do with the processes that they measure. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Its next message; undefined where it ends instead. */
export async function message(child: ChildProcess): Promise<unknown> {
  const [said] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])]);
  return said;
}

/** Ends it, where it has not ended, and waits until it has. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
