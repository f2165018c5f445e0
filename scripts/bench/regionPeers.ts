/**
 * Started by the benchmark `regions`: other regions, each an agent's peer port with so many services. It tells its parent the
 * ports, and on each number that it is told changes one verdict in so many of the regions.
 */

import { systemClock } from '../../agent/clock.ts';
import type { Verdict } from '../../agent/model.ts';
import { writeExport } from '../../agent/share/exportFeed.ts';
import { createFeed, type Feed } from '../../agent/share/feed.ts';
import { createKeyring } from '../../agent/share/keyring.ts';
import { createPeerListener } from '../../agent/share/peerListener.ts';
import { benchPlan, benchSecret, benchVerdict, quiet } from './regionWords.ts';

const [count = 1, services = 1] = process.argv.slice(2).map(Number);
const keyring = createKeyring({ region: 'here', ...benchSecret });
if (!keyring.ok) throw new Error('the secret is no secret');

interface Peer {
  readonly name: string;
  readonly feed: Feed;
  verdicts: Readonly<Record<string, Verdict>>;
}

const plans = Object.fromEntries(
  Array.from({ length: services }, (_, n) => [
    `service${n}`,
    { plan: benchPlan(`service${n}`), instances: [] },
  ]),
);
const peers: Peer[] = [];
const ports: number[] = [];
for (let n = 0; n < count; n += 1) {
  const name = `region${n}`;
  const feed = createFeed({ epoch: `life${n}` });
  const verdicts = Object.fromEntries(
    Object.keys(plans).map((service) => [service, benchVerdict(service, 0)]),
  );
  const listener = await createPeerListener({
    ...{ host: '127.0.0.1', port: 0, region: name, clock: systemClock, log: quiet, keyring: keyring.keyring },
    feeds: {},
    abroad: { feeds: new Map([['export', feed]]), regions: ['here'] },
  });
  peers.push({ name, feed, verdicts });
  ports.push(listener.port);
}
for (const peer of peers) publish(peer);

let round = 0;
process.on('message', (changed) => {
  for (let n = 0; n < Number(changed); n += 1) {
    round += 1;
    const peer = peers[round % peers.length];
    if (peer === undefined) continue;
    const service = `service${(round * 7) % services}`;
    peer.verdicts = { ...peer.verdicts, [service]: benchVerdict(service, round) };
    publish(peer);
  }
});
process.send?.(ports);

function publish({ name, feed, verdicts }: Peer): void {
  writeExport(feed, name, { services: plans, verdicts, lingering: new Set(), regions: {} });
}
