/**
 * Flap damping, as routers damp routes (RFC 2439): each change of report adds a penalty, which halves every half-life. Above
 * the suppress level a service that went down stays down until the penalty has decayed to the reuse level. It never takes
 * down what is up.
 */

import type { Damping, Report, ServiceMemory } from '../model.ts';

/** The longest suppression, in half-lives: what the penalty is capped for. */
const longestInHalfLives = 4;

/** Until when the service is suppressed; undefined where it is not. */
export function suppressedUntil(
  damping: Damping | undefined,
  memory: ServiceMemory | undefined,
  nowMs: number,
): number | undefined {
  if (damping === undefined || memory?.suppressed !== true) return undefined;
  const { penalty = 0, penaltyAtMs = 0 } = memory;
  if (penalty <= damping.reuse) return undefined;
  const untilMs = Math.ceil(penaltyAtMs + damping.halfLifeMs * Math.log2(penalty / damping.reuse));
  return nowMs < untilMs ? untilMs : undefined;
}

/** The memory of penalties after this decision. A first report, and one that was unknown, is no change. */
export function dampedMemory(
  damping: Damping | undefined,
  before: ServiceMemory | undefined,
  report: Report,
  nowMs: number,
): Pick<ServiceMemory, 'penalty' | 'penaltyAtMs' | 'suppressed'> {
  if (damping === undefined || before === undefined) return {};
  const changed = before.report !== report && before.report !== 'unknown';
  const still = suppressedUntil(damping, before, nowMs) !== undefined;
  const { penalty: old = 0, penaltyAtMs: oldAtMs = nowMs } = before;
  if (!changed) {
    if (before.penalty === undefined) return {};
    return { penalty: old, penaltyAtMs: oldAtMs, ...(still ? { suppressed: true } : {}) };
  }
  const ceiling = Math.max(damping.suppress, damping.reuse * 2 ** longestInHalfLives);
  const decayed = old * 2 ** (-Math.max(0, nowMs - oldAtMs) / damping.halfLifeMs);
  const penalty = Math.min(ceiling, decayed + damping.penalty);
  const suppressed = still || (report !== 'up' && penalty >= damping.suppress);
  return { penalty, penaltyAtMs: nowMs, ...(suppressed ? { suppressed: true } : {}) };
}
