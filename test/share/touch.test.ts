/** How long a leader has been in touch without a break, though each look knows only the last answer before it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFederation } from '../../agent/share/federation.ts';
import { createFeed } from '../../agent/share/feed.ts';
import type { Peers } from '../../agent/share/peers.ts';
import { createFakeClock } from '../fakeClock.ts';

const staleAfterMs = 1500;
const tickMs = 1000;

/** A leader that looks now and then, at what another region last answered; gives from when on silence counts. */
function createLeader() {
  const clock = createFakeClock();
  let answeredAtMs: number | undefined;
  let countsFromMs = 0;
  const federation = createFederation({
    ...{ region: 'east', node: 'm1', epoch: 'e1', clock, staleAfterMs, tickMs },
    ...{ releaseAfterMs: 3000, silentForMs: 6500 },
    nodeFeed: createFeed({ epoch: 'e1' }),
    exportFeed: createFeed({ epoch: 'e1' }),
    viaFeeds: new Map([['witness', createFeed({ epoch: 'e1' })]]),
    regions: {
      follow() {},
      adopt() {},
      facts(silenceFromMs) {
        countsFromMs = silenceFromMs;
        return {};
      },
      touchedAtMs: () => [answeredAtMs],
      settled: () => true,
      problems: () => [],
      [Symbol.dispose]() {},
    },
  });
  const peers: Peers = {
    ...{ tell() {}, self: () => undefined, leader: () => 'm1', role: () => 'leader', agents: () => [] },
    ...{ seen: () => new Map(), region: () => undefined, word: () => undefined, toldAtMs: () => undefined },
    ...{ applied: () => undefined, settled: () => true, problems: () => [], [Symbol.dispose]() {} },
  };
  return {
    clock,
    /** Looks after that much time, when the last answer came so long ago. */
    async look(afterMs: number, agoMs: number): Promise<number> {
      await clock.advance(afterMs);
      answeredAtMs = clock.now() - agoMs;
      federation.look(peers);
      federation.regions();
      return countsFromMs;
    },
  };
}

test('answers that come in time are no break, though two that looks know of are further apart than stale', async () => {
  const leader = createLeader();
  const sinceMs = await leader.look(0, 0);
  for (const [afterMs, agoMs] of [
    [1000, 740],
    [1000, 20],
    [1000, 700],
    [1000, 10],
  ] as const) {
    assert.equal(await leader.look(afterMs, agoMs), sinceMs);
  }
});

test('a silence that is longer is a break, after which time counts anew', async () => {
  const leader = createLeader();
  await leader.look(0, 0);
  assert.equal(await leader.look(2000, 2000), leader.clock.now(), 'out of touch, now');
  const backMs = await leader.look(1000, 0);
  assert.equal(backMs, leader.clock.now());
  assert.equal(await leader.look(1000, 0), backMs);
});
