/** What a load balancer hears of one service: the last verdict, translated into a status and a few words. Decides nothing. */

import type { InstanceFacts, Picture, Report, State } from '../model.ts';
import { isoTime } from './isoTime.ts';
import { own } from './serviceName.ts';

/** `region`: may the region serve it; `node`: and does this very node have a healthy instance. */
export type Scope = 'region' | 'node';

/** The JSON body of /report/<service>. */
export interface ServiceReport {
  readonly service: string;
  readonly region: string;
  readonly report: Report;
  readonly state: State;
  readonly message: string;
  /** Since when the region reports so, ISO 8601; absent before the first decision. */
  readonly since?: string;
  /** Why the answer may be old; absent: it is current. */
  readonly stale?: string;
  /** Only with scope=node: what runs on the node that answers. */
  readonly node?: {
    readonly id: string;
    readonly hostname: string;
    readonly healthy: number;
    readonly total: number;
  };
}

/** Where the labels of a service say nothing, or are not known yet. */
const defaultStatuses: Readonly<Record<Report, number>> = { up: 200, down: 503, drain: 503, unknown: 503 };

/** Status and body; nothing where no such service is known. Before the first decision every service is unknown. */
export function reportService(
  picture: Picture,
  service: string,
  scope: Scope,
): { readonly status: number; readonly body: ServiceReport } | undefined {
  const facts = own(picture.facts.services, service);
  const verdict = own(picture.decision?.verdicts, service);
  if (facts === undefined && verdict === undefined && picture.decision !== undefined) return undefined;

  const regional: ServiceReport = {
    service,
    region: picture.facts.region,
    report: verdict?.report ?? 'unknown',
    state: verdict?.state ?? 'unknown',
    message: verdict?.message ?? 'nothing is decided yet: discovery or the first probes are still under way',
    ...(verdict === undefined ? {} : { since: isoTime(verdict.reportSinceMs) }),
    ...(picture.stale === undefined ? {} : { stale: picture.stale }),
  };
  const body = scope === 'region' ? regional : onThisNode(regional, picture, facts?.instances ?? []);
  const statuses = facts?.plan.statusByReport ?? defaultStatuses;
  return { status: statuses[body.report], body };
}

/** Up only where this node itself has a healthy instance; any other report stays as it is. */
function onThisNode(
  regional: ServiceReport,
  { self }: Picture,
  instances: readonly InstanceFacts[],
): ServiceReport {
  const here = instances.filter(({ node }) => node === self.node);
  const healthy = here.filter((instance) => instance.health === 'healthy' && !instance.stale).length;
  const node = { id: self.node, hostname: self.hostname, healthy, total: here.length };
  if (regional.report !== 'up' || healthy > 0) return { ...regional, node };
  const message = `no healthy instance on node ${self.hostname}; the region reports ${regional.service} up`;
  return { ...regional, report: 'down', message, node };
}
