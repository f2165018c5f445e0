/** Keys of shared secrets. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyringOfSecrets } from '../../agent/share/keyring.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import { createFakeClock } from '../fakeClock.ts';
import { keyring } from './region.ts';

test('without a secret, or with a short one, there is no keyring but a word on what to do', () => {
  for (const secrets of [[], [''], ['fifteen letters'], ['a secret that is long enough', 'tiny']]) {
    const result = keyringOfSecrets(secrets);
    assert.equal(result.ok, false);
    assert.equal(result.problem.code, 'bad-secret');
    for (const secret of secrets.filter((each) => each !== ''))
      assert.ok(!result.problem.message.includes(secret));
  }
});

test('the first secret signs, all are accepted, each under a name of its own that does not tell it', () => {
  const keys = keyring('the newer secret of the region', 'the older secret of the region');
  assert.equal(keys.accepted.size, 2);
  assert.equal(keys.signing, [...keys.accepted.values()][0]);
  assert.equal(keys.signing.id, keyring('the newer secret of the region').signing.id);
  assert.match(keys.signing.id, /^[\w-]{11}$/);
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
