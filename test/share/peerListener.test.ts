/** The peers' port: what it serves, and within which limits. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createFeed } from '../../agent/share/feed.ts';
import { createPeerClient } from '../../agent/share/peerClient.ts';
import { createPeerListener } from '../../agent/share/peerListener.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import { createFakeClock } from '../fakeClock.ts';
import { certificate } from './certificate.ts';
import { ask, bearer, createSubject } from './listener.ts';
import { keyring, memoryLog, until } from './region.ts';

// ---------------------------------------------------------------- feeds

test('a peer gets the whole set first, then what changed, with the protocol’s version', async () => {
  await using subject = await createSubject();
  subject.node.set('agent', { node: 'n2' });
  const first = await subject.get('/v1/feeds/node');
  assert.equal(first.status, 200);
  assert.deepEqual(first.body, {
    protocol: 1,
    epoch: 'life',
    seq: 1,
    full: true,
    docs: { agent: { node: 'n2' } },
  });
  subject.node.set('instance/1', { n: 1 });
  const second = await subject.get('/v1/feeds/node?after=life.1&wait=1000');
  assert.deepEqual(second.body, {
    protocol: 1,
    epoch: 'life',
    seq: 2,
    full: false,
    docs: { 'instance/1': { n: 1 } },
  });
});

test('an answer says nothing of the server, and is not to be kept', async () => {
  await using subject = await createSubject();
  const { headers } = await subject.get('/v1/feeds/node');
  assert.equal(headers['x-powered-by'], undefined);
  assert.equal(headers.etag, undefined);
  assert.equal(headers['cache-control'], 'no-store');
});

test('without news the answer waits as long as asked, then comes empty: the heartbeat', async () => {
  await using subject = await createSubject();
  const answer = subject.get('/v1/feeds/node?after=life.0&wait=1000');
  let answered = false;
  void answer.then(() => {
    answered = true;
  });
  await until(subject.clock, () => subject.clock.pending === 1, 'the wait begins', 0);
  await subject.clock.advance(999);
  assert.equal(answered, false);
  await subject.clock.advance(1);
  assert.deepEqual((await answer).body, { protocol: 1, epoch: 'life', seq: 0, full: false, docs: {} });
});

test('news answers a waiting peer at once, whatever time is left', async () => {
  await using subject = await createSubject();
  const answer = subject.get('/v1/feeds/region?after=life.0&wait=30000');
  await until(subject.clock, () => subject.clock.pending === 1, 'the wait begins', 0);
  subject.region.set('decision', { n: 1 });
  assert.deepEqual((await answer).body, {
    protocol: 1,
    epoch: 'life',
    seq: 1,
    full: false,
    docs: { decision: { n: 1 } },
  });
  assert.equal(subject.clock.pending, 0);
});

test('a peer that goes away while it waits leaves nothing behind', async () => {
  await using subject = await createSubject();
  const socket = connect(subject.port, '127.0.0.1');
  socket.write(
    `GET /v1/feeds/node?after=life.0&wait=30000 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${subject.tokens.sign('east')}\r\n\r\n`,
  );
  await until(subject.clock, () => subject.clock.pending === 1, 'the wait begins', 0);
  socket.destroy();
  await until(subject.clock, () => subject.clock.pending === 0, 'the wait is over', 0);
});

test('a wait longer than is granted is cut short', async () => {
  await using subject = await createSubject({ limits: { longestWaitMs: 50 } });
  const answer = subject.get('/v1/feeds/node?after=life.0&wait=999999999');
  await until(subject.clock, () => subject.clock.pending === 1, 'the wait begins', 0);
  await subject.clock.advance(50);
  assert.equal((await answer).status, 200);
});

test('over TLS a peer is served whose authorities know the certificate', async () => {
  const clock = createFakeClock();
  const keys = keyring();
  const feed = createFeed({ epoch: 'life' });
  await using listener = await createPeerListener({
    host: '127.0.0.1',
    port: 0,
    region: 'east',
    feeds: { node: feed },
    keyring: keys,
    clock,
    log: memoryLog(),
    tls: certificate,
  });
  const token = createTokens({ region: 'east', node: 'n1', keyring: keys, clock, uniqueId: () => 'id' }).sign(
    'east',
  );
  const url = `https://127.0.0.1:${listener.port}/v1/feeds/node`;
  using knowing = createPeerClient({ tls: { authorities: certificate.cert } });
  assert.equal((await knowing.ask(url, token, new AbortController().signal)).ok, true);
  using unknowing = createPeerClient();
  assert.equal((await unknowing.ask(url, token, new AbortController().signal)).ok, false);
});

// ---------------------------------------------------------------- limits

test('a query that is not understood is a 400, an unreadable cursor gets the whole set', async () => {
  await using subject = await createSubject();
  for (const query of ['wait=soon', 'wait=-1', 'wait=1&wait=2', 'wait=1e9']) {
    assert.equal((await subject.get(`/v1/feeds/node?${query}`)).status, 400, query);
  }
  const { body } = await subject.get('/v1/feeds/node?after=nonsense');
  assert.equal(JSON.parse(JSON.stringify(body)).full, true);
});

test('other paths and methods are a 404, and even that only with a token', async () => {
  await using subject = await createSubject();
  assert.equal((await subject.get('/v1/feeds/export')).status, 404);
  assert.equal((await subject.get('/v1/feeds/node', undefined, { method: 'DELETE' })).status, 404);
  assert.equal((await subject.get('/', {})).status, 401);
});

test('no body is taken', async () => {
  await using subject = await createSubject();
  const headers = bearer(subject.tokens.sign('east'));
  const said = await ask({ port: subject.port, path: '/v1/feeds/node', method: 'POST', headers }, 'a body');
  assert.equal(said.status, 413);
  assert.equal(said.headers.connection, 'close');
});

test('a thousand slow connections keep no peer from its answer, and are closed', async () => {
  await using subject = await createSubject({ limits: { headersMs: 300 } });
  const closings: Promise<unknown>[] = [];
  for (let n = 0; n < 1_000; n += 1) {
    const socket = connect(subject.port, '127.0.0.1');
    socket.on('error', () => {});
    // Read, or the end of it would never be noticed.
    socket.resume();
    closings.push(once(socket, 'close'));
    // Half of them send nothing at all, half a header that never ends.
    if (n % 2 === 0) socket.write('GET /v1/feeds/node HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  }
  subject.node.set('agent', { node: 'n2' });
  assert.equal((await subject.get('/v1/feeds/node')).status, 200);
  await Promise.all(closings);
});

test('a port that is taken refuses to start with the system’s own error', async () => {
  await using subject = await createSubject();
  const again = createPeerListener({
    host: '127.0.0.1',
    port: subject.port,
    region: 'east',
    feeds: {},
    keyring: keyring(),
    clock: subject.clock,
    log: subject.log,
  });
  await assert.rejects(again, { code: 'EADDRINUSE' });
});
