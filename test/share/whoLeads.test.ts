/** Who leads: a table for each rule, and properties over generated regions. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AgentInfo } from '../../agent/model.ts';
import { preferredLeader, whoLeads } from '../../agent/share/whoLeads.ts';
import { agentInfo } from './region.ts';

const abc = ['a', 'b', 'c'];
const three = (over: Record<string, Partial<AgentInfo>> = {}): AgentInfo[] =>
  abc.map((node) => agentInfo(node, { hears: abc, managers: 3, ...over[node] }));

const table: readonly (readonly [string, AgentInfo[], number, string | undefined])[] = [
  ['the smallest node id, where nothing else differs', three(), 3, 'a'],
  ['Swarm’s Raft leader before a smaller id', three({ b: { raftLeader: true } }), 3, 'b'],
  [
    'the highest rules version before the Raft leader',
    three({ b: { raftLeader: true }, c: { rulesVersion: 2 } }),
    3,
    'c',
  ],
  ['nobody who is not ready', three({ a: { ready: false } }), 3, 'b'],
  [
    'no worker, whatever its rules',
    [...three(), agentInfo('W', { manager: false, rulesVersion: 9, hears: abc, managers: 3 })],
    3,
    'a',
  ],
  ['nobody who hears no majority', three({ a: { hears: ['a'] } }), 3, 'b'],
  [
    'nobody, where half of the managers hear each other',
    [agentInfo('a', { hears: ['a', 'b'], managers: 4 }), agentInfo('b', { hears: ['a', 'b'], managers: 4 })],
    4,
    undefined,
  ],
  [
    'nobody, where the candidate counts too few managers',
    [agentInfo('a', { hears: ['a'], managers: 1 })],
    3,
    undefined,
  ],
  ['the only manager', [agentInfo('a')], 1, 'a'],
  ['nobody, where nobody is there', [], 1, undefined],
  ['nobody by hearing one manager twice', [agentInfo('a', { hears: ['a', 'a'], managers: 3 })], 3, undefined],
];

for (const [what, heard, managers, expected] of table) {
  test(`an agent prefers ${what}`, () => {
    assert.equal(preferredLeader(heard, managers), expected);
    assert.equal(preferredLeader([...heard].reverse(), managers), expected);
  });
}

test('the leader is whom a majority of the managers prefers; workers don’t count', () => {
  const vote = (node: string, prefers: string, manager = true): AgentInfo =>
    agentInfo(node, { prefers, manager });
  assert.equal(whoLeads([vote('a', 'a'), vote('b', 'a')], 3), 'a');
  assert.equal(whoLeads([vote('a', 'a'), vote('b', 'b')], 3), undefined);
  assert.equal(whoLeads([vote('a', 'a'), vote('w', 'a', false), vote('v', 'a', false)], 3), undefined);
  assert.equal(whoLeads([vote('a', 'a'), vote('b', 'a')], 4), undefined);
});

/** Managers with links cut at random, one-sided cuts included; each says whom it hears and prefers by what it hears. */
const regions = fc.integer({ min: 1, max: 7 }).chain((size) =>
  fc.record({
    agents: fc.array(fc.record({ rulesVersion: fc.nat(2), raftLeader: fc.boolean(), ready: fc.boolean() }), {
      minLength: size,
      maxLength: size,
    }),
    cut: fc.array(fc.boolean(), { minLength: size * size, maxLength: size * size }),
  }),
);

function settled({ agents, cut }: { agents: readonly Partial<AgentInfo>[]; cut: readonly boolean[] }) {
  const size = agents.length;
  const hears = (who: number, whom: number): boolean => who === whom || cut[who * size + whom] !== true;
  const infos = agents.map((agent, at) => {
    const heard = agents.map((_, other) => other).filter((other) => hears(at, other));
    return agentInfo(`n${at}`, { ...agent, managers: size, hears: heard.map((other) => `n${other}`) });
  });
  const heardBy = (at: number, all: readonly AgentInfo[]): AgentInfo[] =>
    all.filter((_, other) => hears(at, other));
  const votes = infos.map((info, at): AgentInfo => {
    const prefers = preferredLeader(heardBy(at, infos), size);
    return { ...info, ...(prefers === undefined ? {} : { prefers }) };
  });
  return votes.map((info, at) => ({ info, leader: whoLeads(heardBy(at, votes), size) }));
}

test('however links are cut, no two agents hold different leaders', () => {
  fc.assert(
    fc.property(regions, (region) => {
      const leaders = new Set(settled(region).map(({ leader }) => leader));
      leaders.delete(undefined);
      assert.ok(leaders.size <= 1, [...leaders].join());
    }),
    { numRuns: 3_000 },
  );
});

test('whoever leads hears a majority, so a minority never leads', () => {
  fc.assert(
    fc.property(regions, (region) => {
      const all = settled(region);
      for (const { info, leader } of all) {
        if (leader === info.node) assert.ok(info.hears.length > all.length / 2);
      }
    }),
    { numRuns: 3_000 },
  );
});

test('where all hear each other and somebody is ready, all name the same leader', () => {
  fc.assert(
    fc.property(regions, ({ agents }) => {
      const all = settled({ agents, cut: [] });
      const leaders = new Set(all.map(({ leader }) => leader));
      assert.equal(leaders.size, 1);
      assert.equal(leaders.has(undefined), !agents.some((agent) => agent.ready));
    }),
    { numRuns: 1_000 },
  );
});
