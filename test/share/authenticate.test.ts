/** Whom the peers' port lets in: every bad token there is, each refused with its own reason. */

import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import jwt, { type SignOptions } from 'jsonwebtoken';
import { createTokens } from '../../agent/share/tokens.ts';
import { createFakeClock } from '../fakeClock.ts';
import { keyPair } from './keyPair.ts';
import { bearer, createSubject } from './listener.ts';
import { keyring, keyringOf, SECRET } from './region.ts';

const now = Math.floor(createFakeClock().now() / 1_000);
const claims = { iss: 'east', sub: 'n1', aud: 'east', iat: now, exp: now + 60, jti: 'id' };
const without = (claim: string): object =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));

function signed(payload: object, over: SignOptions = {}, secret: string = SECRET): string {
  const options: SignOptions = { algorithm: 'HS256', keyid: keyring().signing.id, ...over };
  return jwt.sign(payload, createSecretKey(Buffer.from(secret)), options);
}

function unsigned(header: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.`;
}

const otherKey = keyring('quite another secret').signing.id;
const tampered = (): string => {
  const [head, , signature] = signed(claims).split('.');
  return [head, Buffer.from(JSON.stringify({ ...claims, sub: 'n2' })).toString('base64url'), signature].join(
    '.',
  );
};

const badTokens: readonly (readonly [string, Record<string, string>, string])[] = [
  ['no token', {}, 'no-token'],
  ['an empty token', { authorization: 'Bearer ' }, 'no-token'],
  ['another scheme', { authorization: 'Basic YTpi' }, 'no-token'],
  ['garbage', bearer('garbage'), 'malformed'],
  ['garbage in three parts', bearer('a.b.c'), 'malformed'],
  ['parts that are JSON but no objects', bearer('MQ.MQ.MQ'), 'malformed'],
  ['an unsigned token', bearer(unsigned({ alg: 'none', typ: 'JWT' })), 'unsigned'],
  [
    'an unsigned token that names a key',
    bearer(unsigned({ alg: 'nOnE', kid: keyring().signing.id })),
    'unsigned',
  ],
  [
    'a token with its signature cut off',
    bearer(unsigned({ alg: 'HS256', kid: keyring().signing.id })),
    'signature',
  ],
  ['another key', bearer(signed(claims, { keyid: otherKey }, 'quite another secret')), 'unknown-key'],
  [
    'another key under the name of a known one',
    bearer(signed(claims, {}, 'quite another secret')),
    'signature',
  ],
  ['no key id', bearer(jwt.sign(claims, SECRET)), 'unknown-key'],
  ['a key id from an object’s prototype', bearer(signed(claims, { keyid: 'constructor' })), 'unknown-key'],
  ['another algorithm', bearer(signed(claims, { algorithm: 'HS512' })), 'algorithm'],
  ['a changed payload', bearer(tampered()), 'signature'],
  ['an expired token', bearer(signed({ ...claims, iat: now - 3_600, exp: now - 3_540 })), 'expired'],
  [
    'a token that is not valid yet',
    bearer(signed({ ...claims, iat: now + 3_600, exp: now + 3_660 })),
    'not-yet-valid',
  ],
  ['a token with a later nbf', bearer(signed({ ...claims, nbf: now + 50 })), 'not-yet-valid'],
  ['a token without expiry', bearer(signed(without('exp'))), 'no-expiry'],
  ['a token that lives too long', bearer(signed({ ...claims, exp: now + 301 })), 'lifetime'],
  ['a token that ends before it starts', bearer(signed({ ...claims, exp: now - 1 })), 'lifetime'],
  ['another audience', bearer(signed({ ...claims, aud: 'west' })), 'audience'],
  ['no audience', bearer(signed(without('aud'))), 'audience'],
  ['several audiences', bearer(signed({ ...claims, aud: ['west', 'east'] })), 'claims'],
  ['another issuer', bearer(signed({ ...claims, iss: 'west' })), 'issuer'],
  ['no issuer', bearer(signed(without('iss'))), 'issuer'],
  ['no subject', bearer(signed(without('sub'))), 'claims'],
  ['no token id', bearer(signed(without('jti'))), 'claims'],
  ['no time of issue', bearer(signed(without('iat'), { noTimestamp: true })), 'claims'],
];

for (const [what, headers, code] of badTokens) {
  test(`a peer with ${what} is refused, and told why`, async () => {
    await using subject = await createSubject();
    subject.node.set('secret', { of: 'the region' });
    const { status, body } = await subject.get('/v1/feeds/node', headers);
    assert.equal(status, 401);
    assert.equal(JSON.parse(JSON.stringify(body)).code, code);
    const { error, hint } = JSON.parse(JSON.stringify(body));
    assert.match(error, /\.$/);
    assert.match(hint, /\.$/);
  });
}

// ---------------------------------------------------------------- key pairs

const east = keyPair();
const west = keyPair();
const pairs = keyringOf({
  secrets: [SECRET],
  privateKeys: east.privateKey,
  trusted: [{ name: 'west.pem', text: west.publicKey }],
});
const idOf = (privateKeys: string): string => keyringOf({ privateKeys }).signing.id;
const eastId = idOf(east.privateKey);
const westId = idOf(west.privateKey);

function signedBy(privateKey: string, keyid: string, payload: object = claims): string {
  return jwt.sign(payload, createPrivateKey(privateKey), { algorithm: 'ES256', keyid });
}

/** Signed by taking a public key, as everybody may know it, for a shared secret. jsonwebtoken would refuse to make one. */
function confused(publicBytes: string | Buffer, header: object = { alg: 'HS256' }): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ typ: 'JWT', kid: eastId, ...header })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', publicBytes).update(text).digest('base64url')}`;
}

const publicDer = createPublicKey(east.publicKey).export({ type: 'spki', format: 'der' });
const badPairTokens: readonly (readonly [string, string, string])[] = [
  ['the public key’s PEM taken for a secret', confused(east.publicKey), 'algorithm'],
  ['the public key’s bytes taken for a secret', confused(publicDer), 'algorithm'],
  ['the public key taken for a secret, as ES256', confused(east.publicKey, { alg: 'ES256' }), 'malformed'],
  ['a key pair’s id on an unsigned token', unsigned({ alg: 'none', kid: eastId }), 'unsigned'],
  ['a key pair’s id without a signature', unsigned({ alg: 'ES256', kid: eastId }), 'signature'],
  ['another key pair', signedBy(keyPair().privateKey, idOf(keyPair().privateKey)), 'unknown-key'],
  ['another key under the id of a known pair', signedBy(keyPair().privateKey, eastId), 'signature'],
  ['the secret’s id on a signature of a pair', signedBy(east.privateKey, pairs.signing.id), 'algorithm'],
  ['another region’s key in this region’s name', signedBy(west.privateKey, westId), 'owner'],
  [
    'this region’s key in another’s name',
    signedBy(east.privateKey, eastId, { ...claims, iss: 'west' }),
    'owner',
  ],
  ['the region’s secret in another’s name', signed({ ...claims, iss: 'west' }), 'owner'],
  ['no issuer and a region’s key', signedBy(west.privateKey, westId, without('iss')), 'owner'],
  ['a list of issuers', signedBy(west.privateKey, westId, { ...claims, iss: ['west', 'east'] }), 'owner'],
];

for (const [what, token, code] of badPairTokens) {
  test(`where regions have key pairs, a token with ${what} is refused`, async () => {
    await using subject = await createSubject({ keys: pairs });
    const { status, body } = await subject.get('/v1/feeds/node', bearer(token));
    assert.equal(status, 401);
    assert.equal(JSON.parse(JSON.stringify(body)).code, code);
  });
}

test('where regions have key pairs, the region’s own key counts, and so does its secret', async () => {
  await using subject = await createSubject({ keys: pairs });
  for (const token of [signedBy(east.privateKey, eastId), signed(claims)]) {
    assert.equal((await subject.get('/v1/feeds/node', bearer(token))).status, 200);
  }
});

// ---------------------------------------------------------------- clocks, sizes, rotation

test('clocks an hour apart are told as such', async () => {
  await using subject = await createSubject();
  const early = await subject.get(
    '/v1/feeds/node',
    bearer(signed({ ...claims, iat: now + 3_600, exp: now + 3_660 })),
  );
  assert.match(JSON.stringify(early.body), /valid only in 60 min.*clocks of the two nodes differ/);
  const late = await subject.get(
    '/v1/feeds/node',
    bearer(signed({ ...claims, iat: now - 3_600, exp: now - 3_540 })),
  );
  assert.match(JSON.stringify(late.body), /expired 59 min ago.*clocks of the two nodes differ/);
});

test('clocks half a minute apart do no harm', async () => {
  await using subject = await createSubject();
  for (const offset of [-85, 29]) {
    const token = signed({ ...claims, iat: now + offset, exp: now + offset + 60 });
    assert.equal((await subject.get('/v1/feeds/node', bearer(token))).status, 200, `${offset}`);
  }
});

test('a token of a megabyte is refused before anybody reads it, and the port goes on', async () => {
  await using subject = await createSubject();
  const { status } = await subject
    .get('/v1/feeds/node', bearer('x'.repeat(1_000_000)))
    .catch(() => ({ status: 431 }));
  assert.equal(status, 431);
  assert.equal((await subject.get('/v1/feeds/node')).status, 200);
});

test('while a secret is rotated both count, and after it only the new one', async () => {
  const older = keyring('the older secret of the region');
  await using both = await createSubject({
    keys: keyring('the newer secret of the region', 'the older secret of the region'),
  });
  await using after = await createSubject({ keys: keyring('the newer secret of the region') });
  const token = createTokens({
    region: 'east',
    node: 'n1',
    keyring: older,
    clock: both.clock,
    uniqueId: () => 'id',
  }).sign('east');
  assert.equal((await both.get('/v1/feeds/node', bearer(token))).status, 200);
  assert.equal((await after.get('/v1/feeds/node', bearer(token))).status, 401);
  assert.equal((await after.get('/v1/feeds/node', bearer(both.tokens.sign('east')))).status, 200);
});

test('refusals are logged once a minute for each peer and reason, and never with the token', async () => {
  await using subject = await createSubject();
  const bad = signed({ ...claims, aud: 'west' });
  for (let n = 0; n < 5; n += 1) await subject.get('/v1/feeds/node', bearer(bad));
  await subject.get('/v1/feeds/node', {});
  assert.equal(subject.log.lines.length, 2);
  await subject.clock.advance(60_000);
  await subject.get('/v1/feeds/node', {});
  assert.equal(subject.log.lines.length, 3);
  assert.ok(!JSON.stringify(subject.log.lines).includes(bad.slice(0, 20)));
});
