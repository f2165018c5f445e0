import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { createDeliver } from '../../agent/act/deliver.ts';
import type { OutgoingRequest } from '../../agent/act/request.ts';
import { parseSigningKeys } from '../../agent/act/signature.ts';
import { createFakeClock } from '../fakeClock.ts';
import { createReceiver, type Received, until } from './receiver.ts';

const clock = createFakeClock(Date.now());
const never = new AbortController().signal;
const limit = { timeout: 20_000 };
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const nextSecret = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;

function request(url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return { id: 'msg_1', url, method: 'POST', headers: {}, body: '{"a":"ä"}', keys: [], ...more };
}

const send = (url: string, more: Partial<OutgoingRequest> = {}, deadlineMs = 10_000) =>
  createDeliver({ clock, deadlineMs })(request(url, more), never);

function verify(secretText: string, { body, headers }: Received): unknown {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  return new Webhook(secretText).verify(body, {
    'webhook-id': String(id),
    'webhook-timestamp': String(timestamp),
    'webhook-signature': String(signature),
  });
}

/** A listener that does with a connection what HTTP would not. */
async function onSocket(then: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => then(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return { url, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

describe('a webhook that is sent', limit, () => {
  it('is signed as Standard Webhooks says: another implementation accepts it, and refuses it when changed', async () => {
    await using receiver = await createReceiver();
    const keys = parseSigningKeys(secret);
    assert.ok(keys !== undefined);
    assert.deepEqual(await send(receiver.url, { keys }), { kind: 'delivered' });
    const [received] = receiver.received;
    assert.ok(received !== undefined);
    assert.deepEqual(verify(secret, received), { a: 'ä' });
    assert.throws(() => verify(secret, { ...received, body: `${received.body} ` }));
    assert.throws(() => verify(nextSecret, received));
  });

  it('is signed with each key of the secret, so that the receiver may change from one to the next', async () => {
    await using receiver = await createReceiver();
    await send(receiver.url, { keys: parseSigningKeys(`${secret}\n${nextSecret}\n`) ?? [] });
    const [received] = receiver.received;
    assert.ok(received !== undefined);
    assert.deepEqual(verify(secret, received), { a: 'ä' });
    assert.deepEqual(verify(nextSecret, received), { a: 'ä' });
  });

  it('without a key carries its id and time, and no signature', async () => {
    await using receiver = await createReceiver();
    await send(receiver.url, { headers: { 'X-Team': 'shop', 'content-type': 'application/x' } });
    const headers = receiver.received[0]?.headers ?? {};
    assert.equal(headers['webhook-id'], 'msg_1');
    assert.equal(headers['webhook-timestamp'], String(Math.floor(clock.now() / 1_000)));
    assert.equal(headers['webhook-signature'], undefined);
    assert.equal(headers['x-team'], 'shop');
    assert.equal(headers['content-type'], 'application/x');
    assert.equal(headers['user-agent'], 'msa-agent');
  });

  it('may be a GET without a body', async () => {
    await using receiver = await createReceiver();
    await send(`${receiver.url}/x?y=1`, { method: 'GET', body: '' });
    const [received] = receiver.received;
    assert.deepEqual([received?.method, received?.path, received?.body], ['GET', '/x?y=1', '']);
  });

  it('goes straight to the receiver, whatever proxy the environment names', async (t) => {
    await using receiver = await createReceiver();
    process.env.http_proxy = 'http://127.0.0.1:1';
    t.after(() => delete process.env.http_proxy);
    assert.equal((await send(receiver.url)).kind, 'delivered');
  });
});

describe('a signing secret', () => {
  for (const [what, text] of [
    ['nothing', ''],
    ['no prefix', Buffer.alloc(32).toString('base64')],
    ['no base64', 'whsec_not base64 at all, no'],
    ['too few bytes', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['too many bytes', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['one good line and one bad', `${secret}\nwhsec_`],
  ] as const) {
    it(`with ${what} is none`, () => assert.equal(parseSigningKeys(text), undefined));
  }
});

describe('the answer', limit, () => {
  for (const [status, kind] of [
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [304, 'refused'],
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [408, 'failed'],
    [410, 'gone'],
    [425, 'failed'],
    [429, 'failed'],
    [500, 'failed'],
    [503, 'failed'],
  ] as const) {
    it(`${status} means ${kind}`, async () => {
      await using receiver = await createReceiver((response) => response.writeHead(status).end());
      assert.equal((await send(receiver.url)).kind, kind);
    });
  }

  it('says when to come again, in seconds or by a date', async () => {
    const date = new Date(Math.ceil(clock.now() / 1_000) * 1_000 + 90_000);
    for (const [text, ms] of [
      ['120', 120_000],
      [date.toUTCString(), date.getTime() - clock.now()],
      ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
      ['soon', undefined],
      ['-5', undefined],
    ] as const) {
      await using receiver = await createReceiver((response) =>
        response.writeHead(429, { 'Retry-After': text }).end(),
      );
      const result = await send(receiver.url);
      const heard = result.kind === 'failed' ? result.retryAfterMs : undefined;
      assert.equal(heard, ms, text);
    }
  });

  it('that redirects is refused, and not followed', async () => {
    await using elsewhere = await createReceiver();
    await using receiver = await createReceiver((response) =>
      response.writeHead(307, { Location: `${elsewhere.url}/steal` }).end(),
    );
    assert.deepEqual(await send(receiver.url), {
      kind: 'refused',
      detail: 'status 307: redirects are not followed',
    });
    assert.equal(elsewhere.received.length, 0);
  });

  it('that never ends is not read: the status counts, and the connection is closed', async () => {
    await using receiver = await createReceiver((response) => {
      response.on('error', () => {});
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      response.writeHead(200);
      more();
    });
    assert.deepEqual(await send(receiver.url), { kind: 'delivered' });
    await until(() => receiver.open === 0);
  });

  it('that never comes is not waited for', async () => {
    await using receiver = await createReceiver(() => {});
    assert.deepEqual(await send(receiver.url, {}, 50), { kind: 'failed', detail: 'no answer within 50ms' });
  });

  it('whose head never ends is not waited for', async () => {
    await using listener = await onSocket((socket) => socket.write('HTTP/1.1 200 OK\r\nx-a: '));
    assert.equal((await send(listener.url, {}, 50)).kind, 'failed');
    await using endless = await onSocket((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(1_000_000)}`),
    );
    assert.deepEqual(await send(endless.url), {
      kind: 'failed',
      detail: 'it could not be sent (HPE_HEADER_OVERFLOW)',
    });
  });

  it('that is none, or not HTTP, is a failure', async () => {
    await using closing = await onSocket((socket) => socket.destroy());
    assert.deepEqual(await send(closing.url), {
      kind: 'failed',
      detail: 'the connection was closed without an answer',
    });
    await using nonsense = await onSocket((socket) => socket.end('hello?\r\n\r\n'));
    assert.equal((await send(nonsense.url)).kind, 'failed');
  });

  it('does not matter once the agent stops', async () => {
    await using receiver = await createReceiver(() => {});
    const stopping = new AbortController();
    const sending = createDeliver({ clock })(request(receiver.url), stopping.signal);
    await until(() => receiver.received.length === 1);
    stopping.abort();
    assert.equal((await sending).kind, 'failed');
  });
});

describe('what can not be sent', limit, () => {
  it('says why in a few words, and never where to', async () => {
    const closed = await createReceiver();
    await closed[Symbol.asyncDispose]();
    assert.deepEqual(await send(`${closed.url}/secret-path`), {
      kind: 'failed',
      detail: 'the connection was refused',
    });
    for (const more of [{ url: 'not a url' }, { headers: { 'X-A': 'a\nb' } }, { method: 'G T' }]) {
      const result = await send(`${closed.url}/secret-path`, more);
      assert.equal(result.kind, 'failed');
      assert.doesNotMatch(JSON.stringify(result), /secret-path|not a url|127\.0/);
    }
  });
});
