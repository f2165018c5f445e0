/**
 * When an instance is asked next. Pure.
 *
 * Always holds: a new target is asked at once by its watch, whatever its interval or schedule (nobody should wait an
 * hour for a first word), and its second time falls anywhere within one interval, so that a thousand targets that began
 * together don't stay together. After that the interval varies by a tenth. While outcomes and health disagree the fast
 * interval holds, also in place of a schedule; it varies downwards only, so that `fall` × fast is a promise.
 *
 * Outside transitions, questions fall on a grid of fifty instants per interval, because twenty questions at one instant
 * cost a third of what twenty cost spread out: the process wakes once for all their packets, not once for each.
 */

import type { ProbePlan } from '../model.ts';
import type { Schedule } from './schedule.ts';

export interface Occasion {
  readonly nowMs: number;
  /** When the last question was asked. */
  readonly askedAtMs: number;
  /** Was it the first? */
  readonly first: boolean;
  /** Do outcomes and health disagree? */
  readonly inTransition: boolean;
  /** In [0, 1), for the spread. */
  readonly random: number;
}

export interface Due {
  readonly atMs: number;
  /** Ask then; else only look at the schedule again. */
  readonly ask: boolean;
}

const instantsPerInterval = 50;

/** When to ask, or to look, again. Intervals count from when the last question was asked, not from its answer. */
export function nextDue(plan: ProbePlan, schedule: Schedule | undefined, occasion: Occasion): Due {
  const { nowMs, askedAtMs, first, inTransition, random } = occasion;
  if (inTransition) return { atMs: askedAtMs + plan.fastMs * (0.9 + 0.1 * random), ask: true };
  if (schedule !== undefined) {
    const atMs = (Math.floor(nowMs / schedule.stepMs) + 1) * schedule.stepMs;
    return { atMs, ask: schedule.matches(atMs) };
  }
  const share = first ? random : 0.9 + 0.2 * random;
  const gridMs = plan.intervalMs / instantsPerInterval;
  return { atMs: Math.ceil((askedAtMs + plan.intervalMs * share) / gridMs) * gridMs, ask: true };
}
