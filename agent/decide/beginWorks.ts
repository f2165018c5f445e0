/** Begins a decision: each service with its facts, its memory and its circumstances, and with what the last decision made of it. */

import type { Facts, Memory, Override, RegionFacts } from '../model.ts';
import { circumstancesOf } from './circumstances.ts';
import type { DecisionContext } from './context.ts';
import { viewInstances } from './instances.ts';
import { ownEntry } from './record.ts';
import type { Structure } from './structure.ts';
import type { Wake } from './wake.ts';
import type { Work } from './work.ts';

/** The services, by name in their order. Those that nothing of their own has changed of are quiet. */
export function beginWorks(beginning: {
  readonly structure: Structure;
  readonly facts: Facts;
  readonly memory: Memory;
  readonly nowMs: number;
  readonly wake: Wake;
  readonly last: DecisionContext | undefined;
}): ReadonlyMap<string, Work> {
  const { structure, facts, memory, nowMs, wake, last } = beginning;
  const overrideOf = overridesIn(facts, nowMs, wake);
  const lastWorks = last?.structure === structure ? last.world.works : undefined;
  const works = new Map<string, Work>();
  for (const name of structure.names) {
    const service = facts.services[name];
    if (service === undefined) continue;
    const previous = lastWorks?.get(name);
    const before = ownEntry(memory.services, name);
    const around = circumstancesOf(service.plan, before, {
      override: overrideOf(name),
      nowMs,
      wake,
      last: previous?.around,
    });
    const isSame = previous?.facts === service;
    const view = isSame ? previous.view : viewInstances(service);
    const isQuiet = isSame && previous.around === around && previous.before === before && isInRest(previous);
    if (previous !== undefined) previous.previous = undefined;
    works.set(name, { name, facts: service, before, view, around, previous, isQuiet });
  }
  return works;
}

/** The last decision changed nothing of it, so that what holds since when is in its memory. */
function isInRest({ before, state, report }: Work): boolean {
  return before !== undefined && before.state === state?.state && before.report === report?.report;
}

/** The operator's word on a service, or on all, that has not expired. */
function overridesIn(
  { overrides }: Facts,
  nowMs: number,
  wake: Wake,
): (name: string) => Override | undefined {
  const inForce = new Map<string, Override>();
  for (const [name, override] of Object.entries(overrides)) {
    if (override.expiresAtMs !== undefined && override.expiresAtMs <= nowMs) continue;
    wake.at(override.expiresAtMs);
    inForce.set(name, override);
  }
  return (name) => inForce.get(name) ?? inForce.get('*');
}

/** The other regions are the very same, and this one stands to them as it did. */
export function sameAbroad(one: Facts, other: Facts): boolean {
  return (
    one.isolated === other.isolated &&
    one.settleMs === other.settleMs &&
    sameRegions(one.regions, other.regions)
  );
}

/** The very same objects, by name. */
function sameRegions(
  one: Readonly<Record<string, RegionFacts>>,
  other: Readonly<Record<string, RegionFacts>>,
): boolean {
  if (one === other) return true;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
