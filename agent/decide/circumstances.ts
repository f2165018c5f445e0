/** What stands around a service besides its health and its rules: the operator, the calendar, hold and damping. */

import type { Maintenance, Override, ServiceMemory, ServicePlan } from '../model.ts';
import { suppressedUntil } from './damping.ts';
import { heldUntil } from './hold.ts';
import { windowOf } from './readFact.ts';
import type { Wake } from './wake.ts';
import type { Circumstances } from './work.ts';

const plain: Circumstances = {
  override: undefined,
  maintenance: false,
  heldUntilMs: undefined,
  suppressedUntilMs: undefined,
};

/** As they are now; when they change by themselves is noted. The very same object as the last one where nothing changed. */
export function circumstancesOf(
  plan: ServicePlan,
  before: ServiceMemory | undefined,
  now: {
    readonly override: Override | undefined;
    readonly nowMs: number;
    readonly wake: Wake;
    readonly last: Circumstances | undefined;
  },
): Circumstances {
  const { override, nowMs, wake, last = plain } = now;
  const heldUntilMs = heldUntil(plan.holdMs, before, nowMs);
  const suppressedUntilMs = suppressedUntil(plan.damping, before, nowMs);
  wake.at(heldUntilMs);
  wake.at(suppressedUntilMs);
  const maintenance = plan.maintenance !== undefined && isInMaintenance(plan.maintenance, nowMs, wake);
  const stands =
    last.override === override &&
    last.maintenance === maintenance &&
    last.heldUntilMs === heldUntilMs &&
    last.suppressedUntilMs === suppressedUntilMs;
  return stands ? last : { override, maintenance, heldUntilMs, suppressedUntilMs };
}

function isInMaintenance(maintenance: Maintenance, nowMs: number, wake: Wake): boolean {
  if (maintenance.kind === 'always') return true;
  const window = windowOf(maintenance)?.at(nowMs);
  wake.at(window?.untilMs);
  return window?.open ?? false;
}
