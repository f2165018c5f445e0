/**
 * Who leads a region. Pure; the Swarm's own Raft is the consensus, this adds no second one.
 *
 * Each manager agent says, among what it tells the others, whom it prefers; the leader is who a majority of all managers
 * prefers. A manager agent prefers one at a time, and two majorities share a manager: so two agents can't both hold one,
 * however links are cut, except for as long as a word takes to arrive or a silence to be noticed.
 */

import type { AgentInfo } from '../model.ts';

/**
 * Whom an agent prefers: of the manager agents that are ready and hear a majority of the managers, the one with the highest
 * rules version, then Swarm's Raft leader, then the smallest node id. Undefined: nobody can lead.
 *
 * `heard` are the agents heard right now and the asking one itself, in any order. An agent that hears no majority is no
 * candidate, by its own word; so a minority prefers nobody in its midst, and the same words give the same answer anywhere.
 */
export function preferredLeader(heard: readonly AgentInfo[], managers: number): string | undefined {
  const candidates = heard.filter((agent) => agent.manager && agent.ready && hearsMajority(agent, managers));
  return candidates.sort(byRank)[0]?.node;
}

/**
 * The node id of the leader: whom a majority of the managers prefers, by what the agents heard say (`prefers`). Undefined:
 * nobody has a majority, so nobody may act.
 */
export function whoLeads(heard: readonly AgentInfo[], managers: number): string | undefined {
  const votes = new Map<string, number>();
  for (const { manager, prefers } of heard) {
    if (manager && prefers !== undefined) votes.set(prefers, (votes.get(prefers) ?? 0) + 1);
  }
  for (const [node, count] of votes) if (isMajority(count, managers)) return node;
  return undefined;
}

function hearsMajority(agent: AgentInfo, managers: number): boolean {
  // Where two agents count managers differently, one was just added or taken away: the larger number is the safe one.
  return isMajority(new Set(agent.hears).size, Math.max(managers, agent.managers));
}

function isMajority(count: number, of: number): boolean {
  return count > of / 2;
}

function byRank(a: AgentInfo, b: AgentInfo): number {
  if (a.rulesVersion !== b.rulesVersion) return b.rulesVersion - a.rulesVersion;
  if (a.raftLeader !== b.raftLeader) return a.raftLeader ? -1 : 1;
  return a.node < b.node ? -1 : 1;
}
