/**
 * Hysteresis: from single outcomes to health. Pure.
 *
 * Always holds: the first pass or fail counts at once; after that only `rise` passes or `fall` fails in a row turn
 * health over. An unknown outcome says nothing about the instance, so it neither counts nor breaks a row: a prober that
 * broke never makes an instance sick, and never hides that it is becoming so.
 */

import type { Health, Outcome, ProbePlan, Properties } from '../model.ts';

/** What is remembered of one instance between two outcomes. */
export interface Streak {
  readonly health: Health;
  /** Since when `health` is what it is. */
  readonly sinceMs: number;
  /** The last outcome that counted; while nothing has counted yet, the last unknown one. */
  readonly outcome: Outcome;
  /** What the instance said of itself in its last pass; nothing unless it is healthy. */
  readonly properties: Properties;
  /** How many outcomes in a row have disagreed with `health`. */
  readonly against: number;
}

const nothing: Properties = {};

/** The streak of an instance that nobody has asked yet. */
export function newStreak(nowMs: number): Streak {
  return {
    health: 'unknown',
    sinceMs: nowMs,
    outcome: { result: 'unknown', reason: 'not-yet', detail: 'not asked yet' },
    properties: nothing,
    against: 0,
  };
}

/** The streak after one more outcome. */
export function extend(
  streak: Streak,
  outcome: Outcome,
  counts: Pick<ProbePlan, 'rise' | 'fall'>,
  nowMs: number,
): Streak {
  if (outcome.result === 'unknown') return streak.health === 'unknown' ? { ...streak, outcome } : streak;
  const heard: Health = outcome.result === 'pass' ? 'healthy' : 'sick';
  if (heard === streak.health) return settled(streak, heard, outcome, streak.sinceMs);

  const against = streak.against + 1;
  const needed = heard === 'healthy' ? counts.rise : counts.fall;
  const turns = streak.health === 'unknown' || against >= needed;
  return turns ? settled(streak, heard, outcome, nowMs) : { ...streak, outcome, against };
}

/** Do outcomes and health disagree right now? */
export function inTransition(streak: Streak): boolean {
  return streak.against > 0;
}

function settled(streak: Streak, health: Health, outcome: Outcome, sinceMs: number): Streak {
  const properties = outcome.result === 'pass' ? outcome.properties : nothing;
  return { ...streak, health, sinceMs, outcome, properties, against: 0 };
}
