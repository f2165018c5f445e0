/**
 * Changes facts as a person writes it: `db.state=down`, `west/db.properties.write=true`, `west.freshness=lost`. Pure: gives
 * a copy, and what is wrong where it can't be done.
 */

import type {
  Facts,
  Health,
  InstanceFacts,
  Json,
  RegionFacts,
  RemoteService,
  ServiceFacts,
} from '../model.ts';
import { nearest } from '../nearest.ts';
import { parseServiceId } from './catalogue.ts';

export type ChangedFacts =
  | { readonly ok: true; readonly facts: Facts }
  | { readonly ok: false; readonly message: string; readonly hint: string };

const hereFields = 'state, healthy, priority, override, properties.<name>';
const thereFields = 'state, report, eligible, willing, priority, healthy, properties.<name>';

/** The facts with one more change; `nowMs` is when it happened. */
export function changeFacts(facts: Facts, change: string, nowMs: number): ChangedFacts {
  const [, path = '', text = ''] = /^([^=]+)=(.*)$/s.exec(change) ?? [];
  const freshness = /^(?:regions\.)?([^/]+)\.freshness$/.exec(path)?.[1];
  if (freshness !== undefined) return changeFreshness(facts, freshness, text, nowMs);
  const [, name = '', field = '', property] =
    /^(.+?)\.(state|report|eligible|willing|priority|healthy|override|properties)(?:\.(.+))?$/.exec(path) ??
    [];
  const id = parseServiceId(name);
  if (id === undefined || id.region === '*' || (field === 'properties') !== (property !== undefined))
    return wrong(
      `"${change}" is no change`,
      'Write db.state=down, west/db.state=down or west.freshness=lost',
    );
  const what = { field, property, text, change };
  return id.region === undefined || id.region === facts.region
    ? changeHere(facts, id.service, what, nowMs)
    : changeThere(facts, id.region, id.service, what);
}

interface What {
  readonly field: string;
  readonly property: string | undefined;
  readonly text: string;
  /** As it was written. */
  readonly change: string;
}

function changeHere(facts: Facts, service: string, what: What, nowMs: number): ChangedFacts {
  const known = Object.hasOwn(facts.services, service) ? facts.services[service] : undefined;
  if (known === undefined) return stranger('service', service, Object.keys(facts.services), facts.region);
  if (what.field === 'override') return changeOverride(facts, service, what, nowMs);
  const changed = changeService(known, what, nowMs);
  if (changed === undefined)
    return wrong(
      `"${what.change}" can't be set on a service of this region`,
      `It has ${hereFields}; state is up, down or unknown`,
    );
  return { ok: true, facts: { ...facts, services: { ...facts.services, [service]: changed } } };
}

const healthOf: Readonly<Record<string, Health>> = { up: 'healthy', down: 'sick', unknown: 'unknown' };

function changeService(
  service: ServiceFacts,
  { field, property, text }: What,
  nowMs: number,
): ServiceFacts | undefined {
  const { plan, instances } = service;
  if (field === 'priority')
    return isNumber(text) ? { plan: { ...plan, priority: Number(text) }, instances } : undefined;
  // A service that runs nowhere right now gets the instance that the change speaks of.
  const all = instances.length > 0 ? instances : [instance(plan.name, nowMs)];
  if (field === 'properties' && property !== undefined) {
    const set = (one: InstanceFacts) => ({
      ...one,
      properties: { ...one.properties, [property]: jsonOf(text) },
    });
    return { plan, instances: all.map(set) };
  }
  const health = healthOf[text];
  if (field === 'state' && health !== undefined)
    return { plan, instances: all.map((one) => withHealth(one, health, nowMs)) };
  if (field !== 'healthy' || !/^\d+$/.test(text)) return undefined;
  const many = Array.from(
    { length: Math.max(all.length, Number(text)) },
    (_, index) => all[index] ?? instance(`${plan.name}-${index}`, nowMs),
  );
  return {
    plan,
    instances: many.map((one, index) => withHealth(one, index < Number(text) ? 'healthy' : 'sick', nowMs)),
  };
}

function instance(id: string, nowMs: number): InstanceFacts {
  return {
    id: `${id}-assumed`,
    node: 'assumed',
    health: 'unknown',
    stale: false,
    sinceMs: nowMs,
    properties: {},
    outcome: { result: 'unknown', reason: 'not-yet', detail: 'assumed' },
    asked: '',
  };
}

function withHealth(one: InstanceFacts, health: Health, nowMs: number): InstanceFacts {
  if (one.health === health && !one.stale) return one;
  const outcome: InstanceFacts['outcome'] =
    health === 'healthy'
      ? { result: 'pass', properties: one.properties }
      : health === 'sick'
        ? { result: 'fail', reason: 'said-so', detail: 'assumed' }
        : { result: 'unknown', reason: 'not-yet', detail: 'assumed' };
  return { ...one, health, stale: false, sinceMs: nowMs, outcome };
}

function changeOverride(facts: Facts, service: string, { text, change }: What, nowMs: number): ChangedFacts {
  const { [service]: _old, ...others } = facts.overrides;
  if (text === 'none') return { ok: true, facts: { ...facts, overrides: others } };
  const report = (['up', 'down', 'drain'] as const).find((one) => one === text);
  if (report === undefined) return wrong(`"${change}" is no override`, 'Write up, down, drain or none');
  const override = { service, report, owner: 'you', reason: 'assumed', setAtMs: nowMs };
  return { ok: true, facts: { ...facts, overrides: { ...others, [service]: override } } };
}

// ---------------------------------------------------------------- there

function changeThere(facts: Facts, region: string, service: string, what: What): ChangedFacts {
  const known = Object.hasOwn(facts.regions, region) ? facts.regions[region] : undefined;
  if (known === undefined) return stranger('region', region, Object.keys(facts.regions), facts.region);
  const remote = Object.hasOwn(known.services, service) ? known.services[service] : undefined;
  const changed = changeRemote(remote ?? nothingThere, what);
  if (changed === undefined)
    return wrong(`"${what.change}" can't be set on a service of another region`, `It has ${thereFields}`);
  return withRegion(facts, { ...known, services: { ...known.services, [service]: changed } });
}

const nothingThere: RemoteService = {
  ...{ state: 'down', report: 'down', eligible: false, willing: false },
  ...{ priority: 0, healthy: 0, total: 1, properties: {}, holding: false },
};

/** A state brings along what follows from it, so that the region tells no contradictions. Its claim is judged anew by these. */
function changeRemote(remote: RemoteService, { field, property, text }: What): RemoteService | undefined {
  const { claim: _claim, ...rest } = remote;
  const isUp = text === 'up';
  const flag = text === 'true' ? true : text === 'false' ? false : undefined;
  switch (field) {
    case 'state':
      if (!isUp && text !== 'down') return undefined;
      return {
        ...rest,
        state: text,
        report: text,
        eligible: isUp,
        willing: isUp,
        holding: isUp,
        healthy: isUp ? Math.max(1, rest.healthy) : 0,
        properties: isUp ? rest.properties : {},
      };
    case 'report':
      return isUp || text === 'down' || text === 'drain'
        ? { ...rest, report: text, holding: isUp }
        : undefined;
    case 'eligible':
      return flag === undefined ? undefined : { ...rest, eligible: flag, willing: flag && rest.willing };
    case 'willing':
      return flag === undefined ? undefined : { ...rest, willing: flag };
    case 'priority':
    case 'healthy':
      return isNumber(text) ? { ...rest, [field]: Number(text) } : undefined;
    case 'properties':
      if (property === undefined) return undefined;
      return { ...remote, properties: { ...remote.properties, [property]: jsonOf(text) } };
    default:
      return undefined;
  }
}

function changeFreshness(facts: Facts, region: string, text: string, nowMs: number): ChangedFacts {
  const freshness = (['fresh', 'stale', 'lost'] as const).find((one) => one === text);
  if (freshness === undefined) return wrong(`"${text}" is no freshness`, 'Write fresh, stale or lost');
  const known = Object.hasOwn(facts.regions, region) ? facts.regions[region] : undefined;
  if (known === undefined) return stranger('region', region, Object.keys(facts.regions), facts.region);
  return withRegion(facts, { ...known, freshness, sinceMs: nowMs });
}

function withRegion(facts: Facts, region: RegionFacts): ChangedFacts {
  return { ok: true, facts: { ...facts, regions: { ...facts.regions, [region.name]: region } } };
}

// ---------------------------------------------------------------- words

function stranger(
  what: 'service' | 'region',
  name: string,
  known: readonly string[],
  region: string,
): ChangedFacts {
  const near = nearest(name, known);
  const listed =
    known.length === 0 ? `There is no other ${what}.` : `There are ${known.slice(0, 10).join(', ')}.`;
  return wrong(
    `${region} knows of no ${what} "${name}"`,
    near === undefined ? listed : `Did you mean "${near}"?`,
  );
}

function wrong(message: string, hint: string): ChangedFacts {
  return { ok: false, message, hint };
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

/** `true`, `7`, `"text"`; a bare word is a text. */
function jsonOf(text: string): Json {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return isNumber(text) ? Number(text) : text;
}
