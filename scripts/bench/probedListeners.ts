/** Started by the benchmark `probes`: so many HTTP listeners in one process; tells their ports to its parent. */

import { once } from 'node:events';
import { createServer } from 'node:http';

const count = Number(process.argv[2]);
const body = JSON.stringify({ status: 'ok', properties: { write: true, version: 7 } });
const ports: number[] = [];
for (let index = 0; index < count; index += 1) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address !== null && typeof address === 'object') ports.push(address.port);
}
process.send?.(ports);
process.on('disconnect', () => process.exit());
