/** What benchmarks in a lab have in common: the service with one instance, and the time from what happens to who tells it. */

import type { Answer } from '../lab/client.ts';
import { engineRequest } from '../lab/engineRequest.ts';
import type { LabNode } from '../lab/lab.ts';
import { reported } from '../lab/stacks.ts';
import { until } from '../lab/until.ts';
import type { BenchRow } from './benchResult.ts';

type Nodes = readonly LabNode[];

const everyMs = 10;

/**
 * Records what these nodes answer about a service while something happens; gives how long after it each first told something
 * else than "up".
 */
export async function timed(
  nodes: Nodes,
  service: string,
  happen: () => Promise<number>,
): Promise<readonly number[]> {
  const recordings = nodes.map((node) => record(node, service, everyMs));
  const atMs = await happen();
  await everywhere(nodes, service, 503);
  const records = await Promise.all(recordings.map((recording) => recording.stop()));
  return records.map((answers) => firstOther(answers, atMs) - atMs);
}

/** Asks the node's own address again and again, as a load balancer does; on 127.0.0.1 a process of Docker's would stand between. */
export function record(
  node: LabNode,
  service: string,
  everyMs: number,
): ReturnType<LabNode['client']['record']> {
  return node.client.record({ url: `http://${node.address}:7070/report/${service}`, everyMs });
}

function firstOther(answers: readonly Answer[], afterMs: number): number {
  const told = answers.find((answer) => answer.status !== 200 && toldAt(answer) > afterMs);
  if (told === undefined) throw new Error('a node that told the change has no such answer in its record');
  return toldAt(told);
}

const toldAt = ({ atMs, tookMs }: Answer): number => atMs + tookMs;

/** Waits until all these nodes answer so. */
export async function everywhere(nodes: Nodes, service: string, status: number): Promise<void> {
  for (const node of nodes) {
    const answers = async () => (await reported(node, service)) === status;
    await until(`${node.name} answers ${status} for ${service}`, answers, { withinMs: 90_000 });
  }
}

/** The node and the container of the one instance of `solo`. */
export async function instance(
  nodes: Nodes,
): Promise<{ readonly node: LabNode; readonly container: string }> {
  return until('the instance runs', async () => {
    for (const node of nodes) {
      const listed = await node.docker(['ps', '--quiet', '--no-trunc', '--filter', 'name=bench_solo']);
      if (listed.trim() !== '') return { node, container: listed.trim() };
    }
    return undefined;
  });
}

/** Ends that instance; gives the instant. */
export async function killTask(nodes: Nodes): Promise<number> {
  const { node, container } = await instance(nodes);
  const atMs = Date.now();
  await engineRequest(node.socket, 'POST', `/containers/${container}/kill`);
  return atMs;
}

/** The 95th percentile against what is promised. */
export function row(what: string, samplesMs: readonly number[], limitMs: number): BenchRow {
  const sorted = samplesMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return {
    what: `${what} (95 % of ${sorted.length})`,
    value: at(0.95),
    unit: 'ms',
    against: { what: 'half of them', value: at(0.5) },
    limit: `within ${limitMs}`,
    ok: at(0.95) <= limitMs,
  };
}
