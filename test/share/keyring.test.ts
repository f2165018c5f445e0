/** What a keyring is made of: shared secrets, and key pairs of regions. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeyring, type KeyMaterial } from '../../agent/share/keyring.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import { createFakeClock } from '../fakeClock.ts';
import { keyPair } from './keyPair.ts';
import { keyring, keyringOf } from './region.ts';

const nothing: KeyMaterial = {
  region: 'east',
  secrets: [],
  privateKeys: '',
  trusted: [],
  secretAbroad: false,
};
const SECRET = 'the secret of the region';
const east = keyPair();
const west = keyPair();

/** All that is wrong with it, as people read it. */
function wrong(material: Partial<KeyMaterial>): string {
  const result = createKeyring({ ...nothing, ...material });
  return result.ok ? '' : result.problems.map(({ code, message }) => `${code}: ${message}`).join('\n');
}

test('without anything to sign with there is no keyring but a word on what to do', () => {
  assert.equal(wrong({}), 'bad-secret: There is no secret and no key to sign tokens with.');
  assert.notEqual(wrong({ trusted: [{ name: 'west.pem', text: west.publicKey }] }), '');
});

test('a short secret is refused, and not told', () => {
  for (const secrets of [[''], ['fifteen letters'], ['a secret that is long enough', 'tiny']]) {
    assert.equal(wrong({ secrets }), 'bad-secret: A secret is shorter than 16 characters.');
  }
});

test('the first secret signs, all are accepted, each under a name of its own that does not tell it', () => {
  const keys = keyring('the newer secret of the region', 'the older secret of the region');
  assert.equal(keys.accepted.size, 2);
  assert.equal(keys.signing, [...keys.accepted.values()][0]);
  assert.equal(keys.signingAbroad, keys.signing);
  assert.equal(keys.signing.id, keyring('the newer secret of the region').signing.id);
  assert.match(keys.signing.id, /^[\w-]{11}$/);
});

test('with a key pair the secret counts within the region only, unless it is said to count abroad', () => {
  const both = { secrets: [SECRET], privateKeys: east.privateKey };
  const keys = keyringOf(both);
  assert.equal(keys.signing.algorithm, 'HS256');
  assert.equal(keys.signingAbroad.algorithm, 'ES256');
  assert.deepEqual(
    Array.from(keys.accepted.values(), ({ owner }) => owner),
    ['east', 'east'],
  );
  const changing = keyringOf({ ...both, secretAbroad: true });
  assert.equal(changing.signingAbroad.algorithm, 'ES256');
  assert.equal(changing.accepted.get(changing.signing.id)?.owner, undefined);
});

test('without a secret the key pair signs within the region, too', () => {
  const keys = keyringOf({ privateKeys: east.privateKey });
  assert.equal(keys.signing, keys.signingAbroad);
});

test('of several private keys the first signs, and all are accepted by their public halves', () => {
  const older = keyPair();
  const keys = keyringOf({ privateKeys: `${east.privateKey}\n${older.privateKey}` });
  assert.equal(keys.signing.id, keyringOf({ privateKeys: east.privateKey }).signing.id);
  assert.deepEqual(
    Array.from(keys.accepted.values(), ({ key }) => key.type),
    ['public', 'public'],
  );
});

test('a trusted file counts for the region before the first dot of its name, and may hold several keys', () => {
  const keys = keyringOf({
    secrets: [SECRET],
    trusted: [
      { name: 'west.pem', text: `${west.publicKey}${keyPair().publicKey}` },
      { name: 'west.next.pem', text: keyPair().publicKey },
      { name: 'west-2.pem', text: keyPair().publicKey },
    ],
  });
  const owners = Array.from(keys.accepted.values(), ({ owner }) => owner);
  assert.deepEqual(owners, [undefined, 'west', 'west', 'west', 'west-2']);
});

test('one file of trusted keys may go to all regions: that of the own region is in it, too', () => {
  const trusted = [
    { name: 'east.pem', text: east.publicKey },
    { name: 'west.pem', text: west.publicKey },
  ];
  assert.equal(keyringOf({ privateKeys: east.privateKey, trusted }).accepted.size, 2);
});

const otherCurve = keyPair('P-384');
const badKeys: readonly (readonly [string, Partial<KeyMaterial>, string])[] = [
  [
    'a text that is no PEM',
    { privateKeys: 'MIGHAgEAMBMGByqGSM49' },
    'bad-key: MSA_KEY holds no PEM of a private key.',
  ],
  [
    'a public key in place of the private one',
    { privateKeys: east.publicKey },
    'bad-key: MSA_KEY holds a public key, where the private one belongs.',
  ],
  [
    'a key of another curve',
    { privateKeys: otherCurve.privateKey },
    'bad-key: MSA_KEY holds a key of another kind than P-256.',
  ],
  [
    'a broken key after a good one',
    { privateKeys: `${east.privateKey}-----BEGIN PRIVATE KEY-----\nbroken\n-----END PRIVATE KEY-----` },
    "bad-key: MSA_KEY holds a private key that can't be read.",
  ],
  [
    'a key with a passphrase',
    { privateKeys: '-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END ENCRYPTED PRIVATE KEY-----' },
    'bad-key: MSA_KEY holds a key with a passphrase.',
  ],
  [
    'a certificate',
    { privateKeys: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----' },
    'bad-key: MSA_KEY holds something that is no key of a region.',
  ],
  [
    'a private key among the trusted',
    { secrets: [SECRET], trusted: [{ name: 'west.pem', text: west.privateKey }] },
    'bad-trust: The trusted file west.pem holds a private key, which must never leave its own region.',
  ],
  [
    'an empty trusted file',
    { secrets: [SECRET], trusted: [{ name: 'west.pem', text: '' }] },
    'bad-trust: The trusted file west.pem holds no PEM of a public key.',
  ],
  [
    'a trusted file that names no region',
    { secrets: [SECRET], trusted: [{ name: '.pem', text: west.publicKey }] },
    'bad-trust: The trusted file .pem has no region in its name.',
  ],
  [
    'another region with this region’s key',
    { privateKeys: east.privateKey, trusted: [{ name: 'west.pem', text: east.publicKey }] },
    'bad-trust: The regions east and west have the same key.',
  ],
];

for (const [what, material, message] of badKeys) {
  test(`${what} is refused: ${message}`, () => assert.equal(wrong(material), message));
}

test('all that is wrong is said at once', () => {
  const said = wrong({ secrets: ['short'], privateKeys: 'x', trusted: [{ name: 'west.pem', text: 'x' }] });
  assert.deepEqual(
    said.split('\n').map((line) => line.split(':')[0]),
    ['bad-secret', 'bad-key', 'bad-trust'],
  );
});

test('tokens for other regions are signed with the key pair, and a new key is used at once', () => {
  let keys = keyringOf({ secrets: [SECRET], privateKeys: east.privateKey });
  const live = {
    get signing() {
      return keys.signing;
    },
    get signingAbroad() {
      return keys.signingAbroad;
    },
    get accepted() {
      return keys.accepted;
    },
  };
  const clock = createFakeClock();
  const tokens = createTokens({ region: 'east', node: 'n1', keyring: live, clock, uniqueId: () => 'id' });
  const algorithm = (token: string): unknown =>
    JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).alg;
  assert.equal(algorithm(tokens.sign('east')), 'HS256');
  const abroad = tokens.sign('west');
  assert.equal(algorithm(abroad), 'ES256');
  assert.equal(tokens.sign('west'), abroad);
  keys = keyringOf({ secrets: [SECRET], privateKeys: `${keyPair().privateKey}${east.privateKey}` });
  assert.notEqual(tokens.sign('west'), abroad);
});

test('a token is given again for half its life, and a new one after it, or after the clock went back', async () => {
  const clock = createFakeClock();
  let made = 0;
  const tokens = createTokens({
    region: 'east',
    node: 'n1',
    keyring: keyring(),
    clock,
    uniqueId: () => `${++made}`,
  });
  const first = tokens.sign('east');
  await clock.advance(29_999);
  assert.equal(tokens.sign('east'), first);
  assert.notEqual(tokens.sign('west'), first);
  await clock.advance(1);
  assert.notEqual(tokens.sign('east'), first);
  assert.equal(made, 3);
});
