/** What agents of other regions may ask the peers' port for, and what only those of the own region may. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFeed } from '../../agent/share/feed.ts';
import { createPeerListener } from '../../agent/share/peerListener.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import { createFakeClock } from '../fakeClock.ts';
import { ask, bearer } from './listener.ts';
import { keyring, memoryLog } from './region.ts';

async function createEast() {
  const clock = createFakeClock();
  const exported = createFeed({ epoch: 'life' });
  exported.set('region', { name: 'east', speaks: true });
  const listener = await createPeerListener({
    ...{ host: '127.0.0.1', port: 0, region: 'east', keyring: keyring(), clock, log: memoryLog() },
    feeds: { node: createFeed({ epoch: 'life' }), region: createFeed({ epoch: 'life' }) },
    abroad: {
      feeds: new Map([
        ['export', exported],
        ['via/west', createFeed({ epoch: 'life' })],
      ]),
      regions: ['west'],
    },
  });
  return {
    async codeFor(path: string, from: string, audience = 'east'): Promise<unknown> {
      const tokens = createTokens({
        region: from,
        node: 'n',
        keyring: keyring(),
        clock,
        uniqueId: () => 'id',
      });
      const { status, body } = await ask({
        port: listener.port,
        path,
        headers: bearer(tokens.sign(audience)),
      });
      if (status !== 401) return status;
      return typeof body === 'object' && body !== null && 'code' in body ? body.code : body;
    },
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

test('other regions that are named get what is exported and passed on, and nothing else', async () => {
  await using east = await createEast();
  assert.equal(await east.codeFor('/v1/feeds/export', 'west'), 200);
  assert.equal(await east.codeFor('/v1/feeds/via/west', 'west'), 200);
  assert.equal(await east.codeFor('/v1/feeds/node', 'west'), 'issuer');
  assert.equal(await east.codeFor('/v1/feeds/region', 'west'), 'issuer');
  assert.equal(await east.codeFor('/v1/feeds/via/north', 'west'), 404);
  assert.equal(await east.codeFor('/v1/feeds/export', 'west', 'north'), 'audience');
});

test('a region that is not named gets nothing, not even to know what there is', async () => {
  await using east = await createEast();
  for (const path of ['/v1/feeds/export', '/v1/feeds/via/west', '/v1/feeds/node', '/v1/feeds/nothing']) {
    assert.equal(await east.codeFor(path, 'north'), 'issuer', path);
  }
});

test('agents of the own region get all', async () => {
  await using east = await createEast();
  for (const path of ['/v1/feeds/export', '/v1/feeds/node', '/v1/feeds/region']) {
    assert.equal(await east.codeFor(path, 'east'), 200, path);
  }
});
