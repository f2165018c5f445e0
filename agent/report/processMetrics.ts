/** What the process itself uses, under Prometheus' usual names. Only what costs nothing between two scrapes. */

import { performance } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import type { Picture } from '../model.ts';
import { addCounter, addGauge, single } from './measure.ts';

export function addProcessMetrics(registry: Registry, picture: () => Picture): void {
  addCounter(registry, {
    name: 'process_cpu_seconds_total',
    help: 'Time that the agent has spent on the processors.',
    read: single(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
  });
  addGauge(registry, {
    name: 'process_resident_memory_bytes',
    help: 'Memory that the agent holds.',
    read: single(() => process.memoryUsage.rss()),
  });
  addGauge(registry, {
    name: 'process_start_time_seconds',
    help: 'When the agent started, Unix time.',
    read: single(() => picture().self.startedAtMs / 1000),
  });
  addGauge(registry, {
    name: 'nodejs_heap_size_used_bytes',
    help: "Part of the memory that is in use by the agent's own objects.",
    read: single(() => process.memoryUsage().heapUsed),
  });
  addGauge(registry, {
    name: 'nodejs_eventloop_utilization_ratio',
    help: 'Share of the time since the start in which the event loop was busy.',
    read: single(() => performance.eventLoopUtilization().utilization),
  });
}
