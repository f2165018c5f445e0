/**
 * Where each fact of the rules comes from, so that only what has changed is read again: a part of a service here, a service
 * elsewhere, a region. Facts that are decided along the way, or hang on time, have no such source and are read each time.
 */

import type { Facts } from '../model.ts';
import type { FactRef } from './catalogue.ts';
import type { World } from './work.ts';

/** The parts of a service here that facts come from. */
export type Part = 'view' | 'state' | 'priority';

export interface FactSources {
  /** The part of a service here that the fact comes from, where it does. */
  readonly partOf: readonly (Part | undefined)[];
  /** It has no source that could be watched. */
  readonly isLoose: readonly boolean[];
  ofPart(service: string, part: Part): readonly number[];
  /** Does a fact name that region? */
  names(region: string): boolean;
  /** The facts whose regions, or services there, are not the same objects as before. */
  changed(before: Facts, now: Facts): readonly number[];
}

const none: readonly number[] = [];

/** Sorts the facts by source, for an agent of that region. */
export function sortSources(facts: readonly FactRef[], here: string): FactSources {
  const parts = new Map<string, number[]>();
  const regions = new Map<string, { readonly all: number[]; readonly services: Map<string, number[]> }>();
  const constants: number[] = [];
  const partOf: (Part | undefined)[] = [];
  const isLoose: boolean[] = [];

  function push(map: Map<string, number[]>, key: string, index: number): void {
    const list = map.get(key);
    if (list === undefined) map.set(key, [index]);
    else list.push(index);
  }

  function regionOf(name: string) {
    const known = regions.get(name) ?? { all: [], services: new Map<string, number[]>() };
    regions.set(name, known);
    return known;
  }

  for (const [index, fact] of facts.entries()) {
    const part = localPart(fact, here);
    partOf.push(part);
    if (part !== undefined && fact.kind === 'service') push(parts, `${part} ${fact.service}`, index);
    const isRemote =
      fact.kind === 'service' && fact.region !== undefined && fact.region !== here && fact.region !== '*';
    if (isRemote) {
      const region = regionOf(fact.region);
      region.all.push(index);
      push(region.services, fact.service, index);
    } else if (fact.kind === 'freshness') regionOf(fact.region).all.push(index);
    else if (fact.kind === 'region') constants.push(index);
    isLoose.push(part === undefined && !isRemote && fact.kind !== 'freshness' && fact.kind !== 'region');
  }

  return {
    partOf,
    isLoose,
    names: (region) => regions.has(region),
    ofPart: (service, part) => parts.get(`${part} ${service}`) ?? none,
    changed(before, now) {
      const changed = before.regionPriority === now.regionPriority ? [] : [...constants];
      for (const [name, { all, services }] of regions) {
        const was = before.regions[name];
        const is = now.regions[name];
        if (was === is) continue;
        if (
          was === undefined ||
          is === undefined ||
          was.freshness !== is.freshness ||
          was.sinceMs !== is.sinceMs
        ) {
          changed.push(...all);
          continue;
        }
        for (const [service, indices] of services)
          if (was.services[service] !== is.services[service]) changed.push(...indices);
      }
      return changed;
    },
  };
}

/** Eligible, willing and report are decided service by service, perhaps after they are read: they are loose. */
function localPart(fact: FactRef, here: string): Part | undefined {
  if (fact.kind !== 'service' || (fact.region !== undefined && fact.region !== here)) return undefined;
  switch (fact.field) {
    case 'state':
    case 'priority':
      return fact.field;
    case 'healthy':
    case 'total':
    case 'properties':
      return 'view';
    default:
      return undefined;
  }
}

/** Has this decision come to that part of the service yet? What is not there at all needs no deciding. */
export function isDecided(service: string, part: Part, { works }: World): boolean {
  const work = works.get(service);
  return work === undefined || work[part] !== undefined;
}
