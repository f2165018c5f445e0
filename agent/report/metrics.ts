/**
 * Metrics for Prometheus, in a registry of their own, read from the picture when they are asked for. Series are bounded:
 * by service, never by instance, and at most `maxMetricServices` of them.
 */

import { Registry } from 'prom-client';
import type { Clock, Picture, Report } from '../model.ts';
import { readiness } from './agentReport.ts';
import type { Door } from './door.ts';
import type { EventStream } from './eventStream.ts';
import type { FrontLimits } from './frontLimits.ts';
import { addCounter, addGauge, type Sample, single } from './measure.ts';
import { allProblems } from './problems.ts';
import { addProcessMetrics } from './processMetrics.ts';
import type { RequestCounts } from './requestCounts.ts';
import { own, serviceNames } from './serviceName.ts';
import type { Timings } from './views.ts';

const reports = ['up', 'down', 'drain', 'unknown'] as const satisfies readonly Report[];
const states = ['up', 'down', 'unknown'] as const;
const healths = ['healthy', 'sick', 'unknown'] as const;

export interface Metrics {
  readonly contentType: string;
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>;
}

interface MetricSources {
  readonly picture: () => Picture;
  readonly timings: () => Timings;
  readonly requests: RequestCounts;
  readonly door: Door;
  readonly events: EventStream;
  readonly clock: Clock;
  readonly limits: FrontLimits;
}

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  addServiceMetrics(registry, sources);
  addRegionMetrics(registry, sources);
  addListenerMetrics(registry, sources);
  addProcessMetrics(registry, sources.picture);
  return { contentType: registry.contentType, text: () => registry.metrics() };
}

function addServiceMetrics(registry: Registry, { picture, timings, limits }: MetricSources): void {
  const each = (samples: (service: string) => Iterable<Sample>) =>
    function* () {
      for (const service of serviceNames(picture()).slice(0, limits.maxMetricServices))
        yield* samples(service);
    };
  const verdict = (service: string) => own(picture().decision?.verdicts, service);
  const instances = (service: string) => own(picture().facts.services, service)?.instances ?? [];

  addGauge(registry, {
    name: 'msa_service_report',
    help: 'Should the service get traffic here: 1 for the report in force, 0 for the others.',
    labelNames: ['service', 'report'],
    read: each((service) => {
      const inForce = verdict(service)?.report ?? 'unknown';
      return reports.map((report) => [{ service, report }, report === inForce ? 1 : 0]);
    }),
  });
  addGauge(registry, {
    name: 'msa_service_state',
    help: 'Could the service run here: 1 for the state it is in, 0 for the others.',
    labelNames: ['service', 'state'],
    read: each((service) => {
      const is = verdict(service)?.state ?? 'unknown';
      return states.map((state) => [{ service, state }, state === is ? 1 : 0]);
    }),
  });
  addGauge(registry, {
    name: 'msa_instances',
    help: 'Instances of the service in this region, by health.',
    labelNames: ['service', 'health'],
    read: each((service) => {
      const all = instances(service);
      return healths.map((health) => [
        { service, health },
        all.filter((one) => one.health === health).length,
      ]);
    }),
  });
  addGauge(registry, {
    name: 'msa_probe_latency_seconds',
    help: "The slowest of the last probes of the service's instances on this node.",
    labelNames: ['service'],
    read: each((service) => {
      const latencies = instances(service).flatMap(({ id }) => timings().get(id)?.latencyMs ?? []);
      return latencies.length === 0 ? [] : [[{ service }, Math.max(...latencies) / 1000]];
    }),
  });
  addGauge(registry, {
    name: 'msa_services',
    help: 'Services known in this region.',
    read: single(() => serviceNames(picture()).length),
  });
  addGauge(registry, {
    name: 'msa_services_without_metrics',
    help: `Services beyond the first ${limits.maxMetricServices}, which have no metrics of their own.`,
    read: single(() => Math.max(0, serviceNames(picture()).length - limits.maxMetricServices)),
  });
}

function addRegionMetrics(registry: Registry, { picture, clock }: MetricSources): void {
  addGauge(registry, {
    name: 'msa_agents',
    help: 'Agents of this region, this one included, by whether they are heard.',
    labelNames: ['heard'],
    read: () => {
      const others = picture().agents.filter(({ info }) => info.node !== picture().self.node);
      const heard = others.filter((agent) => agent.heard).length;
      return [
        [{ heard: 'true' }, heard + 1],
        [{ heard: 'false' }, others.length - heard],
      ];
    },
  });
  addGauge(registry, {
    name: 'msa_agent_info',
    help: 'This agent: always 1.',
    labelNames: ['region', 'node', 'version', 'role'],
    read: () => {
      const { facts, self, role } = picture();
      return [[{ region: facts.region, node: self.hostname, version: self.version, role }, 1]];
    },
  });
  addGauge(registry, {
    name: 'msa_decision_age_seconds',
    help: 'How long ago the decision in force was made; absent before the first.',
    read: single(() => {
      const { decision } = picture();
      return decision && Math.max(0, clock.now() - decision.decidedAtMs) / 1000;
    }),
  });
  addGauge(registry, {
    name: 'msa_decision_stale',
    help: 'Is the decision in force possibly old?',
    read: single(() => (picture().stale === undefined ? 0 : 1)),
  });
  addGauge(registry, {
    name: 'msa_ready',
    help: 'Does this agent answer from a decision?',
    read: single(() => (readiness(picture()).ready ? 1 : 0)),
  });
  addGauge(registry, {
    name: 'msa_rules_version',
    help: 'Version of the rule set in force on this agent.',
    read: single(() => picture().self.rulesVersion),
  });
  addGauge(registry, {
    name: 'msa_problems',
    help: 'Problems that a person should mend.',
    read: single(() => allProblems(picture()).length),
  });
}

function addListenerMetrics(registry: Registry, { requests, door, events }: MetricSources): void {
  addCounter(registry, {
    name: 'msa_http_requests_total',
    help: 'Requests answered by the front listener, by route and status class.',
    labelNames: ['route', 'status'],
    read: function* () {
      for (const [route, status, count] of requests.all()) yield [{ route, status }, count];
    },
  });
  addGauge(registry, {
    name: 'msa_http_connections',
    help: 'Connections open at the front listener.',
    read: single(() => door.open),
  });
  addCounter(registry, {
    name: 'msa_http_connections_turned_away_total',
    help: 'Connections closed because there were too many.',
    read: single(() => door.turnedAway),
  });
  addGauge(registry, {
    name: 'msa_event_followers',
    help: 'Clients that follow /api/v1/events.',
    read: single(() => events.followers),
  });
}
