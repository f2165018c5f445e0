/** The image's health check, as the Dockerfile has it, against real listeners. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { selfSigned } from './probe/selfSigned.ts';
import { listen } from './report/listening.ts';
import { picture } from './report/picture.ts';

function check(port: number, environment: Record<string, string> = {}): Promise<boolean> {
  const text = readFileSync('Dockerfile', 'utf8').replaceAll('\\\n', '');
  const words: unknown = JSON.parse(/^HEALTHCHECK .*? CMD (\[.*\])$/m.exec(text)?.[1] ?? '');
  assert.ok(Array.isArray(words));
  const [command = '', ...rest] = words.map(String);
  const env = { PATH: process.env.PATH, MSA_PORT: `${port}`, ...environment };
  return new Promise((resolve) => execFile(command, rest, { env }, (error) => resolve(error === null)));
}

/** Takes connections and says nothing, as a stuck process would. */
async function stuck(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { port: address.port, [Symbol.asyncDispose]: async () => void server.close() };
}

test('an agent that lives is healthy, over HTTP and over HTTPS', async () => {
  await using plain = await listen(picture());
  assert.equal(await check(plain.front.port), true);
  await using secure = await listen(picture(), { tls: selfSigned });
  assert.equal(await check(secure.front.port, { MSA_TLS_FRONT: 'true' }), true);
});

test('an agent that is stuck, or gone, is not healthy', async () => {
  await using silent = await stuck();
  const secure = { MSA_TLS_FRONT: 'true' };
  const answers = await Promise.all([check(silent.port), check(silent.port, secure), check(1, secure)]);
  assert.deepEqual(answers, [false, false, false]);
});
