/** What an agent answers from, put together. Pure. */

import type { DiscoveryView } from '../discover/view.ts';
import { formatDuration } from '../duration.ts';
import type { AgentInfo, Decision, Facts, Memory, Picture, Problem, RegionNode, Role } from '../model.ts';
import type { RegionShare } from '../share/documents.ts';
import type { Peers } from '../share/peers.ts';
import { decisionOf } from './deciding.ts';

/** What never changes of an agent while it runs. */
export interface About {
  readonly region: string;
  readonly regionPriority: number;
  readonly version: string;
  readonly protocol: number;
  readonly startedAtMs: number;
}

/** Before an agent knows anything: itself, and what was on disk, if anything was; else nothing is decided yet. */
export function startingPicture(about: About, stored: RegionShare | undefined): Picture {
  const { version, protocol, startedAtMs } = about;
  const stale = storedWord(about, stored?.decision.storedAtMs);
  return {
    self: {
      version,
      protocol,
      startedAtMs,
      node: '',
      hostname: '',
      manager: false,
      raftLeader: false,
      rulesVersion: 0,
      rulesHash: '',
      hears: [],
      managers: 0,
      ready: false,
      problems: [],
    },
    role: 'caretaker',
    ...(stored === undefined ? {} : { decision: decisionOf(stored) }),
    ...(stale === undefined ? {} : { stale }),
    facts: stored === undefined ? emptyFacts(about) : sharedFacts(about, stored),
    nodes: stored?.nodes ?? [],
    agents: stored?.agents ?? [],
    problems: [],
  };
}

export function emptyFacts({ region, regionPriority }: About): Facts {
  return { region, regionPriority, services: {}, regions: {}, overrides: {} };
}

/** The facts that were shared, for one that did not gather them itself. */
export function sharedFacts(about: About, { services, regions, overrides }: RegionShare): Facts {
  return { ...emptyFacts(about), services, regions, overrides };
}

export interface Seen {
  readonly about: About;
  readonly self: AgentInfo;
  readonly role: Role;
  readonly view: DiscoveryView;
  readonly peers: Peers;
  readonly decision: Decision | undefined;
  readonly memory: Memory;
  /** Set where the decision is from disk: when it was last known to be current. */
  readonly storedAtMs: number | undefined;
  readonly facts: Facts;
  readonly nodes: readonly RegionNode[] | undefined;
  readonly problems: readonly Problem[];
}

/** What is answered from until the next tick. */
export function pictureOf(seen: Seen): Picture {
  const { about, self, role, view, peers, decision, memory, storedAtMs, facts, nodes, problems } = seen;
  const leader = peers.leader();
  const stale = storedWord(about, storedAtMs) ?? staleness(role, view);
  return {
    self,
    role,
    ...(leader === undefined ? {} : { leader }),
    ...(decision === undefined ? {} : { decision }),
    ...(stale === undefined ? {} : { stale }),
    facts,
    memory,
    nodes: nodes ?? [view.node],
    agents: peers.agents(),
    problems,
  };
}

/** Why the decision may be old, for people. */
function staleness(role: Role, view: DiscoveryView): string | undefined {
  if (role === 'caretaker')
    return 'no leader is heard: this agent goes on from the last decision and from what it sees itself';
  if (role === 'leader' && !view.current)
    return 'the Docker engine or the Swarm does not answer: the last inventory stands';
  return undefined;
}

function storedWord({ startedAtMs }: About, storedAtMs: number | undefined): string | undefined {
  if (storedAtMs === undefined) return undefined;
  const age = formatDuration(Math.max(0, startedAtMs - storedAtMs));
  return `from disk, as it was ${age} before this agent started; until the first probes are in`;
}
