/**
 * Places to listen that nobody else has: ports chosen by the kernel, on loopback addresses that no client connects from
 * (those have 127.0.0.1), so that a port stays free until the load balancer takes it.
 */

import { createServer } from 'node:net';

/** Where the load balancer that a test's visitors ask listens. */
export const front = '127.0.1.1';

/** That many different ports, all free at the same instant. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, front, () => resolve()));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a listener has no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
