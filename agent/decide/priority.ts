/** The priority of one service here: the service's own, the region's, what it prefers, and what rules add. */

import type { Reason, ServicePlan } from '../model.ts';
import type { Said } from './said.ts';
import { wordReason } from './words.ts';
import type { PriorityView, Work } from './work.ts';

/** An operator's word "up" makes this region the first choice, ahead of what labels and rules add up to. */
const overridePriority = 1_000_000_000;

export function decidePriority(facts: {
  readonly plan: ServicePlan;
  readonly region: string;
  readonly regionPriority: number;
  /** For each preference of the plan, the service that it looks at. */
  readonly preferred: readonly (Work | undefined)[];
  readonly said: readonly Said[];
  readonly overriddenUp: boolean;
}): PriorityView {
  const { plan, said } = facts;
  const reasons: Reason[] = [];
  let priority = plan.priority + facts.regionPriority;
  if (priority !== 0)
    reasons.push({
      step: 'priority',
      source: `label msa.priority of ${plan.name}`,
      says: `priority ${plan.priority}, and ${facts.regionPriority} of region ${facts.region}`,
      sets: { field: 'priority', value: priority },
      inputs: [],
    });
  for (const [index, preference] of plan.prefers.entries()) {
    const { service, property } = preference;
    const work = facts.preferred[index];
    const value = property === undefined ? work?.state?.state === 'up' : ownValue(work, property);
    const met = value !== undefined && value !== null && value !== false;
    if (met) priority += preference.priority;
    const what = property === undefined ? `${service} is up here` : `${service} here has ${property}`;
    reasons.push({
      step: 'priority',
      source: `label msa.prefers of ${plan.name}`,
      says: met ? `${signed(preference.priority)} because ${what}` : `nothing added: not so that ${what}`,
      ...(met ? { sets: { field: 'priority', value: priority } } : {}),
      inputs: [
        {
          fact: property === undefined ? `${service}.state` : `${service}.properties.${property}`,
          value: property === undefined ? (work?.state?.state ?? 'unknown') : (value ?? null),
        },
      ],
    });
  }
  for (const one of said) {
    const { priority: added } = one.effect;
    if (added === undefined) continue;
    priority += added;
    reasons.push(wordReason(one, `priority ${signed(added)}`, { field: 'priority', value: priority }));
  }
  if (facts.overriddenUp) priority += overridePriority;
  return { priority, regionPriority: facts.regionPriority, reasons };
}

function ownValue(work: Work | undefined, property: string) {
  const properties = work?.view.properties;
  return properties !== undefined && Object.hasOwn(properties, property) ? properties[property] : undefined;
}

function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}
