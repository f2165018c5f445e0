/** Nobody who connects can stop the answers to others. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { settle } from '../fakeClock.ts';
import { type Listening, listen } from './listening.ts';
import { picture } from './picture.ts';

async function openMany(listening: Listening, count: number, text = ''): Promise<readonly Socket[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => listening.open()));
  for (const socket of sockets) {
    socket.on('error', () => {});
    if (text !== '') socket.write(text);
  }
  return sockets;
}

/** All that comes until the other side closes. */
async function rest(socket: Socket): Promise<string> {
  let text = '';
  for await (const piece of socket.setEncoding('utf8')) text += piece;
  return text;
}

test('a thousand slow connections do not stop the answers to others', async () => {
  await using listening = await listen(picture());
  const sockets = await openMany(listening, 1000, 'GET /report/wfe HTTP/1.1\r\nhost: a\r\nx-');
  for (let round = 0; round < 20; round++) {
    for (const socket of sockets.slice(0, 100)) socket.write('x');
    assert.equal((await listening.ask('/report/wfe')).status, 200);
    assert.equal((await listening.ask('/api/v1/status')).status, 200);
  }
  for (const socket of sockets) socket.destroy();
});

test('where the door is full, the oldest connection that never asked anything makes room', async () => {
  await using listening = await listen(picture(), { limits: { maxConnections: 50 } });
  const sockets = await openMany(listening, 50);
  const oldestIsClosed = once(sockets[0] ?? assert.fail(), 'close');
  assert.equal((await listening.ask('/report/wfe')).status, 200);
  await oldestIsClosed;
  assert.equal(sockets.filter(({ readyState }) => readyState === 'open').length, 49);
  for (const socket of sockets) socket.destroy();
});

test('connections that have asked something keep their place', async () => {
  await using listening = await listen(picture(), { limits: { maxConnections: 2 } });
  const sockets = await openMany(listening, 2, 'GET /live HTTP/1.1\r\nhost: a\r\n\r\n');
  await Promise.all(sockets.map((socket) => once(socket, 'data')));
  const [late] = await openMany(listening, 1, 'GET /live HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.equal(await rest(late ?? assert.fail()).catch(() => ''), '', 'the new one is turned away');
  for (const socket of sockets) assert.equal(socket.readyState, 'open');
  for (const socket of sockets) socket.destroy();
});

test('headers that do not come in time are answered with 408', async () => {
  const limits = { headersTimeoutMs: 40, requestTimeoutMs: 40, checkIntervalMs: 10 };
  await using listening = await listen(picture(), { limits });
  const socket = await listening.open();
  socket.write('GET /report/wfe HTTP/1.1\r\nhost: a\r\n');
  assert.match(await rest(socket), /^HTTP\/1\.1 408 .*came too slowly/s);
});

test('a reader that never reads is cut off', async () => {
  const limits = { idleMs: 50, maxEventStreams: 1 };
  await using listening = await listen(picture(), { limits });
  const socket = await listening.open();
  socket.write('GET /api/v1/events HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.match(await rest(socket), /event: hello/, 'the stream ends, for nothing moves on it');
});

test('too long a request gets 431, nonsense gets 400, both as JSON with a hint', async () => {
  await using listening = await listen(picture());
  for (const [text, expected] of [
    [`GET /report/${'a'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, /^HTTP\/1\.1 431 .*"hint"/s],
    [`GET /report/wfe HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 .*"hint"/s],
    ['\u0016\u0003\u0001 hello', /^HTTP\/1\.1 400 .*"hint"/s],
    [
      'GET /report/wfe HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
  ] as const) {
    const socket = await listening.open();
    socket.write(text);
    assert.match(await rest(socket), expected);
  }
});

test('an endless body is refused without being read', async () => {
  await using listening = await listen(picture());
  for (const path of ['/report/wfe', '/api/v1/services', '/']) {
    const socket = await listening.open();
    socket.on('error', () => {});
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    assert.match(await rest(socket), /^HTTP\/1\.1 413 .*has no body/s, path);
  }
});

test('closing the listener closes what is still open', async () => {
  const listening = await listen(picture());
  const sockets = await openMany(listening, 3, 'GET /api/v1/events HTTP/1.1\r\nhost: a\r\n\r\n');
  await Promise.all(sockets.map((socket) => once(socket, 'data')));
  const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
  await listening[Symbol.asyncDispose]();
  await closed;
  await settle();
  assert.equal(listening.clock.pending, 0);
});
