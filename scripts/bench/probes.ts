/**
 * What probing costs: a thousand instances, each asked every 5 s over HTTP with its properties read, by one process.
 * The instances are real listeners in a process of their own; CPU and memory are those of the probing process alone.
 */

import { fork } from 'node:child_process';
import type { BenchResult } from './benchResult.ts';
import { end, message } from './childProcess.ts';

const instances = 1_000;
/** As the image starts the agent: left alone, Node lets garbage pile up to far more than an agent needs. */
const nodeFlags = ['--max-semi-space-size=8', '--max-old-space-size=256'];

/** Takes about 25 s. */
export async function benchProbes(): Promise<BenchResult> {
  const listeners = fork(new URL('./probedListeners.ts', import.meta.url), [`${instances}`]);
  try {
    const ports = await message(listeners);
    const probing = fork(new URL('./probingProcess.ts', import.meta.url), [], { execArgv: nodeFlags });
    try {
      probing.send(Array.isArray(ports) ? ports : []);
      return resultOf(await message(probing));
    } finally {
      await end(probing);
    }
  } finally {
    await end(listeners);
  }
}

/** What the probing process found out about itself. */
export interface ProbingCost {
  /** From the first follow until each instance had an outcome. */
  readonly readyMs: number;
  /** Of one core, once under way. */
  readonly cpuPercent: number;
  readonly memoryMiB: number;
  readonly probesPerSecond: number;
  /** How many of the instances read healthy at the end. */
  readonly healthy: number;
}

function resultOf(cost: unknown): BenchResult {
  if (!isCost(cost)) throw new Error('the probing process ended without a result');
  const { readyMs, cpuPercent, memoryMiB, probesPerSecond, healthy } = cost;
  const probes = `${instances} instances every 5 s`;
  return {
    name: 'probes',
    rows: [
      {
        what: `${probes}: CPU`,
        value: cpuPercent,
        unit: '% of a core',
        limit: 'under 8',
        ok: cpuPercent < 8,
      },
      {
        what: `${probes}: memory`,
        value: memoryMiB,
        unit: 'MiB',
        limit: 'under 143 (150 MB)',
        ok: memoryMiB < 143,
      },
      { what: `${probes}: until all have an outcome`, value: readyMs, unit: 'ms', ok: true },
      {
        what: `${probes}: probes made`,
        value: probesPerSecond,
        unit: 'a second',
        limit: 'over 180',
        ok: probesPerSecond > 180,
      },
      {
        what: `${probes}: healthy`,
        value: healthy,
        unit: 'instances',
        limit: 'all',
        ok: healthy === instances,
      },
    ],
  };
}

function isCost(cost: unknown): cost is ProbingCost {
  return typeof cost === 'object' && cost !== null && 'cpuPercent' in cost;
}
