/** What a service depends on, here and elsewhere, as it is in this decision. */

import type { ServiceRef } from '../model.ts';
import type { DecisionContext } from './context.ts';
import { readFact } from './readFact.ts';
import type { Reading } from './said.ts';
import type { Structure } from './structure.ts';
import type { Work, World } from './work.ts';

export interface Need {
  readonly ref: ServiceRef;
  /** Of a service here. */
  readonly work: Work | undefined;
  /** Its state or report, of a service elsewhere, or of one that is nowhere. */
  readonly reading: Reading | undefined;
}

const none: readonly Need[] = [];

/** All that it depends on, save what a circle has left out. */
export function needsOf(
  work: Work,
  field: 'state' | 'report',
  { world, structure }: DecisionContext,
): readonly Need[] {
  const { dependsOn } = work.facts.plan;
  if (dependsOn.length === 0) return none;
  const local = structure.needs.get(work.name) ?? [];
  return dependsOn.flatMap((ref): Need[] => {
    if (!isElsewhere(ref, world)) {
      if (local.includes(ref.service))
        return [{ ref, work: world.works.get(ref.service), reading: undefined }];
      if (world.works.has(ref.service)) return [];
    }
    return [{ ref, work: undefined, reading: readNeed(ref, field, world) }];
  });
}

/** The services of other regions that it depends on serve; while that is unknown, it counts as it was. */
export function remoteNeedsServe(work: Work, world: World): boolean {
  return work.facts.plan.dependsOn.every((ref) => {
    if (!isElsewhere(ref, world)) return true;
    const { value } = readNeed(ref, 'report', world);
    return value === undefined ? work.before?.report === 'up' : value === 'up';
  });
}

/** All that it depends on is as it was in the last decision. */
export function needsStand(
  work: Work,
  field: 'state' | 'report',
  { world, structure }: DecisionContext,
): boolean {
  if (!world.regionsStand && asksElsewhere(work, structure)) return false;
  return (structure.needs.get(work.name) ?? []).every((name) => {
    const need = world.works.get(name);
    return need?.[field] === need?.previous?.[field];
  });
}

/** It depends on more than services here. */
export function asksElsewhere({ name, facts }: Work, { needs }: Structure): boolean {
  return facts.plan.dependsOn.length > (needs.get(name)?.length ?? 0);
}

function isElsewhere({ region }: ServiceRef, { facts }: World): boolean {
  return region !== undefined && region !== facts.region;
}

/** Of any region, where the region is `*`: one that serves is enough. */
function readNeed(ref: ServiceRef, field: 'state' | 'report', world: World): Reading {
  const read = (id: ServiceRef) =>
    readFact({ kind: 'service', ...id, field, path: [] }, world, () => ({ chosen: undefined })).reading;
  if (ref.region !== '*') return read(ref);
  const regions = [world.facts.region, ...Object.keys(world.facts.regions).toSorted()];
  const readings = regions.map((region) => ({ region, reading: read({ region, service: ref.service }) }));
  const { reading } = readings.toSorted((a, b) => merit(b.reading.value) - merit(a.reading.value))[0] ?? {};
  if (reading === undefined || reading.value === 'up') return reading ?? { value: undefined };
  const told = readings.map(({ region, reading: { value, note } }) => {
    return value === undefined ? `unknown in ${region}: ${note ?? 'nobody says'}` : `${value} in ${region}`;
  });
  return { ...reading, note: told.join(', ') };
}

/** Up is enough; unknown may be up; draining is better than down. */
function merit(value: unknown): number {
  return value === 'up' ? 3 : value === undefined ? 2 : value === 'drain' ? 1 : 0;
}
