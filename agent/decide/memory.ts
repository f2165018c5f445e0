/** What the next decision must remember of a service. */

import type { ServiceMemory } from '../model.ts';
import { dampedMemory } from './damping.ts';
import type { Work } from './work.ts';

/** The memory as it was, where nothing of its own has changed and the last decision left the very same; a claim is looked at each time. */
export function memoryAtRest({ isQuiet, before, previous }: Work): ServiceMemory | undefined {
  return isQuiet && before === previous?.after && before?.claimSinceMs === undefined ? before : undefined;
}

/** The memory after this decision; the very same object where nothing has changed. */
export function nextServiceMemory(
  { before, facts, state, report }: Work,
  claim: Pick<ServiceMemory, 'claim' | 'claimSinceMs'>,
  nowMs: number,
): ServiceMemory {
  const { damping } = facts.plan;
  const next: ServiceMemory = {
    state: state?.state ?? 'unknown',
    stateSinceMs: state?.sinceMs ?? nowMs,
    report: report?.report ?? 'unknown',
    reportSinceMs: report?.sinceMs ?? nowMs,
    ...(state?.was === undefined ? {} : { stateWas: state.was }),
    ...(report?.was === undefined ? {} : { reportWas: report.was }),
    ...lastUp(before, report?.report === 'up', report?.sinceMs ?? nowMs),
    ...claim,
    ...dampedMemory(damping, before, report?.report ?? 'unknown', nowMs),
  };
  return before !== undefined && isSame(before, next) ? before : next;
}

function lastUp(
  before: ServiceMemory | undefined,
  up: boolean,
  sinceMs: number,
): { readonly lastUpAtMs?: number } {
  if (up) return { lastUpAtMs: before?.report === 'up' ? (before.lastUpAtMs ?? sinceMs) : sinceMs };
  return before?.lastUpAtMs === undefined ? {} : { lastUpAtMs: before.lastUpAtMs };
}

function isSame(one: ServiceMemory, other: ServiceMemory): boolean {
  return (
    one.state === other.state &&
    one.stateSinceMs === other.stateSinceMs &&
    one.report === other.report &&
    one.reportSinceMs === other.reportSinceMs &&
    one.stateWas === other.stateWas &&
    one.reportWas === other.reportWas &&
    one.lastUpAtMs === other.lastUpAtMs &&
    one.claim === other.claim &&
    one.claimSinceMs === other.claimSinceMs &&
    one.penalty === other.penalty &&
    one.penaltyAtMs === other.penaltyAtMs &&
    one.suppressed === other.suppressed
  );
}
