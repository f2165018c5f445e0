/** TLS between agents, with real certificates: who is believed, who is not, and that both sides are told why. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createFeed } from '../../agent/share/feed.ts';
import { type AskResult, createPeerClient } from '../../agent/share/peerClient.ts';
import { createPeerListener, type PeerLimits } from '../../agent/share/peerListener.ts';
import type { PeerTls } from '../../agent/share/peerTls.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import { createAuthority } from '../certificates.ts';
import { createFakeClock } from '../fakeClock.ts';
import { keyring, memoryLog } from './region.ts';

const authority = createAuthority();
const stranger = createAuthority('somebody else');
const good: PeerTls = { ...authority.issue('DNS:east,IP:127.0.0.1'), authorities: authority.cert };

async function listen(
  tls: PeerTls | undefined,
  clientCertificates = false,
  limits: Partial<PeerLimits> = {},
) {
  const clock = createFakeClock();
  const log = memoryLog();
  const keys = keyring();
  const listener = await createPeerListener({
    host: '127.0.0.1',
    port: 0,
    region: 'east',
    feeds: { node: createFeed({ epoch: 'life' }) },
    keyring: keys,
    clock,
    log,
    clientCertificates,
    limits,
    ...(tls === undefined ? {} : { tls }),
  });
  const tokens = createTokens({ region: 'east', node: 'n1', keyring: keys, clock, uniqueId: () => 'id' });
  const url = `https://127.0.0.1:${listener.port}/v1/feeds/node`;
  return {
    log,
    url,
    replaceCertificates: listener.replaceCertificates,
    askWith: (client: ReturnType<typeof createPeerClient>, token = tokens.sign('east')): Promise<AskResult> =>
      client.ask(url, token, new AbortController().signal),
    async ask(shown: Partial<PeerTls>, region?: string): Promise<AskResult> {
      using client = createPeerClient({ tls: shown, ...(region === undefined ? {} : { region }) });
      return await this.askWith(client);
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

function assertRefused(result: AskResult, words: RegExp): void {
  assert.ok(!result.ok, 'it was answered');
  assert.equal(result.failure.code, 'tls');
  assert.match(result.failure.detail, words);
}

// ---------------------------------------------------------------- whom the asking agent believes

test('an agent is believed whose certificate is made out to its address', async () => {
  await using subject = await listen(authority.issue('IP:127.0.0.1'));
  assert.equal((await subject.ask({ authorities: authority.cert })).ok, true);
});

test('an agent is believed whose certificate is made out to the region that is asked', async () => {
  await using subject = await listen(authority.issue('DNS:east'));
  assert.equal((await subject.ask({ authorities: authority.cert }, 'east')).ok, true);
  assertRefused(
    await subject.ask({ authorities: authority.cert }, 'west'),
    /made out to DNS:east, not to 127\.0\.0\.1 or west/,
  );
  assertRefused(
    await subject.ask({ authorities: authority.cert }),
    /made out to DNS:east, not to 127\.0\.0\.1$/,
  );
});

test('a certificate for another address is refused with the names that it has', async () => {
  await using subject = await listen(authority.issue('IP:10.9.9.9'));
  assertRefused(
    await subject.ask({ authorities: authority.cert }, 'east'),
    /made out to IP Address:10\.9\.9\.9, not/,
  );
});

test('an expired certificate is refused as such', async () => {
  await using subject = await listen(authority.issue('IP:127.0.0.1', { days: -1 }));
  assertRefused(await subject.ask({ authorities: authority.cert }), /has expired/);
});

test('a certificate from another authority is refused, also where only well-known ones are believed', async () => {
  await using subject = await listen(stranger.issue('IP:127.0.0.1'));
  assertRefused(await subject.ask({ authorities: authority.cert }), /authority that is not trusted here/);
  assertRefused(await subject.ask({}), /authority that is not trusted here/);
});

test('a certificate that is not for servers is refused', async () => {
  await using subject = await listen(authority.issue('IP:127.0.0.1', { use: 'clientAuth' }));
  assertRefused(await subject.ask({ authorities: authority.cert }), /not for this use/);
});

test('an agent that does not speak TLS is told apart from one that is gone', async () => {
  await using subject = await listen(undefined);
  const result = await subject.ask({ authorities: authority.cert });
  assertRefused(result, /TLS is not spoken there/);
});

test('an agent that asks without TLS where it is spoken is told in the log, once', async () => {
  await using subject = await listen(good);
  using client = createPeerClient();
  const url = subject.url.replace('https', 'http');
  for (const _ of [1, 2]) await client.ask(url, 'token', new AbortController().signal);
  assert.deepEqual(
    subject.log.lines.map(({ message }) => message),
    ['refused a peer: it does not speak TLS'],
  );
});

// ---------------------------------------------------------------- whom the asked agent believes

test('where certificates are asked for, one with a good one is served', async () => {
  await using subject = await listen(good, true);
  assert.equal((await subject.ask(good)).ok, true);
  assert.deepEqual(subject.log.lines, []);
});

const badClients: readonly (readonly [string, Partial<PeerTls>, RegExp])[] = [
  ['no certificate', {}, /it has none/],
  ['an expired certificate', authority.issue('DNS:east', { days: -1 }), /has expired/],
  ['a certificate from another authority', stranger.issue('DNS:east'), /authority that is not trusted/],
  ['a certificate for servers alone', authority.issue('DNS:east', { use: 'serverAuth' }), /not for this use/],
];

for (const [what, shown, words] of badClients) {
  test(`where certificates are asked for, ${what} is refused though the token is right, and both sides know`, async () => {
    await using subject = await listen(good, true);
    assertRefused(await subject.ask({ ...shown, authorities: authority.cert }), words);
    const [line, ...more] = subject.log.lines;
    assert.match(line?.message ?? '', words);
    assert.equal(more.length, 0);
  });
}

test('a good certificate is no token', async () => {
  await using subject = await listen(good, true);
  using client = createPeerClient({ tls: good });
  const result = await subject.askWith(client, 'garbage');
  assert.equal(!result.ok && result.failure.code, 'token');
});

// ---------------------------------------------------------------- replacing

test('certificates and authorities are replaced on both sides without a restart', async () => {
  await using subject = await listen(good, true);
  using client = createPeerClient({ tls: good });
  assert.equal((await subject.askWith(client)).ok, true);
  const renewed: PeerTls = { ...stranger.issue('IP:127.0.0.1'), authorities: stranger.cert };
  subject.replaceCertificates(renewed);
  assertRefused(await subject.ask(good), /authority that is not trusted here/);
  client.replaceCertificates(renewed);
  assert.equal((await subject.askWith(client)).ok, true);
});

test('while authorities change, both are believed, so that no request is refused', async () => {
  const both = `${authority.cert}${stranger.cert}`;
  const steps: readonly PeerTls[] = [
    good,
    { ...good, authorities: both },
    { ...stranger.issue('IP:127.0.0.1'), authorities: both },
    { ...stranger.issue('IP:127.0.0.1'), authorities: stranger.cert },
  ];
  await using subject = await listen(good, true);
  using client = createPeerClient({ tls: good });
  for (const step of steps) {
    subject.replaceCertificates(step);
    assert.equal((await subject.askWith(client)).ok, true);
    client.replaceCertificates(step);
    assert.equal((await subject.askWith(client)).ok, true);
  }
});

test('a listener without TLS has no certificates to replace', async () => {
  await using subject = await listen(undefined);
  assert.throws(() => subject.replaceCertificates(good), /without TLS/);
});

test('a listener ends at once, also while a handshake is under way', { timeout: 10_000 }, async () => {
  const subject = await listen(good, false, { headersMs: 3_600_000 });
  const socket = connect(Number(new URL(subject.url).port), '127.0.0.1');
  await once(socket, 'connect');
  // Answered in turn, so by now the listener has taken the silent connection, too.
  assert.equal((await subject.ask({ authorities: authority.cert })).ok, true);
  const ended = once(socket.resume(), 'close');
  await subject[Symbol.asyncDispose]();
  await ended;
});
