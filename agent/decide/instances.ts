/** What the instances of a service say of it: how many are healthy, whether that makes it up, and its properties. */

import type {
  HealthyMin,
  InstanceFacts,
  Json,
  Properties,
  Reason,
  ReasonInput,
  ServiceFacts,
  State,
} from '../model.ts';
import { equalJson } from './equalJson.ts';

/** A service as its instances alone show it. */
export interface InstanceView {
  /** Undefined: silent observers or broken probers leave it open. */
  readonly state: State | undefined;
  readonly healthy: number;
  readonly total: number;
  /** No instance is in doubt, so `healthy` is exact. */
  readonly exact: boolean;
  /** The last word of the instances that are healthy. */
  readonly properties: Properties;
  /** An instance whose word is fresh gives them, or surely none does. */
  readonly propertiesKnown: boolean;
  readonly reason: Reason;
  /** Short, for what depends on it: `0 of 2 healthy: status 503`. */
  readonly cause: string;
}

/** Reasons name so many instances, the ones that are not well first. */
const mostInputs = 20;

/** Sums the instances up. A silent observer's healthy instance may still be healthy, and its sick one counts as sick. */
export function viewInstances({ plan, instances }: ServiceFacts): InstanceView {
  const firm = instances.filter((instance) => instance.health === 'healthy' && !instance.stale);
  const doubtful = instances.filter((instance) => isDoubtful(instance));
  const total = Math.max(plan.wanted ?? 0, instances.length);
  if (plan.source === 'composite') return composite();
  const needed = neededOf(plan.healthyMin, total);
  const state = stateOf(plan.wanted, instances.length, firm.length, doubtful.length, needed);
  const sure = `${firm.length} of ${total} healthy`;
  const doubt = doubtful.length === 0 ? '' : `, ${doubtful.length} in doubt`;
  const sick = instances.find((instance) => instance.health === 'sick');
  const cause =
    total === 0 ? 'no instance runs' : `${sure}${doubt}${sick === undefined ? '' : `: ${tellOutcome(sick)}`}`;
  return {
    state,
    healthy: firm.length,
    total,
    exact: doubtful.length === 0,
    properties: mergeProperties(instances),
    propertiesKnown: firm.length > 0 || doubtful.length === 0,
    cause,
    reason: {
      step: 'instances',
      source: `instances of ${plan.name}`,
      says: tellState(state, { sure: `${sure}${doubt}`, needed, total, wanted: plan.wanted }),
      ...(state === undefined ? {} : { sets: { field: 'state', value: state } }),
      inputs: inputsOf(plan.name, instances),
    },
  };
}

function isDoubtful(instance: InstanceFacts): boolean {
  return instance.health === 'unknown' || (instance.health === 'healthy' && instance.stale);
}

/** Nobody is asked: it is up unless what it is made of says otherwise. */
function composite(): InstanceView {
  return {
    state: 'up',
    healthy: 0,
    total: 0,
    exact: true,
    properties: {},
    propertiesKnown: true,
    cause: 'nothing is asked of it',
    reason: {
      step: 'instances',
      source: 'composite',
      says: 'up unless what it depends on, or a rule, says otherwise',
      sets: { field: 'state', value: 'up' },
      inputs: [],
    },
  };
}

/** How many healthy instances it takes; a share is of all that should be there, rounded up. */
function neededOf(min: HealthyMin, total: number): number {
  return min.kind === 'count' ? min.count : Math.max(1, Math.ceil((min.percent * total) / 100));
}

function stateOf(
  wanted: number | undefined,
  listed: number,
  firm: number,
  doubtful: number,
  needed: number,
): State | undefined {
  if (wanted === 0 && listed === 0) return 'down';
  if (firm >= needed) return 'up';
  return firm + doubtful < needed ? 'down' : undefined;
}

function tellState(
  state: State | undefined,
  counts: { sure: string; needed: number; total: number; wanted: number | undefined },
): string {
  const { sure, needed, total, wanted } = counts;
  if (total === 0) return wanted === 0 ? 'down: no instance is meant to run' : 'down: no instance runs';
  const need = needed === 1 ? '1 is needed' : `${needed} are needed`;
  return `${state ?? 'in doubt'}: ${sure}, ${need}`;
}

function inputsOf(service: string, instances: readonly InstanceFacts[]): readonly ReasonInput[] {
  const rank = { sick: 0, unknown: 1, healthy: 2 } as const;
  return instances
    .toSorted((a, b) => rank[a.health] - rank[b.health] || (a.id < b.id ? -1 : 1))
    .slice(0, mostInputs)
    .map((instance) => ({
      fact: `${service}#${instance.id}.health`,
      value: instance.health,
      sinceMs: instance.sinceMs,
      note: tellInstance(instance),
    }));
}

function tellInstance(instance: InstanceFacts): string {
  const silent = instance.stale ? 'its observer is silent, ' : '';
  const asked = instance.asked === '' ? '' : `${instance.asked}, `;
  return `${silent}${tellOutcome(instance)}, ${asked}on ${instance.node}`;
}

function tellOutcome({ outcome }: InstanceFacts): string {
  if (outcome.result === 'pass') return 'pass';
  return `${outcome.result}: ${outcome.detail === '' ? outcome.reason : outcome.detail}`;
}

/** All healthy instances together: true where any says true, the largest number, else the word of the first by id. */
function mergeProperties(instances: readonly InstanceFacts[]): Properties {
  const [only, ...others] = instances
    .filter((instance) => instance.health === 'healthy')
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((instance) => instance.properties);
  if (only === undefined) return {};
  if (others.every((other) => other === only || equalJson(only, other))) return only;
  const merged = new Map(Object.entries(only));
  for (const other of others)
    for (const [name, value] of Object.entries(other)) merged.set(name, mergeValue(merged.get(name), value));
  return Object.fromEntries(merged);
}

function mergeValue(one: Json | undefined, other: Json): Json {
  if (one === undefined || equalJson(one, other)) return other;
  if (typeof one === 'boolean' && typeof other === 'boolean') return one || other;
  if (typeof one === 'number' && typeof other === 'number') return Math.max(one, other);
  return one;
}
