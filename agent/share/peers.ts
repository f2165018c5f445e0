/**
 * Keeps this agent and the others of its region together: follows whom it should, tells what it hears, and knows who leads.
 *
 * Level-driven: `tell` says how things are now, as often as one likes, and followers are started and ended to fit. Managers
 * follow every agent's node feed, workers those of the managers; all but the leader follow the leader's region feed, and
 * keep a copy in their own: so each agent can go on from it, and can hand it to one that just started.
 */

import type { AgentInfo, AgentSight, Clock, Log, Observation, Problem, RegionNode, Role } from '../model.ts';
import type { FollowTimes } from './asking.ts';
import {
  createRegionReader,
  lastWritten,
  type RegionRead,
  type RegionShare,
  writeObservations,
} from './documents.ts';
import type { Feed } from './feed.ts';
import { createFollower } from './follower.ts';
import type { Seen } from './merge.ts';
import type { PeerClient } from './peerClient.ts';
import { createRegionCopy } from './regionCopy.ts';
import type { Revision } from './shapes.ts';
import { createSights, type Follow, type Sight, type Target } from './sights.ts';
import { createStanding } from './standing.ts';
import { preferredLeader, whoLeads } from './whoLeads.ts';

/** What this agent says of itself; whom it hears, and whom it prefers, is added here. */
export type SelfInfo = Omit<AgentInfo, 'hears' | 'managers' | 'prefers' | 'leader'>;

/** How things are, as far as this agent sees by itself. */
export interface PeersView {
  readonly self: SelfInfo;
  readonly observations: readonly Observation[];
  /** All nodes of the Swarm, this one included: where this agent can ask for them. */
  readonly nodes?: readonly Pick<RegionNode, 'id' | 'address' | 'manager'>[];
  /** The managers that this agent's engine knows; they matter where there are no `nodes`. */
  readonly managers: readonly { readonly id?: string; readonly address: string }[];
}

export interface Peers extends Disposable {
  tell(view: PeersView): void;
  /** What this agent says of itself, complete. Undefined before the first `tell`. */
  self(): AgentInfo | undefined;
  /** Node id of the leader; undefined: nobody has a majority. */
  leader(): string | undefined;
  role(): Role;
  /** The other agents, by node id: heard by this agent, or by the leader on its word. */
  agents(): readonly AgentSight[];
  /** Every agent's observations by node id, this agent's own included. */
  seen(): ReadonlyMap<string, Seen>;
  /** What the region's agents last shared: the leader's word while one is heard, its last word after. */
  region(): RegionShare | undefined;
  /**
   * What the leader stands by now; this agent's own word where it leads. Undefined: nobody leads, or whoever does has not
   * decided anything since it started, so that all there is are words of before.
   */
  word(): RegionShare | undefined;
  /** When the region feed that this agent follows last answered; undefined: it follows none, or it never did. */
  toldAtMs(): number | undefined;
  /** The decision that another agent answers from, as it said last. */
  applied(node: string): Revision | undefined;
  /** Everyone it should follow has been asked at least once: nothing more is to be had for the start. */
  settled(): boolean;
  /** What people should mend between agents. */
  problems(): readonly Problem[];
}

interface PeersDeps extends FollowTimes {
  /** This agent's node feed: what it says of itself is published in it. */
  readonly nodeFeed: Feed;
  /** This agent's region feed: written by the caller while this agent leads, by the copy while it does not. */
  readonly regionFeed: Feed;
  /** This agent's node id. */
  readonly node: string;
  /** The port of addresses that carry none. */
  readonly peerPort: number;
  readonly scheme: 'http' | 'https';
  readonly token: () => string;
  readonly client: PeerClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Something changed about the others: who is heard, who leads, what they observe or share. */
  readonly onChange: () => void;
}

export function createPeers(deps: PeersDeps): Peers {
  const { node, nodeFeed, regionFeed, onChange } = deps;
  const follow: Follow = (origin, feed, changed) =>
    createFollower({ ...deps, url: `${origin}/v1/feeds/${feed}`, onChange: changed });
  const sights = createSights({ self: node, follow, log: deps.log, onChange: update });
  const regionCopy = createRegionCopy({ feed: regionFeed, follow, onChange: update });
  const readRegion = createRegionReader();
  const standing = createStanding();
  let view: PeersView | undefined;
  let self: AgentInfo | undefined;
  let leader: string | undefined;
  let readSeq = -1;
  let region: RegionRead = { unreadable: 0 };

  /** Says what follows from who is heard now, at once: the others elect by it. */
  function settle(current: PeersView): void {
    const heard = sights.all().filter((sight) => sight.heard);
    self = selfOf(current, heard);
    leader = self.leader ?? hearsay(node, heard);
    nodeFeed.set('agent', self);
    const first = targetsOf(current, deps)[0]?.origin;
    regionCopy.aim(regionSource(node, leader, heard, regionCopy.origin ?? first), leader !== undefined);
    standing.follow(leader === undefined || source() === undefined ? undefined : leader);
  }

  /** The agent whose region feed is followed, while it is heard. */
  function source(): Sight | undefined {
    return sights.all().find((sight) => sight.heard && sight.origin === regionCopy.origin);
  }

  function update(): void {
    if (view !== undefined) settle(view);
    onChange();
  }

  function regionNow(): RegionRead {
    if (regionFeed.seq === readSeq) return region;
    const share = lastWritten(regionFeed);
    region = share === undefined ? readRegion(regionFeed.docs) : { share, unreadable: 0 };
    readSeq = regionFeed.seq;
    return region;
  }

  return {
    tell(next) {
      view = next;
      writeObservations(nodeFeed, next.observations);
      sights.aim(targetsOf(next, deps));
      settle(next);
    },
    self: () => self,
    leader: () => leader,
    role() {
      if (leader === undefined) return 'caretaker';
      if (leader === node) return 'leader';
      return source() === undefined ? 'caretaker' : 'follower';
    },
    // A leader follows everyone itself: what was shared before may tell of agents that are no more.
    agents: () => agentsOf(node, sights.all(), leader === node ? [] : (regionNow().share?.agents ?? [])),
    seen: () => seenOf(node, view, sights.all()),
    region: () => regionNow().share,
    word() {
      const { share } = regionNow();
      if (share === undefined || share.decision.leader !== leader) return undefined;
      const { revision } = share.decision;
      if (leader === node) return revision.epoch === regionFeed.epoch ? share : undefined;
      return standing.believes(revision, source()?.applied) ? share : undefined;
    },
    toldAtMs: () => regionCopy.heardAtMs,
    applied: (of) => sights.all().find(({ info }) => info.node === of)?.applied,
    settled: () => sights.settled() && regionCopy.settled,
    problems: () => [...sights.problems(), ...unreadable(regionNow().unreadable)],
    [Symbol.dispose]() {
      sights[Symbol.dispose]();
      regionCopy[Symbol.dispose]();
    },
  };
}

function selfOf({ self, nodes, managers }: PeersView, heard: readonly Sight[]): AgentInfo {
  const heardManagers = heard.filter((sight) => sight.info.manager).map((sight) => sight.info.node);
  const known = {
    ...self,
    hears: [...heardManagers, ...(self.manager ? [self.node] : [])].sort(),
    managers: nodes?.filter((node) => node.manager).length ?? managers.length,
  };
  const others = heard.map((sight) => sight.info);
  const prefers = preferredLeader([known, ...others], known.managers);
  const voter = { ...known, ...(prefers === undefined ? {} : { prefers }) };
  const leader = whoLeads([voter, ...others], known.managers);
  return { ...voter, ...(leader === undefined ? {} : { leader }) };
}

/**
 * The leader that a manager agent sees a majority for, where this one, with a link cut, sees none. Good enough to follow;
 * nobody leads by it.
 */
function hearsay(self: string, heard: readonly Sight[]): string | undefined {
  const leaders = heard.filter(({ info }) => info.manager).map(({ info }) => info.leader);
  return leaders.find((leader) => leader !== undefined && leader !== self);
}

/** Managers follow everyone, workers the managers; nobody itself. */
function targetsOf({ self, nodes, managers }: PeersView, { scheme, peerPort }: PeersDeps): readonly Target[] {
  const all: readonly { readonly id?: string; readonly address: string }[] =
    self.manager && nodes !== undefined ? nodes : managers;
  return all
    .filter(({ id, address }) => id !== self.node && address !== '')
    .map(({ id, address }) => ({
      origin: originOf(address, scheme, peerPort),
      ...(id === undefined ? {} : { node: id }),
    }));
}

/** `10.0.0.2`, `10.0.0.2:7071`, `fd00::2` or `[fd00::2]:7071` as an origin. */
export function originOf(address: string, scheme: string, port: number): string {
  const bare = address.includes('::') || address.split(':').length > 2;
  const host = bare && !address.startsWith('[') ? `[${address}]` : address;
  return /:\d+$/.test(host) ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}

/**
 * Whose region feed to follow: the leader's; where this agent can't hear the leader, that of one who follows it and so has a
 * copy; without a leader whoever was followed, as long as it is heard or nobody else is.
 */
function regionSource(
  self: string,
  leader: string | undefined,
  heard: readonly Sight[],
  current: string | undefined,
): string | undefined {
  if (leader === self) return undefined;
  if (leader !== undefined) {
    const relays = heard.filter(({ info }) => info.manager && info.leader === leader);
    return (heard.find(({ info }) => info.node === leader) ?? relays[0])?.origin ?? current;
  }
  const managers = heard.filter((sight) => sight.info.manager).map((sight) => sight.origin);
  return current === undefined || managers.includes(current) ? current : (managers[0] ?? current);
}

function unreadable(count: number): readonly Problem[] {
  if (count === 0) return [];
  const message = `${count} documents of the region's feed can't be read.`;
  return [{ code: 'region-unreadable', message, hint: 'Bring all agents to the same version.' }];
}

function agentsOf(
  self: string,
  sights: readonly Sight[],
  told: readonly AgentSight[],
): readonly AgentSight[] {
  const own = sights.map(({ info, heard, sinceMs }): AgentSight => ({ info, heard, sinceMs }));
  const sighted = new Set([self, ...own.map(({ info }) => info.node)]);
  const all = [...own, ...told.filter(({ info }) => !sighted.has(info.node))];
  return all.sort((a, b) => (a.info.node < b.info.node ? -1 : 1));
}

function seenOf(
  self: string,
  view: PeersView | undefined,
  sights: readonly Sight[],
): ReadonlyMap<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const sight of sights) if (sight.seen !== undefined) seen.set(sight.info.node, sight.seen);
  if (view?.self.ready) seen.set(self, { heard: true, observations: view.observations });
  return seen;
}
