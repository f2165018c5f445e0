/** The other agents whose node feeds this agent follows: who they say they are, what they observe, and whether they are heard. */

import type { AgentInfo, AgentSight, Log, Problem } from '../model.ts';
import { type NodeShare, readNode } from './documents.ts';
import type { Follower } from './follower.ts';
import type { Seen } from './merge.ts';
import type { Failure } from './peerClient.ts';
import type { Revision } from './shapes.ts';

/** Where an agent is asked, and which node it should be on, where that is known. */
export interface Target {
  /** `http://10.0.0.2:7071` */
  readonly origin: string;
  readonly node?: string;
}

export interface Sight extends AgentSight {
  readonly origin: string;
  /** What it observed when it was last ready; absent: it never was. */
  readonly seen?: Seen;
  /** The decision that it answers from. */
  readonly applied?: Revision;
}

/** Starts following the feed of that name; calls back when anything about it changed. */
export type Follow = (origin: string, feed: string, onChange: () => void) => Follower;

export interface Sights extends Disposable {
  /** Follows exactly these from now on. */
  aim(targets: readonly Target[]): void;
  /** Those that ever answered, one for each node. */
  all(): readonly Sight[];
  /** Each was asked at least once. */
  settled(): boolean;
  /** What is wrong with those that are there but can't be understood. */
  problems(): readonly Problem[];
}

interface SightsDeps {
  /** This agent's node: it does not sight itself, by whatever address. */
  readonly self: string;
  readonly follow: Follow;
  readonly log: Log;
  readonly onChange: () => void;
}

interface Watch {
  readonly follower: Follower;
  node: string | undefined;
  /** What its feed says; undefined: read it again. */
  share: NodeShare | undefined;
  /** What it said when it was last ready. */
  ready: NodeShare | undefined;
  impostor: boolean;
}

export function createSights({ self, follow, log, onChange }: SightsDeps): Sights {
  const watches = new Map<string, Watch>();

  function start({ origin, node }: Target): Watch {
    const follower = follow(origin, 'node', () => {
      watch.share = undefined;
      onChange();
    });
    const watch: Watch = { follower, node, share: undefined, ready: undefined, impostor: false };
    return watch;
  }

  return {
    aim(targets) {
      const wanted = new Map(targets.map((target) => [target.origin, target]));
      for (const [origin, watch] of watches) {
        if (wanted.has(origin)) continue;
        watch.follower[Symbol.dispose]();
        watches.delete(origin);
      }
      for (const [origin, target] of wanted) {
        const watch = watches.get(origin) ?? start(target);
        watch.node = target.node;
        watches.set(origin, watch);
      }
    },
    all() {
      const byNode = new Map<string, Sight>();
      for (const [origin, watch] of watches) {
        const sight = sightOf(self, origin, watch, log);
        // A node that moved to another address may be found under both for a while: the one that is heard counts.
        if (sight !== undefined && !byNode.get(sight.info.node)?.heard) byNode.set(sight.info.node, sight);
      }
      return [...byNode.values()];
    },
    settled: () => [...watches.values()].every((watch) => watch.follower.asked),
    problems: () => Array.from(watches, ([origin, watch]) => problemsOf(origin, watch)).flat(),
    [Symbol.dispose]() {
      for (const watch of watches.values()) watch.follower[Symbol.dispose]();
      watches.clear();
    },
  };
}

function problemsOf(origin: string, { follower, share, impostor }: Watch): readonly Problem[] {
  const problems: Problem[] = [];
  const { failure } = follower;
  // One that is not there or slow is just not heard, which the list of agents shows.
  if (failure !== undefined && !['refused', 'unreachable', 'slow'].includes(failure.code)) {
    problems.push({
      code: `peer-${failure.code}`,
      message: `The agent at ${origin} can't be followed: ${failure.detail}.`,
      hint: hintFor(failure.code),
    });
  }
  if (impostor) {
    problems.push({
      code: 'peer-elsewhere',
      message: `The agent at ${origin} says that it is on another node, so it is not listened to.`,
      hint: 'Check that nothing between the nodes rewrites addresses, and that no two nodes have the same one.',
    });
  }
  if (share !== undefined && share.unreadable > 0) {
    problems.push({
      code: 'peer-unreadable',
      message: `${share.unreadable} documents of the agent at ${origin} can't be read.`,
      hint: 'Bring both agents to the same version.',
    });
  }
  return problems;
}

function hintFor(code: Failure['code']): string {
  if (code === 'token') return 'Give both agents the same secret and MSA_REGION, and set both clocks by NTP.';
  if (code === 'tls') {
    return 'Give it a certificate that is in force, made out to its address or to its region, from an authority in MSA_TLS_CA.';
  }
  return 'Check that an agent of this region listens there, of a version that goes with this one.';
}

/** Undefined: nobody answered there yet, or nobody who counts. */
function sightOf(self: string, origin: string, watch: Watch, log: Log): Sight | undefined {
  const share = refresh(watch);
  if (share.agent === undefined || share.agent.node === self) return undefined;
  if (isImpostor(origin, watch, share.agent, log)) return undefined;
  const { heard, sinceMs } = watch.follower;
  const current = watch.ready === share;
  const seen = watch.ready && { heard: heard && current, observations: watch.ready.observations };
  const { agent: info, applied } = share;
  return {
    ...{ origin, info, heard, sinceMs },
    ...(seen === undefined ? {} : { seen }),
    ...(applied === undefined ? {} : { applied }),
  };
}

function isImpostor(origin: string, watch: Watch, agent: AgentInfo, log: Log): boolean {
  const impostor = watch.node !== undefined && watch.node !== agent.node;
  if (impostor && !watch.impostor) {
    const fields = { origin, expected: watch.node, node: agent.node };
    log.warn(fields, 'an agent answers for another node: not listened to');
  }
  watch.impostor = impostor;
  return impostor;
}

/**
 * An agent that just started has observed nothing yet, which says nothing of its instances: until it is ready, what it said
 * before stands.
 */
function refresh(watch: Watch): NodeShare {
  const share = watch.share ?? readNode(watch.follower.docs);
  watch.share = share;
  if (share.agent?.ready === true) watch.ready = share;
  return share;
}
