/**
 * What the documents of each feed are, by key: written here, read here.
 *
 * Node feed, what one agent observes: `agent`, `instance/<id>`. Region feed, what the leader knows and decided:
 * `plan/<service>`, `node/<id>`, `agent/<node>`, `instance/<id>`, `verdict/<service>`, `memory/service/<name>`,
 * `memory/rule/<name>`, `override/<service>`, `outbox/<key>`, `region/<name>`, `decision`. A document of an unknown kind is passed over; one
 * of the wrong shape is left out and counted.
 */

import { z } from 'zod';
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
  RemoteService,
  RuleMemory,
  ServiceFacts,
  ServiceMemory,
  ServicePlan,
  Verdict,
} from '../model.ts';
import type { Feed } from './feed.ts';
import { outboxEntry } from './outboxShape.ts';
import { type Docs, readAll, readOne } from './readDocuments.ts';
import { remoteService, type SharedRegion, sharedRegion } from './regionShapes.ts';
import * as shapes from './shapes.ts';

/** What a node feed says. */
export interface NodeShare {
  readonly agent?: AgentInfo;
  /** The decision that this agent answers from. */
  readonly applied?: shapes.Revision;
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
  /** Services that are not reported up any more, but that some agent may still answer `up` for. */
  readonly lingering: ReadonlySet<string>;
}

/** Publishes what this agent observes; what is no longer given is deleted. The other documents are set beside them. */
export function writeObservations(feed: Feed, observations: readonly Observation[]): void {
  feed.replace(
    'instance/',
    keyed('instance/', observations, (observation) => observation.instance),
  );
}

export function readNode(docs: Docs): NodeShare {
  const observations = readAll(docs, 'instance/', shapes.observation);
  const agent = readOne(docs, 'agent', shapes.agentInfo);
  const applied = readOne(docs, 'applied', shapes.revision);
  return {
    ...(agent.found === undefined ? {} : { agent: agent.found }),
    ...(applied.found === undefined ? {} : { applied: applied.found }),
    observations: [...observations.found.values()],
    unreadable: observations.unreadable + agent.unreadable + applied.unreadable,
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
    ...Object.values(share.regions).flatMap(docsOfRegion),
    ...Array.from(share.lingering, (name) => [`lingering/${name}`, {}] as const),
  ];
  feed.replace('', new Map(docs));
  if (written.get(feed)?.seq !== feed.seq) written.set(feed, { seq: feed.seq, share });
}

const written = new WeakMap<Feed, { readonly seq: number; readonly share: RegionShare }>();

/** What was written into the feed, where nobody else changed it since: whoever writes need not read it again. */
export function lastWritten(feed: Feed): RegionShare | undefined {
  const last = written.get(feed);
  return last?.seq === feed.seq ? last.share : undefined;
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
  let regionsBefore: Readonly<Record<string, RegionFacts>> = {};
  return (docs) => {
    let unreadable = 0;
    const kinds = Map.groupBy(docs, ([key]) => key.slice(0, key.indexOf('/') + 1));
    const read = <T extends object>(prefix: string, shape: z.ZodType<T>): ReadonlyMap<string, T> => {
      const kind = prefix.slice(0, prefix.indexOf('/') + 1);
      const all = readAll(kinds.get(kind) ?? [], prefix, shape);
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
      regions: regionsOf(
        read<SharedRegion>('region/', sharedRegion),
        read<RemoteService>('remote/', remoteService),
        regionsBefore,
      ),
      lingering: new Set(read<object>('lingering/', z.looseObject({})).keys()),
    };
    regionsBefore = share.regions;
    before = servicesOf(plans, instances, before);
    const decision = readOne(docs, 'decision', shapes.sharedDecision);
    unreadable += decision.unreadable;
    if (decision.found === undefined) return { unreadable };
    return { share: { decision: decision.found, services: before, ...share }, unreadable };
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

/** Another region's documents: its services one by one, so that a change of one travels alone. Made once for the same facts. */
function docsOfRegion(facts: RegionFacts): RegionDocs {
  const known = regionDocs.get(facts);
  if (known !== undefined) return known;
  const { services, ...region } = facts;
  const docs: RegionDocs = [
    [`region/${region.name}`, region],
    ...prefixed(`remote/${region.name}/`, services),
  ];
  regionDocs.set(facts, docs);
  return docs;
}

type RegionDocs = readonly (readonly [string, object])[];

const regionDocs = new WeakMap<RegionFacts, RegionDocs>();

function regionsOf(
  regions: ReadonlyMap<string, SharedRegion>,
  remotes: ReadonlyMap<string, RemoteService>,
  before: Readonly<Record<string, RegionFacts>>,
): Readonly<Record<string, RegionFacts>> {
  const byRegion = Map.groupBy(remotes, ([key]) => key.slice(0, key.indexOf('/')));
  return Object.fromEntries(
    Array.from(regions, ([name, region]) => {
      const services = (byRegion.get(name) ?? []).map(
        ([key, service]) => [key.slice(name.length + 1), service] as const,
      );
      return [name, sameOrNewRegion(before[name], { ...region, services: Object.fromEntries(services) })];
    }),
  );
}

/** The region's facts before, where nothing in them changed. */
export function sameOrNewRegion(before: RegionFacts | undefined, now: RegionFacts): RegionFacts {
  const same =
    before !== undefined &&
    before.freshness === now.freshness &&
    before.sinceMs === now.sinceMs &&
    before.via === now.via &&
    sameValues(before.services, now.services);
  return same ? before : now;
}

/** Do both have the very same objects under the same names? */
function sameValues(a: Readonly<Record<string, object>>, b: Readonly<Record<string, object>>): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
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

// ---------------------------------------------------------------- keys

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
