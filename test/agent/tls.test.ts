/** Whole agents that speak TLS: to each other, and to load balancers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthority } from '../certificates.ts';
import { keyPair } from '../share/keyPair.ts';
import { createTestRegion } from './region.ts';

const authority = createAuthority();
const tls = (names: string): Record<string, string> => {
  const { cert, key } = authority.issue(names);
  return { MSA_TLS_CERT: cert, MSA_TLS_KEY: key, MSA_TLS_CA: authority.cert, MSA_TLS_CLIENT: 'true' };
};
const plan = { nodes: ['m1', 'w1'], services: { wfe: { on: ['w1'] } } };

test('agents with certificates of their region hear each other, with a key pair in place of a secret', async () => {
  await using region = await createTestRegion(plan);
  const own = { ...tls('DNS:east'), MSA_SECRET: '', MSA_KEY: keyPair().privateKey };
  await region.startWith(own, 'm1', 'w1');
  await region.until('m1', 'wfe', ({ report }) => report === 'up');
  await region.until('w1', 'wfe', ({ report }) => report === 'up');
  assert.deepEqual(await region.problems('m1'), []);
});

test('an agent with a certificate for another name is not heard, and people see why', async () => {
  await using region = await createTestRegion(plan);
  await region.startWith(tls('DNS:east'), 'm1');
  await region.startWith(tls('DNS:west'), 'w1');
  await region.pass(5_000);
  assert.deepEqual(await region.problems('m1'), ['peer-tls']);
});
