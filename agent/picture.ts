/** What an agent answers from, put together. Pure. */

import type { DiscoveryView } from './discover/view.ts';
import type { AgentInfo, Decision, Facts, Picture, Problem, RegionNode, Role } from './model.ts';
import type { Peers } from './share/peers.ts';

/** What never changes of an agent while it runs. */
export interface About {
  readonly region: string;
  readonly regionPriority: number;
  readonly version: string;
  readonly protocol: number;
  readonly startedAtMs: number;
}

/** Before an agent knows anything: itself, and that nothing is decided yet. */
export function startingPicture(about: About): Picture {
  const { version, protocol, startedAtMs } = about;
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
    facts: emptyFacts(about),
    nodes: [],
    agents: [],
    problems: [],
  };
}

export function emptyFacts({ region, regionPriority }: About): Facts {
  return { region, regionPriority, services: {}, regions: {}, overrides: {} };
}

export interface Seen {
  readonly self: AgentInfo;
  readonly role: Role;
  readonly view: DiscoveryView;
  readonly peers: Peers;
  readonly decision: Decision | undefined;
  readonly facts: Facts;
  readonly nodes: readonly RegionNode[] | undefined;
  readonly problems: readonly Problem[];
}

/** What is answered from until the next tick. */
export function pictureOf({ self, role, view, peers, decision, facts, nodes, problems }: Seen): Picture {
  const leader = peers.leader();
  const stale = staleness(role, view);
  return {
    self,
    role,
    ...(leader === undefined ? {} : { leader }),
    ...(decision === undefined ? {} : { decision }),
    ...(stale === undefined ? {} : { stale }),
    facts,
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
