/** The least time between two changes of report to up. Going down is never delayed. */

import type { ServiceMemory } from '../model.ts';

/** Until when the report may not become up again; undefined where nothing holds it. */
export function heldUntil(
  holdMs: number,
  memory: ServiceMemory | undefined,
  nowMs: number,
): number | undefined {
  if (holdMs <= 0 || memory?.lastUpAtMs === undefined || memory.report === 'up') return undefined;
  const untilMs = memory.lastUpAtMs + holdMs;
  return nowMs < untilMs ? untilMs : undefined;
}
