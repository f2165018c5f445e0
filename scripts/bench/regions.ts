/**
 * What it costs to know other regions: bytes on the wire of an idle pair and of a changed verdict, and the leader's share of a
 * core and of memory where it follows fifty regions. The other regions are real peer ports in a process of their own.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchResult, BenchRow } from './benchResult.ts';
import { end, message } from './childProcess.ts';
import { createCountingProxy } from './countingProxy.ts';

/** What following found out about itself. */
export interface FollowingCost {
  /** Of one core, once under way. */
  readonly cpuPercent: number;
  readonly memoryMiB: number;
  /** How many documents changed in the leader's own region feed. */
  readonly changes: number;
  readonly services: number;
}

const idleMs = 15_000;
const changesMeasured = 15;
/** As the image starts the agent. */
const nodeFlags = ['--max-semi-space-size=8', '--max-old-space-size=256'];

/** Takes about 70 s. */
export async function benchRegions(): Promise<BenchResult> {
  const idle = await measurePair(1_000);
  const few = await measurePair(10);
  const crowd = await measureCrowd();
  return { name: 'regions', rows: [...pairRows(idle, few), ...crowdRows(crowd)] };
}

interface PairCost {
  readonly idleBytesPerSecond: number;
  readonly bytesPerChange: number;
}

/** One region with so many services, followed by one leader: one way of the pair. */
async function measurePair(services: number): Promise<PairCost> {
  const [regions, ports] = await startRegions(1, services);
  await using proxy = await createCountingProxy(ports[0] ?? 0);
  const follower = fork(new URL('./regionFollower.ts', import.meta.url), [`${idleMs + 20_000}`]);
  try {
    follower.send([proxy.port]);
    await pause(4_000);
    proxy.bytes();
    await pause(idleMs);
    const idleBytes = proxy.bytes();
    const perChange: number[] = [];
    for (let n = 0; n < changesMeasured; n += 1) {
      regions.send(1);
      // Less than a heartbeat, so that it counts the change alone: its answer, and the next question.
      await pause(500);
      perChange.push(proxy.bytes());
    }
    perChange.sort((a, b) => a - b);
    return {
      idleBytesPerSecond: idleBytes / (idleMs / 1_000),
      bytesPerChange: perChange[changesMeasured >> 1] ?? 0,
    };
  } finally {
    await end(follower);
    await end(regions);
  }
}

function pairRows(idle: PairCost, few: PairCost): readonly BenchRow[] {
  const pair = 2 * idle.idleBytesPerSecond;
  const ratio = idle.bytesPerChange / few.bytesPerChange;
  return [
    {
      what: 'an idle pair of regions with 1,000 services each, both ways',
      ...{ value: pair, unit: 'bytes a second', limit: 'under 1,000', ok: pair < 1_000 },
    },
    {
      what: 'a changed verdict, one of 1,000 services, with the next question',
      ...{ value: idle.bytesPerChange, unit: 'bytes' },
      against: { what: 'one of 10', value: few.bytesPerChange },
      ...{ ratio, limit: 'the same (within 5 %)', ok: Math.abs(ratio - 1) < 0.05 },
    },
  ];
}

/** Fifty regions of two hundred services, of which ten verdicts change each second. */
async function measureCrowd(): Promise<FollowingCost> {
  const [regions, ports] = await startRegions(50, 200);
  const follower = fork(new URL('./regionFollower.ts', import.meta.url), ['20000'], { execArgv: nodeFlags });
  const changing = setInterval(() => regions.send(1), 100);
  try {
    follower.send(ports);
    const cost = await message(follower);
    if (!isCost(cost)) throw new Error('the following process ended without a result');
    return cost;
  } finally {
    clearInterval(changing);
    await end(follower);
    await end(regions);
  }
}

function crowdRows({ cpuPercent, memoryMiB, changes, services }: FollowingCost): readonly BenchRow[] {
  const crowd = '50 regions of 200 services, 10 changes a second';
  return [
    {
      what: `${crowd}: CPU of the leader that follows them`,
      ...{ value: cpuPercent, unit: '% of a core', limit: 'under 20', ok: cpuPercent < 20 },
    },
    {
      what: `${crowd}: memory`,
      ...{ value: memoryMiB, unit: 'MiB', limit: 'under 238 (250 MB)', ok: memoryMiB < 238 },
    },
    {
      what: `${crowd}: services known`,
      ...{ value: services, unit: 'services', limit: 'all 10,000', ok: services === 10_000 },
    },
    {
      what: `${crowd}: changes shared in 20 s`,
      ...{ value: changes, unit: 'documents', limit: 'over 180', ok: changes > 180 },
    },
  ];
}

async function startRegions(count: number, services: number): Promise<[ChildProcess, readonly number[]]> {
  const child = fork(new URL('./regionPeers.ts', import.meta.url), [`${count}`, `${services}`]);
  const ports = await message(child);
  return [child, Array.isArray(ports) ? ports.map(Number) : []];
}

function isCost(cost: unknown): cost is FollowingCost {
  return typeof cost === 'object' && cost !== null && 'cpuPercent' in cost;
}
