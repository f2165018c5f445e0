/**
 * The demo application: one program in three roles. `wfe` calls `app`, `app` calls `db`. Each role has a health answer
 * that tells of itself alone (what it depends on is MSA's business), and switches to make it sick, slow or lying.
 *
 *     GET  /health   how this task is; `db` also says its properties
 *     GET  /chain    what came of calling the next one, and so on, as JSON
 *     GET  /         the same as a page
 *     POST /switch   {"sick":true} {"slowMs":5000} {"lie":true} {"write":false}; {} asks for them
 *
 * `demo.ts switch '{"sick":true}'` sends that to the task it runs in.
 */

import http from 'node:http';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type Call, page } from './page.ts';

interface Switches {
  /** Its health answer says 503, and it does no work. */
  readonly sick: boolean;
  /** Every answer waits that long. */
  readonly slowMs: number;
  /** Its health answer says that all is well, whatever is. */
  readonly lie: boolean;
  /** May `db` write? */
  readonly write: boolean;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const role = process.env.DEMO_ROLE ?? 'wfe';
const next = process.env.DEMO_CALLS;
const port = 8080;
let switches: Switches = { sick: false, slowMs: 0, lie: false, write: true };

const [verb, wanted] = process.argv.slice(2);
if (verb === 'switch') await sendSwitch(wanted ?? '{}');
else serve();

function serve(): void {
  const server = http.createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      const html = typeof body === 'string';
      response.writeHead(status, { 'content-type': html ? 'text/html; charset=utf-8' : 'application/json' });
      response.end(html ? body : `${JSON.stringify(body)}\n`);
    });
  });
  server.listen(port);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit());
}

async function answer(request: http.IncomingMessage): Promise<Reply> {
  const path = `${request.method} ${request.url}`;
  if (path === 'POST /switch') return turn(await read(request));
  await pause(switches.slowMs);
  switch (path) {
    case 'GET /health':
      return health();
    case 'GET /chain':
      return chain().then((calls) => ({
        status: calls.every(({ works }) => works) ? 200 : 502,
        body: calls,
      }));
    case 'GET /':
      return chain().then((calls) => ({ status: 200, body: page(calls) }));
    default:
      return { status: 404, body: { error: 'there is /, /health, /chain and POST /switch' } };
  }
}

function health(): Reply {
  if (switches.sick && !switches.lie) return { status: 503, body: { status: `${role} is sick` } };
  return { status: 200, body: role === 'db' ? (switches.write ? ['write'] : []) : { status: 'well' } };
}

/** This task's own word, then those of whom it calls. */
async function chain(): Promise<readonly Call[]> {
  const started = performance.now();
  const further = next === undefined || switches.sick ? [] : await callNext(next);
  const works = !switches.sick;
  const says = works ? (role === 'db' && !switches.write ? 'works, but only reads' : 'works') : 'is sick';
  return [{ role, host: hostname(), works, tookMs: performance.now() - started, says }, ...further];
}

async function callNext(address: string): Promise<readonly Call[]> {
  try {
    const response = await fetch(`${address}/chain`, { signal: AbortSignal.timeout(2000) });
    const calls: readonly Call[] = JSON.parse(await response.text());
    return calls;
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return [{ role: new URL(address).hostname, host: '?', works: false, tookMs: 0, says }];
  }
}

function turn(text: string): Reply {
  try {
    const change: Partial<Switches> = JSON.parse(text);
    switches = { ...switches, ...change };
    return { status: 200, body: switches };
  } catch {
    return { status: 400, body: { error: 'send JSON, such as {"sick":true}' } };
  }
}

async function read(request: http.IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text;
}

async function sendSwitch(body: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/switch`, { method: 'POST', body });
  console.log(`${role} on ${hostname()}: ${(await response.text()).trim()}`);
}
