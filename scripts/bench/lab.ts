/**
 * How fast a change reaches load balancers, on a real Swarm of four nodes: from the instant at which something happens to
 * the only instance of a service, to the first answer on each node that tells it. Every node is asked every 10 ms.
 */

import path from 'node:path';
import { engineRequest } from '../lab/engineRequest.ts';
import { createLab, type Lab } from '../lab/lab.ts';
import { deployMsa } from '../lab/stacks.ts';
import { until } from '../lab/until.ts';
import type { BenchResult } from './benchResult.ts';
import { everywhere, instance, killTask, row, timed } from './labMeasures.ts';

const rounds = 15;
const fall = 3;
const fastMs = 1000;

export async function benchLab(): Promise<BenchResult> {
  await using lab = await createLab({ east: { managers: 3, workers: 1 } });
  await deployMsa(lab, 'east');
  await lab.deploy('east', path.join(import.meta.dirname, 'stacks/solo.yml'), { as: 'bench' });
  await everywhere(lab.nodes, 'solo', 200);
  const killed: number[] = [];
  const probed: number[] = [];
  const sick: number[] = [];
  const labelled: number[] = [];
  for (let round = 0; round < rounds; round++) {
    killed.push(...(await timed(lab.nodes, 'solo', () => killTask(lab.nodes))));
    probed.push(await untilProbed(lab));
    await everywhere(lab.nodes, 'solo', 200);
    sick.push(...(await timed(lab.nodes, 'solo', () => makeSick(lab, true))));
    await makeSick(lab, false);
    await everywhere(lab.nodes, 'solo', 200);
    labelled.push(...(await timed(lab.nodes, 'solo', () => setMaintenance(lab, true))));
    await setMaintenance(lab, false);
    await everywhere(lab.nodes, 'solo', 200);
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

/** From the start of the instance's container to its first outcome, whichever that was. */
async function untilProbed(lab: Lab): Promise<number> {
  const { node, container } = await instance(lab.nodes);
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
  const { node, container } = await instance(lab.nodes);
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
  const { Version, Spec } = await engineRequest<ServiceFound>(socket, 'GET', '/services/bench_solo');
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
