/** A service's plan in words: only what differs from saying nothing. */

import type { Maintenance, ProbePlan, ServicePlan } from '../../model.ts';
import { lengthOf } from './times.ts';

/** Name and value of each thing worth saying, in the order of the page. */
export function planFacts(plan: ServicePlan): readonly (readonly [name: string, value: string])[] {
  return [
    [
      'kind',
      { swarm: 'Swarm service', container: 'container', external: 'external', composite: 'composite' }[
        plan.source
      ],
    ],
    ['stack', plan.stack ?? ''],
    ['probe', probeWords(plan.probe)],
    ['instances meant', plan.wanted === undefined ? '' : String(plan.wanted)],
    [
      'prefers',
      plan.prefers
        .map(
          ({ service, property, priority }) =>
            `${service}${property === undefined ? '' : `:${property}`} (${priority})`,
        )
        .join(', '),
    ],
    [
      'in at most',
      plan.maxRegions === undefined
        ? ''
        : `${plan.maxRegions} ${plan.maxRegions === 1 ? 'region' : 'regions'}`,
    ],
    [
      'variant of',
      plan.variantOf === undefined ? '' : `${plan.variantOf}, capability ${plan.capability ?? 0}`,
    ],
    ['hold', plan.holdMs === 0 ? '' : `up at most every ${lengthOf(plan.holdMs)}`],
    [
      'damping',
      plan.damping === undefined
        ? ''
        : `suppressed above ${plan.damping.suppress}, back below ${plan.damping.reuse}`,
    ],
    ['maintenance', plan.maintenance === undefined ? '' : maintenanceWords(plan.maintenance)],
    ['tells', plan.notify.join(', ')],
    ['other regions', plan.exported ? 'see it' : 'do not see it'],
  ].flatMap(([name = '', value = '']) => (value === '' ? [] : [[name, value] as const]));
}

function probeWords({ how, intervalMs, timeoutMs, rise, fall, schedule }: ProbePlan): string {
  const when = schedule === undefined ? `every ${seconds(intervalMs)}` : `at ${schedule}`;
  const rhythm = `${when}, within ${seconds(timeoutMs)}; ${rise} to rise, ${fall} to fall`;
  switch (how.kind) {
    case 'http':
      return `${how.scheme}://${how.host ?? ''}:${how.port}${how.path} ${rhythm}`;
    case 'tcp':
      return `tcp://${how.host ?? ''}:${how.port} ${rhythm}`;
    case 'docker':
      return "Docker's health check of the image";
    case 'push':
      return `the service says so itself, at least every ${seconds(how.ttlMs)}`;
    case 'none':
      return "none: the task's own state";
  }
}

function maintenanceWords(maintenance: Maintenance): string {
  return maintenance.kind === 'always'
    ? 'now'
    : `${maintenance.cron} for ${lengthOf(maintenance.lengthMs)} (${maintenance.timeZone})`;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
