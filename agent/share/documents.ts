/**
 * What the documents of each feed are, by key: written here, read here.
 *
 * Node feed, what one agent observes: `agent`, `instance/<id>`. Region feed, what the leader knows and decided:
 * `plan/<service>`, `node/<id>`, `agent/<node>`, `instance/<id>`, `verdict/<service>`, `memory/service/<name>`,
 * `memory/rule/<name>`, `override/<service>`, `outbox/<key>`, `region/<name>`, `decision`. A document of an unknown kind is passed over; one
 * of the wrong shape is left out and counted.
 */

import type { z } from 'zod';
import type {
  AgentInfo,
  AgentSight,
  InstanceFacts,
  Memory,
  Observation,
  OutboxEntry,
  Override,
  RegionFacts,
  RegionNode,
  RuleMemory,
  ServiceFacts,
  ServiceMemory,
  ServicePlan,
  Verdict,
} from '../model.ts';
import type { Feed } from './feed.ts';
import { outboxEntry } from './outboxShape.ts';
import * as shapes from './shapes.ts';

type Docs = ReadonlyMap<string, object>;

/** What a node feed says. */
export interface NodeShare {
  readonly agent?: AgentInfo;
  readonly observations: readonly Observation[];
  /** How many documents had the wrong shape. */
  readonly unreadable: number;
}

/** What a region feed says: all that its agents share, enough for any of them to go on from. */
export interface RegionShare {
  readonly decision: shapes.SharedDecision;
  readonly services: Readonly<Record<string, ServiceFacts>>;
  readonly nodes: readonly RegionNode[];
  readonly agents: readonly AgentSight[];
  readonly verdicts: Readonly<Record<string, Verdict>>;
  readonly memory: Memory;
  readonly overrides: Readonly<Record<string, Override>>;
  /** Effects on their way. */
  readonly outbox: readonly OutboxEntry[];
  readonly regions: Readonly<Record<string, RegionFacts>>;
}

/** Publishes what this agent observes; what is no longer given is deleted. Its `agent` document is set beside it. */
export function writeObservations(feed: Feed, observations: readonly Observation[]): void {
  feed.replace(
    'instance/',
    keyed('instance/', observations, (observation) => observation.instance),
  );
}

export function readNode(docs: Docs): NodeShare {
  const observations = readAll(docs, 'instance/', shapes.observation);
  const agent = docs.get('agent');
  const readable = agent !== undefined && fits(shapes.agentInfo, agent);
  return {
    ...(readable ? { agent } : {}),
    observations: [...observations.found.values()],
    unreadable: observations.unreadable + (agent !== undefined && !readable ? 1 : 0),
  };
}

/** Publishes what the leader knows and decided; what is no longer given is deleted. Only what differs travels. */
export function writeRegion(feed: Feed, share: RegionShare): void {
  const services = Object.entries(share.services);
  const instances = services.flatMap(([name, { instances }]) =>
    instances.map((instance) => sharedOf(instance, name)),
  );
  const docs: readonly (readonly [string, object])[] = [
    ['decision', share.decision],
    ...services.map(([name, { plan }]) => [`plan/${name}`, plan] as const),
    ...keyed('instance/', instances, (instance) => instance.id),
    ...keyed('node/', share.nodes, (node) => node.id),
    ...keyed('agent/', share.agents, (agent) => agent.info.node),
    ...prefixed('verdict/', share.verdicts),
    ...prefixed('memory/service/', share.memory.services),
    ...prefixed('memory/rule/', share.memory.rules),
    ...prefixed('override/', share.overrides),
    ...keyed('outbox/', share.outbox, (entry) => entry.key),
    ...prefixed('region/', share.regions),
  ];
  feed.replace('', new Map(docs));
}

/** Reads region feeds one after the other: what did not change stays the same object. */
export type RegionReader = (docs: Docs) => RegionRead;

export interface RegionRead {
  /** Undefined: nothing was decided yet, so there is nothing to go on from. */
  readonly share?: RegionShare;
  readonly unreadable: number;
}

export function createRegionReader(): RegionReader {
  let before: Readonly<Record<string, ServiceFacts>> = {};
  return (docs) => {
    let unreadable = 0;
    const read = <T extends object>(prefix: string, shape: z.ZodType<T>): ReadonlyMap<string, T> => {
      const all = readAll(docs, prefix, shape);
      unreadable += all.unreadable;
      return all.found;
    };
    const plans = read<ServicePlan>('plan/', shapes.servicePlan);
    const instances = read<shapes.SharedInstance>('instance/', shapes.sharedInstance);
    const share = {
      nodes: [...read<RegionNode>('node/', shapes.regionNode).values()],
      agents: [...read<AgentSight>('agent/', shapes.agentSight).values()],
      verdicts: Object.fromEntries(read<Verdict>('verdict/', shapes.verdict)),
      memory: {
        services: Object.fromEntries(read<ServiceMemory>('memory/service/', shapes.serviceMemory)),
        rules: Object.fromEntries(read<RuleMemory>('memory/rule/', shapes.ruleMemory)),
      },
      overrides: Object.fromEntries(read<Override>('override/', shapes.override)),
      outbox: [...read<OutboxEntry>('outbox/', outboxEntry).values()].sort((a, b) => a.sequence - b.sequence),
      regions: Object.fromEntries(read<RegionFacts>('region/', shapes.regionFacts)),
    };
    before = servicesOf(plans, instances, before);
    const decision = docs.get('decision');
    if (decision === undefined) return { unreadable };
    if (!fits(shapes.sharedDecision, decision)) return { unreadable: unreadable + 1 };
    return { share: { decision, services: before, ...share }, unreadable };
  };
}

function servicesOf(
  plans: ReadonlyMap<string, ServicePlan>,
  instances: ReadonlyMap<string, shapes.SharedInstance>,
  before: Readonly<Record<string, ServiceFacts>>,
): Readonly<Record<string, ServiceFacts>> {
  const byService = Map.groupBy(instances.values(), (instance) => instance.service);
  return Object.fromEntries(
    Array.from(plans, ([name, plan]) => {
      const sorted = (byService.get(name) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
      return [name, sameOrNew(before[name], { plan, instances: sorted })];
    }),
  );
}

/** The facts before, where nothing in them changed: who reads them remembers answers by identity. */
export function sameOrNew(before: ServiceFacts | undefined, now: ServiceFacts): ServiceFacts {
  const same =
    before !== undefined &&
    before.plan === now.plan &&
    before.instances.length === now.instances.length &&
    before.instances.every((instance, at) => instance === now.instances[at]);
  return same ? before : now;
}

// ---------------------------------------------------------------- keys and shapes

function keyed<T extends object>(
  prefix: string,
  values: readonly T[],
  keyOf: (value: T) => string,
): ReadonlyMap<string, T> {
  return new Map(values.map((value) => [`${prefix}${keyOf(value)}`, value]));
}

function prefixed(prefix: string, record: Readonly<Record<string, object>>): [string, object][] {
  return Object.entries(record).map(([name, value]) => [`${prefix}${name}`, value]);
}

/** The same shared instance for the same facts, so that publishing them again costs nothing. */
const sharedInstances = new WeakMap<InstanceFacts, shapes.SharedInstance>();

function sharedOf(instance: InstanceFacts, service: string): shapes.SharedInstance {
  const known = sharedInstances.get(instance);
  if (known?.service === service) return known;
  const shared = { ...instance, service };
  sharedInstances.set(instance, shared);
  return shared;
}

function readAll<T extends object>(
  docs: Docs,
  prefix: string,
  shape: z.ZodType<T>,
): { found: Map<string, T>; unreadable: number } {
  const found = new Map<string, T>();
  let unreadable = 0;
  for (const [key, doc] of docs) {
    if (!key.startsWith(prefix)) continue;
    if (fits(shape, doc)) found.set(key.slice(prefix.length), doc);
    else unreadable += 1;
  }
  return { found, unreadable };
}

/** Verdicts on documents: each is looked into once, since it never changes. */
const looked = new WeakMap<z.ZodType, WeakMap<object, boolean>>();

function fits<T extends object>(shape: z.ZodType<T>, doc: object): doc is T {
  const known = looked.get(shape) ?? new WeakMap<object, boolean>();
  looked.set(shape, known);
  const verdict = known.get(doc) ?? shape.safeParse(doc).success;
  known.set(doc, verdict);
  return verdict;
}
