/**
 * Two regions and a witness, and what is usual in them: news is up everywhere, db (and wfe, which needs it) in west only,
 * ledger in east only. Each test breaks something, and waits until all is as usual again.
 */

import path from 'node:path';
import { engineRequest } from '../../scripts/lab/engineRequest.ts';
import { createLab, type Lab, type LabNode } from '../../scripts/lab/lab.ts';
import { deployFederation, reported, updateFederated } from '../../scripts/lab/stacks.ts';
import { until } from '../../scripts/lab/until.ts';
import type { Trace } from './record.ts';

/** What MSA is told in these tests, in `stacks/federated.yml`. */
export const times = {
  heartbeatMs: 500,
  staleAfterMs: 1500,
  releaseAfterMs: 30_000,
  lostAfterMs: 38_000,
  tickMs: 1000,
} as const;

/** Where each service is up as long as nothing fails. */
const homes: Readonly<Record<string, readonly string[]>> = {
  news: ['east', 'west'],
  db: ['west'],
  wfe: ['west'],
  ledger: ['east'],
};

/** How often nodes are asked whether it is so yet: a new connection each time, on a machine that is busy with what is waited for. */
export const atEase = { everyMs: 500 } as const;

/** What all agents sign with at first. */
export const firstSecret = 'the first secret of the lab';

/** Those that are up in one region at a time. */
export const limited = ['db', 'wfe', 'ledger'];

const stack = (name: string): string => path.join(import.meta.dirname, 'stacks', name);

export async function createFederatedLab(): Promise<Lab> {
  const lab = await createLab({
    east: { managers: 3, workers: 1 },
    west: { managers: 1, workers: 1 },
    witness: { managers: 1, workers: 0 },
  });
  await Promise.all(['east', 'west', 'witness'].map((region) => bePatient(lab, region)));
  await deployFederation(lab, { secret: firstSecret, over: [stack('federated.yml')] });
  for (const [region, priority] of [
    ['east', '0'],
    ['west', '20'],
  ] as const) {
    await lab.deploy(region, stack('limited.yml'), { as: 'shop', env: { DB_PRIORITY: priority } });
  }
  await asUsual(lab);
  return lab;
}

/**
 * Lets Swarm wait for nodes: it gives up one that was silent for three of these times (six, under a new leader), 15 s and 30 s unless
 * told, and then replaces all that runs there, agents too, though the node lives. These tests cut nodes off for longer.
 */
async function bePatient(lab: Lab, region: string): Promise<void> {
  await lab.region(region)[0]?.docker(['swarm', 'update', '--dispatcher-heartbeat', '20s']);
}

/** The nodes whose users ask for services. */
export const serving = (lab: Lab): readonly LabNode[] =>
  lab.nodes.filter(({ region }) => region !== 'witness');

/** A rolling update goes on to the next agent once this one is healthy: sooner where no check comes before the agent can be up. */
const whileRolling = '5s';

/** Deploys MSA once more in one region, with other variables, and waits until each of its agents has gone and come. */
export async function roll(lab: Lab, region: string, env: Readonly<Record<string, string>>): Promise<void> {
  await updateFederated(lab, region, {
    over: [stack('federated.yml')],
    env: { HEALTH_INTERVAL: whileRolling, ...env },
  });
  await rolled(lab.region(region)[0]);
}

/** Replaces each agent of a region by one of another image, one after the other: of the same content, but Swarm can't know that. */
export async function replaceAgents(lab: Lab, region: string): Promise<void> {
  const nodes = lab.region(region);
  await Promise.all(nodes.map((node) => node.docker(['tag', 'msa:latest', 'msa:next'])));
  const [manager] = nodes;
  const next = ['--image', 'msa:next', '--no-resolve-image', '--health-interval', whileRolling];
  await manager?.docker(['service', 'update', '--detach', '--quiet', ...next, 'msa_agent']);
  await rolled(manager);
}

async function rolled(manager: LabNode | undefined): Promise<void> {
  if (manager === undefined) return;
  const { State, Message } = await until(
    'the update is through',
    async () => {
      // By Docker's client it would cost a process each time, on a machine that is busy with the update.
      const { UpdateStatus } = await engineRequest<ServiceFound>(
        manager.socket,
        'GET',
        '/services/msa_agent',
      );
      return UpdateStatus?.State !== 'updating' && UpdateStatus;
    },
    { withinMs: 300_000, ...atEase },
  );
  if (State !== 'completed') throw new Error(`on ${manager.name} the update is ${State}: ${Message}`);
}

interface ServiceFound {
  readonly UpdateStatus?: { readonly State: string; readonly Message: string };
}

/** Waits until every node hears all it should, and reports every service as it does when nothing fails. */
export async function asUsual(lab: Lab): Promise<void> {
  await Promise.all(
    lab.nodes.map((node) =>
      until(`all is as usual on ${node.name}`, () => isUsual(lab, node), { withinMs: 240_000, ...atEase }),
    ),
  );
}

async function isUsual(lab: Lab, node: LabNode): Promise<boolean> {
  const { agents, leader } = await api<{
    readonly agents: readonly { readonly heard: boolean; readonly info: { readonly leader?: string } }[];
    readonly leader?: string;
  }>(node, 'status');
  const others = agents.filter(({ heard, info }) => heard && info.leader === leader);
  const expected = lab.region(node.region).length - 1;
  if (others.length !== expected)
    throw new Error(`it hears ${others.length} of ${expected} agents that agree with it`);
  const { regions } = await api<{
    readonly regions: readonly { readonly name: string; readonly freshness: string; readonly via?: string }[];
  }>(node, 'regions');
  const far = regions.filter(({ freshness, via }) => freshness !== 'fresh' || via !== undefined);
  if (far.length > 0) throw new Error(`to it ${far.map(({ name, freshness }) => `${name} is ${freshness}`)}`);
  if (node.region === 'witness') return true;
  for (const service of Object.keys(homes)) {
    const status = await reported(node, service);
    if (status !== usual(node, service)) throw new Error(`it answers ${status} for ${service}`);
  }
  return true;
}

/** What the node answers as long as nothing fails. */
function usual({ region }: LabNode, service: string): number {
  return homes[service]?.includes(region) ? 200 : 503;
}

/** One answer of the agent's API on the node; throws where there is none. */
export async function api<T>(node: LabNode, what: string): Promise<T> {
  const answer = await node.client.get(`http://127.0.0.1:7070/api/v1/${what}`);
  if (answer.status !== 200) throw new Error(`${answer.status ?? answer.error}`);
  const parsed: T = JSON.parse(answer.body);
  return parsed;
}

/** By node: what tells this life of its agent from all others. */
export async function agentLives(lab: Lab): Promise<ReadonlyMap<string, string>> {
  const lives = lab.nodes.map(async ({ name, socket }) => {
    const named = `filters=${encodeURIComponent('{"name":["msa_agent"]}')}`;
    const found = `/containers/json?${named}`;
    const running = await engineRequest<readonly { readonly Id: string }[]>(socket, 'GET', found);
    const started = running.map(async ({ Id }) => {
      const { State } = await engineRequest<ContainerFound>(socket, 'GET', `/containers/${Id}/json`);
      return `${Id} ${State.StartedAt}`;
    });
    return [name, (await Promise.all(started)).join()] as const;
  });
  return new Map(await Promise.all(lives));
}

interface ContainerFound {
  readonly State: { readonly StartedAt: string };
}

/** The node of the region whose agent leads. */
export async function leaderOf(lab: Lab, region: string): Promise<LabNode> {
  return until(`somebody leads in ${region}`, async () => {
    for (const node of lab.region(region)) {
      const status = await api<{ readonly role: string }>(node, 'status').catch(() => undefined);
      if (status?.role === 'leader') return node;
    }
    return undefined;
  });
}

/** Asks every serving node for every service, 20 times a second, until it is stopped. */
export function trace(lab: Lab): { stop(): Promise<readonly Trace[]> } {
  const recordings = serving(lab).flatMap((node) =>
    Object.keys(homes).map((service) => ({
      ...{ node: node.name, region: node.region, service, usual: usual(node, service) },
      recording: node.client.record({
        url: `http://${node.address}:7070/report/${service}`,
        everyMs: 50,
        timeoutMs: 10_000,
      }),
    })),
  );
  return {
    stop: () =>
      Promise.all(
        recordings.map(async ({ recording, ...of }) => ({ ...of, answers: await recording.stop() })),
      ),
  };
}
