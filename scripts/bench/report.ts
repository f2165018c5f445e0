/**
 * What an answer of the front listener costs, side by side with a bare node:http server that sends the same body. Each
 * server is a process of its own; rounds take turns, medians are compared. Requests are counted per second of the
 * server's own processor time, so neither the client nor the rest of the machine takes part in the ratio.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { BenchResult, BenchRow } from './benchResult.ts';

const rounds = 11;
const roundMs = 600;
const connections = 32;
const leastRatio = 0.85;
const mostBlockingMs = 150;

/** Takes about twenty seconds. */
export async function benchReport(): Promise<BenchResult> {
  await using front = await start('front');
  await using bare = await start('bare');
  const frontRates: number[] = [];
  const bareRates: number[] = [];
  for (const server of [front, bare]) await rateOf(server);
  for (let round = 0; round < rounds; round++) {
    frontRates.push(await rateOf(front));
    bareRates.push(await rateOf(bare));
  }
  const value = median(frontRates);
  const against = median(bareRates);
  const ratio = value / against;
  const rows: BenchRow[] = [
    {
      what: '/report/<service>, requests per second of one core',
      value,
      unit: '/s',
      against: { what: 'bare node:http', value: against },
      ratio,
      limit: `at least × ${leastRatio}`,
      ok: ratio >= leastRatio,
    },
  ];
  for (const path of ['/', '/metrics', '/api/v1/services']) rows.push(await blockingRow(front, path));
  return { name: 'report', rows };
}

/** How long an answer about a thousand services keeps the agent from doing anything else. */
async function blockingRow(server: Server, path: string): Promise<BenchRow> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = await server.cpuUs();
    const [response] = await once(get({ host: '127.0.0.1', port: server.port, path }), 'response');
    response.resume();
    await once(response, 'end');
    times.push(((await server.cpuUs()) - before) / 1000);
  }
  const value = median(times);
  const limit = `under ${mostBlockingMs}`;
  return { what: `${path} with 1,000 services`, value, unit: 'ms', limit, ok: value < mostBlockingMs };
}

interface Server extends AsyncDisposable {
  readonly port: number;
  /** Processor time used so far. */
  cpuUs(): Promise<number>;
}

async function start(kind: 'front' | 'bare'): Promise<Server> {
  const child = fork(join(import.meta.dirname, 'reportServer.ts'), [kind]);
  const port = await numberFrom(child, 'port');
  return {
    port,
    cpuUs() {
      child.send('cpu');
      return numberFrom(child, 'cpuUs');
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

async function numberFrom(child: ChildProcess, name: string): Promise<number> {
  const [message] = await once(child, 'message');
  const value: unknown = message[name];
  if (typeof value !== 'number') throw new Error(`the server under test said no ${name}`);
  return value;
}

/** Answers per second of the server's processor time, with some connections that each ask again at once. */
async function rateOf(server: Server): Promise<number> {
  const before = await server.cpuUs();
  const untilMs = performance.now() + roundMs;
  const counts = await Promise.all(Array.from({ length: connections }, () => askUntil(server.port, untilMs)));
  const usedUs = (await server.cpuUs()) - before;
  return counts.reduce((sum, count) => sum + count, 0) / (usedUs / 1e6);
}

/** One connection, over bare sockets: every answer has as many bytes as the first. */
function askUntil(port: number, untilMs: number): Promise<number> {
  const question = 'GET /report/service-7 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  return new Promise((resolve, reject) => {
    let answers = 0;
    let length = 0;
    let received = 0;
    const socket = connect(port, '127.0.0.1', () => socket.write(question));
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.on('data', (piece: Buffer) => {
      if (answers === 0 && !piece.subarray(0, 15).equals(Buffer.from('HTTP/1.1 200 OK'))) {
        reject(new Error(`the server under test answered ${piece.toString()}`));
      }
      if (length === 0) length = piece.length;
      received += piece.length;
      if (received < length) return;
      received = 0;
      answers++;
      if (performance.now() < untilMs) socket.write(question);
      else socket.end(() => resolve(answers));
    });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
