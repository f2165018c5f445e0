/** What a fact is right now: its value, or that it is unknown. */

import type { Json, Properties, RegionFacts, RemoteService, ServiceMemory } from '../model.ts';
import type { FactRef, Need, ServiceField } from './catalogue.ts';
import { type CalendarWindow, createWindow, type WindowPlan } from './cron.ts';
import type { Place } from './ranking.ts';
import type { Reading } from './said.ts';
import type { World } from './work.ts';

type ServiceFact = FactRef & { readonly kind: 'service' };

/** Answers whether this region is among the first so many to serve a service. */
export type PlaceReader = (service: string, regions: number) => Place;

export interface FactLook {
  readonly reading: Reading;
  /** It stands for the rest of this decision. */
  readonly settled: boolean;
  /** When it changes by itself. */
  readonly wakeAtMs?: number;
}

const windows = new WeakMap<object, CalendarWindow | undefined>();

/** The window of a plan, made once: to read a time zone takes longer than all the rest. */
export function windowOf(plan: WindowPlan): CalendarWindow | undefined {
  if (!windows.has(plan)) windows.set(plan, createWindow(plan));
  return windows.get(plan);
}

/** Reads the fact. What this decision has not come to yet is read as the last decision left it, and is not settled. */
export function readFact(fact: FactRef, world: World, place: PlaceReader): FactLook {
  switch (fact.kind) {
    case 'region':
      return settled({ value: fact.field === 'name' ? world.facts.region : world.facts.regionPriority });
    case 'freshness':
      return settled(readFreshness(fact.region, world));
    case 'service':
      return readServiceFact(fact, world);
    case 'place':
      return readPlace(fact.service, fact.regions, world, place);
    case 'viable':
      return readViable(fact.services, fact.need, world);
    case 'changed':
      return readChanged(fact, world);
    case 'during': {
      const window = windowOf(fact)?.at(world.nowMs);
      if (window === undefined) return settled(unknown('the window can not be read'));
      return { reading: { value: window.open }, settled: true, wakeAtMs: window.untilMs };
    }
  }
}

function settled(reading: Reading): FactLook {
  return { reading, settled: true };
}

function unknown(note: string): Reading {
  return { value: undefined, note };
}

function regionOf(name: string, world: World): RegionFacts | undefined {
  return Object.hasOwn(world.facts.regions, name) ? world.facts.regions[name] : undefined;
}

function readFreshness(name: string, world: World): Reading {
  if (name === world.facts.region) return { value: 'fresh' };
  const region = regionOf(name, world);
  if (region === undefined) return unknown(`nothing is known of region ${name}`);
  return { value: region.freshness, sinceMs: region.sinceMs };
}

function readServiceFact(fact: ServiceFact, world: World): FactLook {
  if (fact.region === undefined || fact.region === world.facts.region) return readLocal(fact, world);
  if (fact.region === '*') return readEverywhere(fact, world);
  const region = regionOf(fact.region, world);
  if (region === undefined) return settled(unknown(`nothing is known of region ${fact.region}`));
  return settled(readRemote(fact, region));
}

// ---------------------------------------------------------------- here

function readLocal(fact: ServiceFact, { works, memory }: World): FactLook {
  const work = works.get(fact.service);
  if (work === undefined) return settled(unknown(`there is no service ${fact.service} here`));
  const { view, before } = work;
  switch (fact.field) {
    case 'state':
      if (work.state === undefined) return fromMemory(before, 'state');
      return settled(wordReading(work.state.state, work.state.sinceMs));
    case 'report':
      if (work.report === undefined) return fromMemory(memory.services[fact.service], 'report');
      return settled(wordReading(work.report.report, work.report.sinceMs));
    case 'eligible':
    case 'willing':
      return flagLook(work[fact.field]);
    case 'priority':
      return work.priority === undefined ? notYet() : settled({ value: work.priority.priority });
    case 'healthy':
      return settled(view.exact ? { value: view.healthy } : unknown(view.reason.says));
    case 'total':
      return settled({ value: view.total });
    case 'properties':
      return settled(
        view.propertiesKnown ? { value: step(view.properties, fact.path) } : unknown(view.reason.says),
      );
  }
}

function wordReading(word: string, sinceMs: number): Reading {
  return word === 'unknown' ? { value: undefined, sinceMs } : { value: word, sinceMs };
}

function flagLook(flag: boolean | undefined): FactLook {
  return flag === undefined ? notYet() : settled({ value: flag });
}

function notYet(): FactLook {
  return { reading: unknown('not decided yet'), settled: false };
}

function fromMemory(before: ServiceMemory | undefined, field: 'state' | 'report'): FactLook {
  if (before === undefined) return notYet();
  const sinceMs = field === 'state' ? before.stateSinceMs : before.reportSinceMs;
  return { reading: { ...wordReading(before[field], sinceMs), note: 'as last decided' }, settled: false };
}

/** Into a property, by its own keys only; null where there is none. */
function step(properties: Properties, path: readonly string[]): Json {
  let value: Json = properties;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    value = propertyOf(value, key);
  }
  return value;
}

function propertyOf(object: object, key: string): Json {
  const entry: unknown = Object.getOwnPropertyDescriptor(object, key)?.value;
  return isJson(entry) ? entry : null;
}

function isJson(value: unknown): value is Json {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

// ---------------------------------------------------------------- there

function readRemote(fact: ServiceFact, region: RegionFacts): Reading {
  const { sinceMs, freshness, name } = region;
  if (freshness === 'stale') return { ...unknown(`region ${name} is silent`), sinceMs };
  const remote = Object.hasOwn(region.services, fact.service) ? region.services[fact.service] : undefined;
  if (freshness === 'lost') return { value: absent(fact.field), sinceMs, note: `region ${name} is lost` };
  if (remote === undefined) return { value: absent(fact.field), note: `region ${name} does not tell of it` };
  const value = fieldOf(remote, fact.field, fact.path);
  return value === 'unknown' ? unknown(`unknown in region ${name}`) : { value };
}

/** What a service is where there is none: surely not up. */
function absent(field: ServiceField): Json {
  switch (field) {
    case 'state':
    case 'report':
      return 'down';
    case 'eligible':
    case 'willing':
      return false;
    case 'properties':
      return null;
    default:
      return 0;
  }
}

function fieldOf(remote: RemoteService, field: ServiceField, path: readonly string[]): Json {
  return field === 'properties' ? step(remote.properties, path) : remote[field];
}

/** In every region that has the service: all must agree that it is up; numbers are summed; of a property, the value that all share. */
function readEverywhere(fact: ServiceFact, world: World): FactLook {
  const looks = Object.values(world.facts.regions)
    .filter((region) => Object.hasOwn(region.services, fact.service))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((region) => settled(readRemote(fact, region)));
  if (world.works.has(fact.service)) looks.push(readLocal(fact, world));
  const readings = looks.map((look) => look.reading);
  const isSettled = looks.every((look) => look.settled);
  return {
    reading: {
      value: joined(
        fact.field,
        readings.map((reading) => reading.value),
      ),
    },
    settled: isSettled,
  };
}

function joined(field: ServiceField, values: readonly (Json | undefined)[]): Json | undefined {
  if (values.length === 0) return absent(field);
  const good = field === 'state' || field === 'report' ? 'up' : true;
  switch (field) {
    case 'state':
    case 'report':
    case 'eligible':
    case 'willing': {
      const bad = values.find((value) => value !== undefined && value !== good);
      return bad ?? (values.includes(undefined) ? undefined : good);
    }
    case 'properties': {
      const worst = values.find((value) => value === null || value === false);
      if (worst !== undefined) return worst;
      return values.includes(undefined) ? undefined : (values[0] ?? null);
    }
    default:
      return values.reduce<Json | undefined>(
        (sum, value) => (typeof sum === 'number' && typeof value === 'number' ? sum + value : undefined),
        0,
      );
  }
}

// ---------------------------------------------------------------- what operators ask

function readPlace(service: string, regions: number, { works }: World, place: PlaceReader): FactLook {
  const work = works.get(service);
  if (work === undefined) return settled(unknown(`there is no service ${service} here`));
  if (work.eligible === undefined) return notYet();
  const { chosen, keptBack, goesOn } = place(service, regions);
  const note = keptBack ?? goesOn;
  if (chosen === undefined) return settled(unknown('a silent region may be first'));
  return settled({ value: chosen, ...(note === undefined ? {} : { note }) });
}

function readViable(services: readonly string[] | '*', need: Need, { works }: World): FactLook {
  const names = services === '*' ? [...works.keys()] : services;
  let up = 0;
  let open = 0;
  let isSettled = true;
  for (const name of names) {
    const work = works.get(name);
    const state = work?.state?.state ?? work?.before?.state ?? 'unknown';
    if (work !== undefined && work.state === undefined) isSettled = false;
    if (state === 'up') up++;
    else if (state === 'unknown') open++;
  }
  const needed = need.kind === 'count' ? need.count : Math.ceil((need.percent * names.length) / 100);
  const note = `${up} of ${names.length} up, ${needed} needed`;
  const value = up >= needed ? true : up + open < needed ? false : undefined;
  return { reading: { value, note }, settled: isSettled };
}

function readChanged(fact: FactRef & { readonly kind: 'changed' }, { works, nowMs }: World): FactLook {
  const work = works.get(fact.service);
  if (work === undefined) return settled(unknown(`there is no service ${fact.service} here`));
  const now = fact.field === 'state' ? work.state : work.report;
  const { was, sinceMs } = now ?? remembered(work.before, fact.field);
  const untilMs = sinceMs + fact.withinMs;
  const lately = was !== undefined && was !== 'unknown' && nowMs < untilMs;
  return {
    reading: { value: lately, sinceMs },
    settled: now !== undefined,
    ...(lately ? { wakeAtMs: untilMs } : {}),
  };
}

function remembered(
  before: ServiceMemory | undefined,
  field: 'state' | 'report',
): { readonly was: string | undefined; readonly sinceMs: number } {
  if (before === undefined) return { was: undefined, sinceMs: 0 };
  return field === 'state'
    ? { was: before.stateWas, sinceMs: before.stateSinceMs }
    : { was: before.reportWas, sinceMs: before.reportSinceMs };
}
