/** The front listener over TLS. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:https';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { selfSigned } from '../probe/selfSigned.ts';
import { listen } from './listening.ts';
import { picture } from './picture.ts';

test('answers come over TLS, and a silent handshake makes room for others', async () => {
  await using listening = await listen(picture(), { tls: selfSigned, limits: { maxConnections: 2 } });
  const ask = async (): Promise<number> => {
    const { port } = listening.front;
    const options = {
      host: '127.0.0.1',
      port,
      path: '/report/wfe',
      rejectUnauthorized: false,
      agent: false,
    } as const;
    const [response] = await once(get(options), 'response');
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  };
  const silent = [await listening.open(), await listening.open()];
  for (const socket of silent) socket.on('error', () => {});
  const closed = once(silent[0] ?? assert.fail(), 'close');
  assert.equal(await ask(), 200);
  await closed;
  assert.equal(await ask(), 200);
  for (const socket of silent) socket.destroy();
});

test('a connection over TLS that has asked something keeps its place', async () => {
  await using listening = await listen(picture(), { tls: selfSigned, limits: { maxConnections: 1 } });
  const secure = connect({ port: listening.front.port, host: '127.0.0.1', rejectUnauthorized: false });
  secure.write('GET /live HTTP/1.1\r\nhost: a\r\n\r\n');
  await once(secure, 'data');
  const late = await listening.open();
  late.on('error', () => {});
  await once(late, 'close');
  assert.equal(secure.readyState, 'open');
  secure.destroy();
});

test('certificates can be replaced, but only where there are any', async () => {
  await using secure = await listen(picture(), { tls: selfSigned });
  assert.throws(() => secure.front.replaceCertificates({ key: 'no key', cert: 'no certificate' }));
  secure.front.replaceCertificates(selfSigned);
  await using plain = await listen(picture());
  assert.throws(() => plain.front.replaceCertificates(selfSigned), /without TLS/);
});

test('the listener ends at once, also while a handshake is under way', { timeout: 10_000 }, async () => {
  const limits = { headersTimeoutMs: 3_600_000, requestTimeoutMs: 3_600_000 };
  const listening = await listen(picture(), { tls: selfSigned, limits });
  const silent = await listening.open();
  silent.on('error', () => {});
  const secure = connect({ port: listening.front.port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(secure, 'secureConnect');
  const ended = [silent, secure].map((socket) => once(socket.resume(), 'close'));
  await listening.front[Symbol.asyncDispose]();
  await Promise.all(ended);
});
