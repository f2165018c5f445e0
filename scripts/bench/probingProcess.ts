/** Started by the benchmark `probes`: probes the ports that its parent tells it, and tells back what that costs. */

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../agent/clock.ts';
import type { ProbeTarget } from '../../agent/model.ts';
import { createProbing } from '../../agent/probe/probing.ts';
import type { ProbingCost } from './probes.ts';

const measuredMs = 20_000;

const [ports] = await once(process, 'message');
const targets: readonly ProbeTarget[] = Array.isArray(ports) ? ports.map(Number).map(targetOn) : [];
const startedAtMs = performance.now();
const ready = Promise.withResolvers<void>();
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
await using probing = createProbing({
  clock: systemClock,
  random: Math.random,
  log: quiet,
  onChange: () => probing.ready && ready.resolve(),
});
probing.follow(targets);
await ready.promise;
const readyMs = performance.now() - startedAtMs;

// The start is a burst of its own; what counts is the long run.
await pause(2_000);
const cpuBefore = process.cpuUsage();
const measuredFromMs = performance.now();
let probes = 0;
let memoryMiB = 0;
while (performance.now() - measuredFromMs < measuredMs) {
  const fromMs = Date.now();
  await pause(1_000);
  probes += [...probing.timings().values()].filter(({ lastAtMs }) => lastAtMs >= fromMs).length;
  memoryMiB = Math.max(memoryMiB, process.memoryUsage.rss() / 2 ** 20);
}
const seconds = (performance.now() - measuredFromMs) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
const cost: ProbingCost = {
  readyMs,
  cpuPercent: (user + system) / 1e6 / seconds / 0.01,
  memoryMiB,
  probesPerSecond: probes / seconds,
  healthy: probing.observations().filter(({ health }) => health === 'healthy').length,
};
process.send?.(cost);
process.disconnect?.();

function targetOn(port: number): ProbeTarget {
  return {
    instance: `task${port}`,
    service: 'bench',
    node: 'node1',
    address: '127.0.0.1',
    docker: 'running',
    plan: {
      how: {
        kind: 'http',
        scheme: 'http',
        port,
        path: '/health',
        expect: [{ from: 200, to: 399 }],
        properties: true,
        headers: {},
      },
      intervalMs: 5_000,
      fastMs: 1_000,
      timeoutMs: 2_000,
      rise: 2,
      fall: 3,
    },
  };
}
