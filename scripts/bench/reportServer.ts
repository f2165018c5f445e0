/**
 * Started by the benchmark `report`, as `bare` or as `front`: a listener on one core; tells its port to its parent, and
 * after each `cpu` how much processor time it has used, in microseconds.
 */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../agent/clock.ts';
import { createFrontListener } from '../../agent/report/frontListener.ts';
import { picture, service, verdict } from '../../test/report/picture.ts';

const names = Array.from({ length: 1000 }, (_, index) => `service-${index}`);
const services = names.map((name) => service(name));
const verdicts = names.map((name) => verdict(name));
/** As a tick does it: a new object each time, its parts the old ones. */
const build = () => picture({ services, verdicts });

async function listenFront(): Promise<number> {
  let current = build();
  setInterval(() => {
    current = build();
  }, 250);
  const quiet = () => {};
  const front = await createFrontListener({
    host: '127.0.0.1',
    port: 0,
    picture: () => current,
    explain: (_decision, name) => ({ tree: { name }, text: name }),
    clock: systemClock,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  return front.port;
}

/** The least that answers the same body. */
function listenBare(): Promise<number> {
  const body = `${JSON.stringify({ service: 'service-7', region: 'east', report: 'up', state: 'up', message: '2 of 2 instances healthy', since: '2023-11-14T22:12:20.000Z' })}\n`;
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(portOf(server.address())));
  });
}

function portOf(address: AddressInfo | string | null): number {
  return address === null || typeof address === 'string' ? 0 : address.port;
}

const port = await (process.argv[2] === 'bare' ? listenBare() : listenFront());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system });
});
process.on('disconnect', () => process.exit());
process.send?.({ port });
