/** Ties what this region tells other regions, and hears from them, to the settings. */

import type { Clock, Log } from '../model.ts';
import { defaultOnIsolation, type Settings } from '../settings/settingsTable.ts';
import { writeExport, writeVia } from '../share/exportFeed.ts';
import { createFederation, type Federation } from '../share/federation.ts';
import { createFeed, type Feed } from '../share/feed.ts';
import { createFollower } from '../share/follower.ts';
import type { PeerClient } from '../share/peerClient.ts';
import { originOf } from '../share/peers.ts';
import { createRegions } from '../share/regions.ts';
import type { FollowRegion } from '../share/regionWatch.ts';

export interface Federating {
  /** What agents of other regions may follow, by the names that the peers' port serves them under. */
  readonly feeds: ReadonlyMap<string, Feed>;
  /** How long this region's claim to a limited service must have stood, so that all have heard of it; 0: nobody else is configured. */
  readonly settleMs: number;
  /** Made once this agent's node is known. */
  federationOf(node: string, tokenFor: (region: string) => string): Federation;
}

interface FederatingDeps {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly onChange: () => void;
  readonly scheme: 'http' | 'https';
  /** Names this life of the agent. */
  readonly epoch: string;
  readonly nodeFeed: Feed;
  readonly clientFor: (region: string) => PeerClient;
}

/** A region's word is no longer than this; an agent of one that is would be out of memory, and so would its own. */
const MOST_DOCS = 20_000;

export function createFederating(deps: FederatingDeps): Federating {
  const { settings, clock, epoch, nodeFeed, scheme } = deps;
  const { heartbeatMs, staleAfterMs, releaseAfterMs, tickMs, peerPort, region } = settings;
  const exportFeed = createFeed({ epoch });
  const viaFeeds = new Map(settings.peers.map(({ name }) => [name, createFeed({ epoch })] as const));
  writeExport(exportFeed, region, undefined);
  for (const [name, feed] of viaFeeds) writeVia(feed, name, undefined);
  const clients = new Map(settings.peers.map(({ name }) => [name, deps.clientFor(name)] as const));
  const releases = (settings.onIsolation ?? defaultOnIsolation(settings.peers)) === 'release';

  function followRegion(tokenFor: (region: string) => string): FollowRegion {
    return ({ region: asked, urls, accept, onChange }) => {
      const [url, ...others] = urls;
      const client = clients.get(asked);
      if (url === undefined || client === undefined) throw new Error(`region ${asked} is not configured`);
      return createFollower({
        ...deps,
        ...{ url, others, accept, onChange, client },
        token: () => tokenFor(asked),
        // Seldom, since it costs as much however little there is to tell; often enough for one to be lost.
        waitMs: Math.min(2 * heartbeatMs, staleAfterMs / 2),
        staleAfterMs,
        mostDocs: MOST_DOCS,
      });
    };
  }

  return {
    settleMs: settings.peers.length === 0 ? 0 : 2 * staleAfterMs + heartbeatMs,
    feeds: new Map([
      ['export', exportFeed],
      ...Array.from(viaFeeds, ([name, feed]) => [`via/${name}`, feed] as const),
    ]),
    federationOf(node, tokenFor) {
      const regions = createRegions({
        ...deps,
        ...settings,
        peers: settings.peers.map(({ name, addresses }) => ({
          name,
          origins: addresses.map((address) => originOf(address, scheme, peerPort)),
        })),
        followRegion: followRegion(tokenFor),
      });
      return createFederation({
        ...{ region, node, epoch, regions, nodeFeed, exportFeed, viaFeeds, clock, staleAfterMs, tickMs },
        releaseAfterMs: releases ? releaseAfterMs : undefined,
        // Its leader's silence is noticed after a while, and what it decides counts from its next tick.
        silentForMs: releaseAfterMs + staleAfterMs + 2 * heartbeatMs + tickMs,
      });
    },
  };
}
