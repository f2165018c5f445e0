/**
 * How fast a change in one region reaches load balancers in another, and how fast another agent leads when the leader is gone,
 * on two real Swarms, with the default times.
 */

import path from 'node:path';
import type { Answer } from '../lab/client.ts';
import { engineRequest } from '../lab/engineRequest.ts';
import { createLab, type LabNode } from '../lab/lab.ts';
import { deployFederation } from '../lab/stacks.ts';
import { until } from '../lab/until.ts';
import type { BenchResult, BenchRow } from './benchResult.ts';
import { everywhere, killTask, record, row, timed } from './labMeasures.ts';

const killings = 15;
const losses = 5;
const stack = (name: string): string => path.join(import.meta.dirname, 'stacks', name);

export async function benchLabRegions(): Promise<BenchResult> {
  await using lab = await createLab({
    east: { managers: 3, workers: 1 },
    west: { managers: 1, workers: 1 },
  });
  await deployFederation(lab);
  await lab.deploy('east', stack('solo.yml'), { as: 'bench' });
  await lab.deploy('east', stack('bare.yml'), { as: 'beside' });
  await lab.deploy('west', stack('far.yml'), { as: 'bench' });
  const [east, west] = [lab.region('east'), lab.region('west')];
  await everywhere(west, 'far', 200);
  const far: number[] = [];
  for (let round = 0; round < killings; round++) {
    far.push(...(await timed(west, 'far', () => killTask(east))));
    await everywhere(west, 'far', 200);
  }
  const killed: number[] = [];
  const cut: number[] = [];
  const answers: Answer[] = [];
  const bare: Answer[] = [];
  for (let round = 0; round < losses; round++) {
    const ofKilled = await replaced(east, killAgent);
    const ofCut = await replaced(east, async (leader) => {
      await leader.cut();
      return () => leader.heal();
    });
    killed.push(ofKilled.afterMs);
    cut.push(ofCut.afterMs);
    answers.push(...ofKilled.answers, ...ofCut.answers);
    bare.push(...ofKilled.bare, ...ofCut.bare);
  }
  return {
    name: 'lab-regions',
    rows: [
      row('task killed in east, until a node of west tells', far, 500),
      row("leader's agent killed, until another leads", killed, 3000),
      row("leader's node cut, until another leads", cut, 5000),
      promptness(answers, bare),
    ],
  };
}

interface Replaced {
  /** From the leader's loss until another agent says that it leads. */
  readonly afterMs: number;
  /** What the other nodes answered meanwhile. */
  readonly answers: readonly Answer[];
  /** What a plain web server on each of them answered meanwhile. */
  readonly bare: readonly Answer[];
}

/** Loses the leader, waits for another one, and mends it. */
async function replaced(
  nodes: readonly LabNode[],
  lose: (leader: LabNode) => Promise<() => Promise<void>>,
): Promise<Replaced> {
  const leader = await until('somebody leads, and all hear each other', () => leaderOf(nodes), {
    withinMs: 90_000,
  });
  const others = nodes.filter((node) => node !== leader);
  const recordings = others.map((node) => record(node, 'solo', 50));
  const bares = others.map((node) =>
    node.client.record({ url: `http://${node.address}:8090/health`, everyMs: 50 }),
  );
  const atMs = Date.now();
  const mend = await lose(leader);
  const led = async (): Promise<boolean> => {
    const roles = await Promise.all(others.map(async (node) => (await statusOf(node)).role));
    return roles.includes('leader');
  };
  // Asked less often than load balancers ask, whose answers are what is measured.
  await until('another one leads', led, { everyMs: 100 });
  const afterMs = Date.now() - atMs;
  const answers = (await Promise.all(recordings.map((recording) => recording.stop()))).flat();
  const bare = (await Promise.all(bares.map((recording) => recording.stop()))).flat();
  await mend();
  return { afterMs, answers, bare };
}

async function killAgent(leader: LabNode): Promise<() => Promise<void>> {
  const container = (await leader.docker(['ps', '--quiet', '--filter', 'name=msa_agent'])).trim();
  await engineRequest(leader.socket, 'POST', `/containers/${container}/kill`);
  return async () => undefined;
}

/** The one that leads, once every agent hears all others. */
async function leaderOf(nodes: readonly LabNode[]): Promise<LabNode | undefined> {
  const statuses = await Promise.all(nodes.map(statusOf));
  const whole = statuses.every(
    ({ agents }) => agents.filter(({ heard }) => heard).length === nodes.length - 1,
  );
  return whole ? nodes.find((_, index) => statuses[index]?.role === 'leader') : undefined;
}

interface Status {
  readonly role: string;
  readonly agents: readonly { readonly heard: boolean }[];
}

async function statusOf(node: LabNode): Promise<Status> {
  const { status, body } = await node.client.get('http://127.0.0.1:7070/api/v1/status');
  const answered: Status = status === 200 ? JSON.parse(body) : { role: 'silent', agents: [] };
  return answered;
}

/**
 * All of them answered, and how fast. The nodes of the lab share two cores with the engine that clears away and starts containers
 * just then, so where that keeps a plain web server waiting as well, MSA may take half as much again, and no more.
 */
function promptness(answers: readonly Answer[], bare: readonly Answer[]): BenchRow {
  const value = slowest(answers);
  const plain = slowest(bare);
  const missing = answers.filter(({ status }) => status === undefined).length;
  return {
    what: `/report on the other nodes meanwhile (99 % of ${answers.length}, ${missing} missing)`,
    value,
    unit: 'ms',
    against: { what: 'a plain web server on them', value: plain },
    ratio: value / plain,
    limit: 'within 50 or × 1.5, none missing',
    ok: value <= Math.max(50, 1.5 * plain) && missing === 0,
  };
}

/** 99 % of them took no longer. */
function slowest(answers: readonly Answer[]): number {
  const took = answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return took[Math.ceil(took.length * 0.99) - 1] ?? Number.NaN;
}
