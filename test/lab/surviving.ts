/**
 * Breaks something in the lab of two regions and a witness, records meanwhile what every node answers 20 times a second, and judges
 * the record. The sums are printed as the table that docs/reliability.md explains.
 */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Lab, LabNode } from '../../scripts/lab/lab.ts';
import { reported } from '../../scripts/lab/stacks.ts';
import { until } from '../../scripts/lab/until.ts';
import { agentLives, asUsual, atEase, createFederatedLab, limited, times, trace } from './federated.ts';
import { type Expected, type Summary, summarise } from './record.ts';
import { type Row, table } from './summaryTable.ts';

export let lab: Lab;
const rows: Row[] = [];
before(async () => {
  lab = await createFederatedLab();
});
after(async () => {
  console.log(table(rows).join('\n'));
  await lab?.[Symbol.asyncDispose]();
});

/** From a region's end to the first "up" elsewhere; the last second is for the decision to reach every node. */
export const takenOverMs = times.lostAfterMs + times.staleAfterMs + times.heartbeatMs + times.tickMs + 1000;

interface Failure extends Partial<Pick<Expected, 'times' | 'touches'>> {
  /** Nodes whose agents may end in this failure, and come back. */
  readonly away?: readonly string[];
  /** How long a limited service may be up nowhere. Untouched ones never are, but for the way of an answer. */
  readonly withoutMs?: number;
  /** Breaks something, and waits for what comes of it. */
  readonly breaks: () => Promise<void>;
  readonly mends?: () => Promise<void>;
}

/** Records all nodes from before the failure until all is as usual again, and judges the record. */
export async function survive(failure: string, expected: Failure): Promise<void> {
  const { away = [], touches = () => false, withoutMs = 1000, breaks, mends } = expected;
  await asUsual(lab);
  const before = await agentLives(lab);
  const startedMs = Date.now();
  const tracing = trace(lab);
  let ended: readonly string[];
  let summary: Summary;
  try {
    await breaks();
  } finally {
    await mends?.();
    await asUsual(lab);
    const after = await agentLives(lab);
    ended = names(lab.nodes).filter((name) => before.get(name) !== after.get(name));
    summary = summarise(await tracing.stop(), { ...expected, away: ended, touches, limited });
    rows.push({ failure, ...summary, boundMs: withoutMs });
  }
  const surprises = ended.filter((name) => !away.includes(name));
  if (summary.missing > 0 || summary.changed.length > 0 || surprises.length > 0)
    console.log(await whatSwarmDid(startedMs));
  assert.deepEqual(surprises, [], 'agents ended there, which nobody meant to end');
  assert.deepEqual(summary.silences, [], `missing answers: ${summary.missing}`);
  assert.deepEqual(summary.changed.slice(0, 9), [], `changed answers: ${summary.changed.length}`);
  assert.deepEqual(summary.overlaps, [], 'what is limited is up in one region at a time');
  assert.ok(summary.longestWithoutMs <= withoutMs, `for ${summary.longestWithoutMs} ms it was up nowhere`);
}

/** What Swarm did to the agents and thought of the nodes, for people: it replaces agents on nodes that it gave up, for one. */
async function whatSwarmDid(sinceMs: number): Promise<string> {
  const format = '{{.Node}}\t{{.DesiredState}}\t{{.CurrentState}}\t{{.Error}}';
  const window = ['--since', `${sinceMs / 1000}`, '--until', `${Date.now() / 1000}`];
  const told = ['east', 'west', 'witness'].map(async (region) => {
    const [manager] = lab.region(region);
    const tasks = await manager?.docker(['service', 'ps', 'msa_agent', '--no-trunc', '--format', format]);
    const nodes = await manager?.docker(['events', ...window, '--filter', 'type=node']);
    return `${tasks}${nodes}`;
  });
  return (await Promise.all(told)).join('\n');
}

export const names = (nodes: readonly LabNode[]): readonly string[] => nodes.map(({ name }) => name);

export async function answers(node: string, service: string, status: number): Promise<void> {
  await until(
    `${node} answers ${status} for ${service}`,
    async () => (await reported(lab.node(node), service)) === status,
    { withinMs: 120_000, ...atEase },
  );
}

/** Until so much time has gone by: for failures that must change nothing however long they last. */
export async function lasts(ms: number): Promise<void> {
  const sinceMs = performance.now();
  await until('it has lasted', () => performance.now() - sinceMs > ms, { withinMs: 2 * ms + 1000 });
}
