/** One at a time, among processes: for what several labs make together, such as images. */

import { createServer, type Server } from 'node:net';
import { until } from './until.ts';

/**
 * Does the work while this process alone holds the lock of that name. The lock is an address that only one process can
 * listen on, in no file system: it goes with its holder, however that ends.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const held = await until(`the lock ${name} is free`, () => take(name), { withinMs: 600_000, everyMs: 200 });
  try {
    return await work();
  } finally {
    held.close();
  }
}

function take(name: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(undefined));
    server.listen(`\0msa-lab-${name}`, () => resolve(server));
  });
}
