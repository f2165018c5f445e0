/**
 * How fast a change reaches load balancers, on a real Swarm of four nodes: from the instant at which something happens to
 * the only instance of a service, to the first answer on each node that tells it. Every node is asked every 10 ms.
 */

import path from 'node:path';
import type { Answer } from '../lab/client.ts';
import { createLab, type Lab, type LabNode } from '../lab/lab.ts';
import { deployMsa, reported } from '../lab/stacks.ts';
import { until } from '../lab/until.ts';
import type { BenchResult, BenchRow } from './benchResult.ts';
import { engineRequest } from './engineRequest.ts';

const rounds = 15;
const everyMs = 10;
const fall = 3;
const fastMs = 1000;

export async function benchLab(): Promise<BenchResult> {
  await using lab = await createLab({ east: { managers: 3, workers: 1 } });
  await deployMsa(lab, 'east');
  await lab.deploy('east', path.join(import.meta.dirname, 'stacks/solo.yml'), { as: 'bench' });
  await everywhere(lab, 200);
  const killed: number[] = [];
  const probed: number[] = [];
  const sick: number[] = [];
  const labelled: number[] = [];
  for (let round = 0; round < rounds; round++) {
    killed.push(...(await timed(lab, () => killTask(lab))));
    probed.push(await untilProbed(lab));
    await everywhere(lab, 200);
    sick.push(...(await timed(lab, () => makeSick(lab, true))));
    await makeSick(lab, false);
    await everywhere(lab, 200);
    labelled.push(...(await timed(lab, () => setMaintenance(lab, true))));
    await setMaintenance(lab, false);
    await everywhere(lab, 200);
  }
  return {
    name: 'lab',
    rows: [
      row('task killed, until a node tells', killed, 250),
      row('sick answer, until a node tells', sick, fall * fastMs + 250),
      row('label changed, until a node tells', labelled, 1000),
      row('new task running, until it is probed', probed, 1000),
    ],
  };
}

/** Records all nodes while something happens; gives how long after it each node first told something else than "up". */
async function timed(lab: Lab, happen: () => Promise<number>): Promise<readonly number[]> {
  const url = 'http://127.0.0.1:7070/report/solo';
  const recordings = lab.nodes.map((node) => node.client.record({ url, everyMs }));
  const atMs = await happen();
  await everywhere(lab, 503);
  const records = await Promise.all(recordings.map((recording) => recording.stop()));
  return records.map((answers) => firstOther(answers, atMs) - atMs);
}

function firstOther(answers: readonly Answer[], afterMs: number): number {
  const told = answers.find((answer) => answer.status !== 200 && toldAt(answer) > afterMs);
  if (told === undefined) throw new Error('a node that told the change has no such answer in its record');
  return toldAt(told);
}

const toldAt = ({ atMs, tookMs }: Answer): number => atMs + tookMs;

async function everywhere(lab: Lab, status: number): Promise<void> {
  for (const node of lab.nodes) {
    await until(`${node.name} answers ${status}`, async () => (await reported(node, 'solo')) === status, {
      withinMs: 90_000,
    });
  }
}

/** The node and the container of the one instance. */
async function instance(lab: Lab): Promise<{ readonly node: LabNode; readonly container: string }> {
  return until('the instance runs', async () => {
    for (const node of lab.nodes) {
      const listed = await node.docker(['ps', '--quiet', '--no-trunc', '--filter', 'name=bench_solo']);
      if (listed.trim() !== '') return { node, container: listed.trim() };
    }
    return undefined;
  });
}

async function killTask(lab: Lab): Promise<number> {
  const { node, container } = await instance(lab);
  const atMs = Date.now();
  await engineRequest(node.socket, 'POST', `/containers/${container}/kill`);
  return atMs;
}

/** From the start of the instance's container to its first outcome, whichever that was. */
async function untilProbed(lab: Lab): Promise<number> {
  const { node, container } = await instance(lab);
  const about = '{{.State.StartedAt}} {{index .Config.Labels "com.docker.swarm.task.id"}}';
  const told = await node.docker(['inspect', '--format', about, container]);
  const [started = '', task = ''] = told.trim().split(' ');
  const known = await until(
    'the new task is probed',
    async () => {
      const { body } = await node.client.get('http://127.0.0.1:7070/api/v1/services/solo');
      const { instances }: { readonly instances: readonly InstanceSeen[] } = JSON.parse(body);
      return instances.find(({ id, health }) => id === task && health !== 'unknown');
    },
    { everyMs: 20 },
  );
  return known.sinceMs - Date.parse(started);
}

interface InstanceSeen {
  readonly id: string;
  readonly health: string;
  readonly sinceMs: number;
}

async function makeSick(lab: Lab, isSick: boolean): Promise<number> {
  const { node, container } = await instance(lab);
  const bridge = await node.docker([
    'network',
    'inspect',
    'docker_gwbridge',
    '--format',
    '{{json .Containers}}',
  ]);
  const ends: Readonly<Record<string, { readonly IPv4Address: string } | undefined>> = JSON.parse(bridge);
  const [address] = ends[container]?.IPv4Address.split('/') ?? [];
  const url = `http://${address}:8080/switch`;
  await node.client.ask({ url, method: 'POST', body: JSON.stringify({ sick: isSick }) });
  return Date.now();
}

async function setMaintenance(lab: Lab, on: boolean): Promise<number> {
  const { socket } = lab.node('east-m1');
  const found = await engineRequest(socket, 'GET', '/services/bench_solo');
  const { Version, Spec }: ServiceFound = JSON.parse(JSON.stringify(found));
  const { 'msa.maintenance': _, ...others } = Spec.Labels;
  const labels = on ? { ...others, 'msa.maintenance': 'true' } : others;
  const atMs = Date.now();
  const where = `/services/bench_solo/update?version=${Version.Index}`;
  await engineRequest(socket, 'POST', where, { ...Spec, Labels: labels });
  return atMs;
}

interface ServiceFound {
  readonly Version: { readonly Index: number };
  readonly Spec: { readonly Labels: Readonly<Record<string, string>> };
}

function row(what: string, samplesMs: readonly number[], limitMs: number): BenchRow {
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
