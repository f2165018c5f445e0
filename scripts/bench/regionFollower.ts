/**
 * Started by the benchmark `regions`: what a leader does about other regions. It follows those on the ports that its parent
 * tells, shares with its own region what it hears, passes it on, and tells its parent what that costs.
 */

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../agent/clock.ts';
import { createPace } from '../../agent/loop/pace.ts';
import { lastWritten, writeRegion } from '../../agent/share/documents.ts';
import { writeVia } from '../../agent/share/exportFeed.ts';
import { createFeed } from '../../agent/share/feed.ts';
import { createFollower } from '../../agent/share/follower.ts';
import { createKeyring } from '../../agent/share/keyring.ts';
import { createPeerClient } from '../../agent/share/peerClient.ts';
import { createRegions } from '../../agent/share/regions.ts';
import { createTokens } from '../../agent/share/tokens.ts';
import type { FollowingCost } from './regions.ts';
import { benchSecret, quiet } from './regionWords.ts';

const measuredMs = Number(process.argv[2]);
const [ports] = await once(process, 'message');
const peers = (Array.isArray(ports) ? ports : []).map((port, n) => ({
  name: `region${n}`,
  origins: [`http://127.0.0.1:${port}`],
}));
const keyring = createKeyring({ region: 'here', ...benchSecret });
if (!keyring.ok) throw new Error('the secret is no secret');
let id = 0;
const tokens = createTokens({
  ...{ region: 'here', node: 'bvz0k3u5r2b9xq1m7n8w4t6yc', keyring: keyring.keyring, clock: systemClock },
  uniqueId: () => `${id++}`.padStart(16, '0'),
});
using client = createPeerClient();
const shared = {
  clock: systemClock,
  log: quiet,
  random: Math.random,
  staleAfterMs: 3_000,
  lostAfterMs: 30_000,
};
const regionFeed = createFeed({ epoch: 'here' });
const viaFeeds = new Map(peers.map(({ name }) => [name, createFeed({ epoch: name })]));
const ready = Promise.withResolvers<void>();
using regions = createRegions({
  ...{ ...shared, region: 'here', peers, onChange: () => pace.wake() },
  followRegion: ({ region, urls: [url = '', ...others], accept, onChange }) =>
    createFollower({
      ...{ ...shared, url, others, accept, onChange, client, waitMs: 1_500 },
      token: () => tokens.sign(region),
    }),
});
let changes = 0;
using pace = createPace({ clock: systemClock, tickMs: 1_000, run: tick });
regions.follow(true);
pace.wake();
await ready.promise;

await pause(2_000);
changes = 0;
const cpuBefore = process.cpuUsage();
const fromMs = performance.now();
let memoryMiB = 0;
while (performance.now() - fromMs < measuredMs) {
  await pause(500);
  memoryMiB = Math.max(memoryMiB, process.memoryUsage.rss() / 2 ** 20);
}
const { user, system } = process.cpuUsage(cpuBefore);
const cost: FollowingCost = {
  cpuPercent: (user + system) / 1e6 / ((performance.now() - fromMs) / 1_000) / 0.01,
  memoryMiB,
  changes,
  services: Object.values(regions.facts(0)).reduce(
    (sum, { services }) => sum + Object.keys(services).length,
    0,
  ),
};
process.send?.(cost);
process.disconnect?.();

function tick(): undefined {
  const facts = regions.facts(0);
  const before = regionFeed.seq;
  writeRegion(regionFeed, {
    decision: {
      ...{ region: 'here', leader: 'me', decidedAtMs: 1, rulesVersion: 1, problems: [], inTouch: true },
      revision: { epoch: 'here', number: 1 },
    },
    ...{ services: {}, nodes: [], agents: [], verdicts: {}, overrides: {}, outbox: [], regions: facts },
    memory: { services: {}, rules: {} },
    lingering: new Set(),
  });
  changes += regionFeed.seq - before;
  if (regionFeed.seq !== before) {
    const share = lastWritten(regionFeed);
    for (const [name, feed] of viaFeeds) writeVia(feed, name, share?.regions[name]);
  }
  if (peers.every(({ name }) => facts[name]?.freshness === 'fresh')) ready.resolve();
}
