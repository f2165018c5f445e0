import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { Outcome, ProbeHow } from '../../agent/model.ts';
import { createProbers } from '../../agent/probe/probers.ts';
import { createFakeClock, type FakeClock, settle } from '../fakeClock.ts';
import { answering, http, listen } from './listener.ts';
import { httpHow, planFor, targetFor } from './target.ts';

const timeLimit = { timeout: 10_000 };

function ask(
  how: ProbeHow,
  signal = new AbortController().signal,
  clock = createFakeClock(),
): Promise<Outcome> {
  const way = createProbers({ clock })(targetFor(planFor(how)));
  assert.ok(way.kind === 'ask');
  return way.ask(signal);
}

async function reasonOf(outcome: Promise<Outcome>): Promise<string> {
  const { result, ...rest } = await outcome;
  return 'reason' in rest ? rest.reason : result;
}

/** A listener that says `bytes` and then holds the connection; the signal aborts once they are on their way. */
async function holding(bytes: string) {
  const controller = new AbortController();
  const listener = await listen((socket) => {
    socket.write(bytes, async () => {
      for (let turn = 0; turn < 10; turn += 1) await settle();
      controller.abort();
    });
  });
  return { listener, signal: controller.signal };
}

function writeForEver(socket: Socket, chunk: string): void {
  while (!socket.destroyed && socket.write(chunk));
  if (!socket.destroyed) socket.once('drain', () => writeForEver(socket, chunk));
}

describe('an HTTP probe', timeLimit, () => {
  it('passes on an expected status, over a connection of its own each time', async () => {
    await using listener = await answering(http(204));
    assert.deepEqual(await ask(httpHow(listener.port)), { result: 'pass', properties: {} });
    assert.deepEqual(await ask(httpHow(listener.port)), { result: 'pass', properties: {} });
    assert.equal(listener.connections, 2);
  });

  it('asks for path and query with GET, and says who asks', async () => {
    await using listener = await answering(http(200));
    await ask(httpHow(listener.port, { path: '/health?full=1' }));
    assert.match(listener.received, /^GET \/health\?full=1 HTTP\/1\.1\r\n/);
    assert.match(listener.received, /\r\nuser-agent: msa-probe\r\n/i);
    assert.match(listener.received, new RegExp(`\r\nhost: 127.0.0.1:${listener.port}\r\n`, 'i'));
  });

  it('sends the headers of the labels, in place of its own where they have the same name', async () => {
    await using listener = await answering(http(200));
    await ask(httpHow(listener.port, { headers: { Host: 'shop.test', 'User-Agent': 'me', 'X-Key': 'k' } }));
    assert.match(listener.received, /\r\nHost: shop\.test\r\n/);
    assert.match(listener.received, /\r\nX-Key: k\r\n/);
    assert.match(listener.received, /\r\nUser-Agent: me\r\n/);
    assert.doesNotMatch(listener.received, /msa-probe|127\.0\.0\.1/);
  });

  it('fails on any other status, and says which were expected', async () => {
    await using listener = await answering(http(503));
    const expect = [
      { from: 200, to: 299 },
      { from: 304, to: 304 },
    ];
    assert.deepEqual(await ask(httpHow(listener.port, { expect })), {
      result: 'fail',
      reason: 'status',
      detail: 'status 503, expected 200-299,304',
    });
  });

  it('accepts an error status where the plan expects it', async () => {
    await using listener = await answering(http(401));
    assert.equal(await reasonOf(ask(httpHow(listener.port, { expect: [{ from: 401, to: 401 }] }))), 'pass');
  });

  it('does not follow a redirect', async () => {
    await using listener = await answering(http(302, '', { location: '/login' }));
    assert.deepEqual(await ask(httpHow(listener.port, { expect: [{ from: 200, to: 299 }] })), {
      result: 'fail',
      reason: 'redirect',
      detail: 'status 302 to /login: redirects are not followed',
    });
    assert.equal(listener.connections, 1);
  });

  it('is refused where nothing listens', async () => {
    const { port } = await (async () => {
      await using listener = await answering('');
      return listener;
    })();
    assert.equal(await reasonOf(ask(httpHow(port))), 'refused');
  });

  it('skips interim answers', async () => {
    await using listener = await answering(`HTTP/1.1 103 Early Hints\r\n\r\n${http(200)}`);
    assert.equal(await reasonOf(ask(httpHow(listener.port))), 'pass');
  });

  it('throws where a header cannot be sent, because that is not the fault of the instance', async () => {
    await assert.rejects(ask(httpHow(1, { headers: { bad: 'two\nlines' } })));
  });
});

describe('an HTTP probe, when the other side misbehaves,', timeLimit, () => {
  it('times out where no answer comes', async () => {
    const { listener, signal } = await holding('');
    await using _ = listener;
    assert.deepEqual(await ask(httpHow(listener.port), signal), {
      result: 'fail',
      reason: 'timeout',
      detail: 'no answer within 2000 ms',
    });
  });

  it('times out where the headers never end', async () => {
    const { listener, signal } = await holding('HTTP/1.1 200 OK\r\nx-slow: 1\r\n');
    await using _ = listener;
    assert.equal(await reasonOf(ask(httpHow(listener.port), signal)), 'timeout');
  });

  it('times out where a body that is needed drips', async () => {
    const { listener, signal } = await holding('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\no');
    await using _ = listener;
    assert.equal(await reasonOf(ask(httpHow(listener.port, { contains: 'ok' }), signal)), 'timeout');
  });

  it('waits only a moment for the end of a body that is not needed', async () => {
    const { listener } = await holding('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\no');
    await using _ = listener;
    const clock = createFakeClock();
    const outcome = ask(httpHow(listener.port), new AbortController().signal, clock);
    await untilPending(clock);
    await clock.advance(50);
    assert.equal(await reasonOf(outcome), 'pass');
    assert.equal(clock.pending, 0);
  });

  it('stops reading a body that never ends', async () => {
    await using listener = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      writeForEver(socket, 'x'.repeat(16_384));
    });
    assert.equal(await reasonOf(ask(httpHow(listener.port, { contains: 'ok' }))), 'too-large');
    assert.equal(await reasonOf(ask(httpHow(listener.port))), 'pass');
  });

  it('takes a body of exactly 64 KiB, and not a byte more', async () => {
    await using fits = await answering(http(200, `${' '.repeat(65_534)}ok`));
    await using exceeds = await answering(http(200, `${' '.repeat(65_535)}ok`));
    assert.equal(await reasonOf(ask(httpHow(fits.port, { contains: 'ok' }))), 'pass');
    assert.equal(await reasonOf(ask(httpHow(exceeds.port, { contains: 'ok' }))), 'too-large');
  });

  it('refuses headers that never end', async () => {
    await using listener = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      writeForEver(socket, `x-more: ${'x'.repeat(1_000)}\r\n`);
    });
    assert.equal(await reasonOf(ask(httpHow(listener.port))), 'too-large');
  });

  for (const bytes of [
    'SSH-2.0-OpenSSH_9.2\r\n',
    '\u0000\u0001\u0002',
    '220 mail.test ESMTP\r\n',
    'HTTP/9.9 hi\r\n\r\n',
  ]) {
    it(`knows that ${JSON.stringify(bytes)} is not HTTP`, async () => {
      await using listener = await answering(bytes);
      assert.equal(await reasonOf(ask(httpHow(listener.port))), 'not-http');
    });
  }

  for (const [what, bytes] of [
    ['without a word', ''],
    ['in the middle of the headers', 'HTTP/1.1 200 OK\r\nx-half: '],
    ['in the middle of the body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\no'],
    ['in the middle of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\no'],
  ] as const) {
    it(`fails where the connection is closed ${what}`, async () => {
      await using listener = await answering(bytes);
      assert.equal(await reasonOf(ask(httpHow(listener.port, { contains: 'o' }))), 'closed');
    });
  }

  it('fails where the connection is reset', async () => {
    await using listener = await listen((socket) => socket.resetAndDestroy());
    assert.equal(await reasonOf(ask(httpHow(listener.port))), 'closed');
  });

  it('lets a body break off that is not needed: the headers have said it all', async () => {
    await using listener = await answering('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\no');
    assert.equal(await reasonOf(ask(httpHow(listener.port))), 'pass');
  });

  it('fails where the other side wants to switch protocols', async () => {
    await using listener = await answering('HTTP/1.1 101 Hi\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
    assert.equal(await reasonOf(ask(httpHow(listener.port))), 'closed');
  });
});

describe('an HTTP probe that reads the body', timeLimit, () => {
  it('wants the text of `contains` in it', async () => {
    await using listener = await answering(http(200, 'all is wéll'));
    assert.equal(await reasonOf(ask(httpHow(listener.port, { contains: 'wéll' }))), 'pass');
    assert.deepEqual(await ask(httpHow(listener.port, { contains: 'fine' })), {
      result: 'fail',
      reason: 'body',
      detail: 'the body does not contain "fine"',
    });
  });

  it('finds a letter that arrives in two pieces', async () => {
    const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)];
    await using listener = await listen((socket) => {
      socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), first]), () => socket.end(second));
    });
    assert.equal(await reasonOf(ask(httpHow(listener.port, { contains: 'é' }))), 'pass');
  });

  it('reads properties', async () => {
    await using listener = await answering(http(200, '{"properties":["write"]}'));
    assert.deepEqual(await ask(httpHow(listener.port, { properties: true })), {
      result: 'pass',
      properties: { write: true },
    });
  });

  it('fails where properties are wanted and the body is not JSON', async () => {
    await using listener = await answering(http(200, '<html>'));
    assert.equal(await reasonOf(ask(httpHow(listener.port, { properties: true }))), 'body');
  });
});

describe('an HTTP probe that reaches another service', timeLimit, () => {
  it('fails, whatever the status, where the header msa-service names another', async () => {
    for (const status of [200, 503]) {
      await using listener = await answering(http(status, '', { 'msa-service': 'app' }));
      assert.deepEqual(await ask(httpHow(listener.port)), {
        result: 'fail',
        reason: 'identity',
        detail: 'the answer is from service "app", not wfe',
      });
    }
  });

  it('fails where the property msa-service names another', async () => {
    await using listener = await answering(http(200, '{"msa-service":"app"}'));
    assert.equal(await reasonOf(ask(httpHow(listener.port, { properties: true }))), 'identity');
  });

  it('passes where the service names itself', async () => {
    await using listener = await answering(http(200, '{"msa-service":"wfe"}', { 'msa-service': 'wfe' }));
    assert.equal(await reasonOf(ask(httpHow(listener.port, { properties: true }))), 'pass');
  });
});

describe('an HTTPS probe', timeLimit, () => {
  it('does not verify the certificate of an instance, which is asked by its address', async () => {
    await using listener = await answering(http(200), { tls: true });
    assert.equal(await reasonOf(ask(httpHow(listener.port, { scheme: 'https' }))), 'pass');
  });

  it('verifies the certificate where the probe has a host name', async () => {
    await using listener = await answering(http(200), { tls: true });
    assert.deepEqual(await ask(httpHow(listener.port, { scheme: 'https', host: 'wfe.test' })), {
      result: 'fail',
      reason: 'tls',
      detail: 'TLS failed: the certificate is self-signed',
    });
  });

  it('fails where the other side does not speak TLS', async () => {
    await using listener = await listen((socket) => socket.end(http(400)), { anything: true });
    assert.equal(await reasonOf(ask(httpHow(listener.port, { scheme: 'https' }))), 'tls');
  });

  it('is missed by a plain HTTP probe', async () => {
    await using listener = await answering(http(200), { tls: true });
    assert.match(await reasonOf(ask(httpHow(listener.port))), /^(not-http|closed)$/);
  });
});

async function untilPending(clock: FakeClock): Promise<void> {
  while (clock.pending === 0) await settle();
}
