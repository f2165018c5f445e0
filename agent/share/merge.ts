/**
 * Joins what the managers know with what every agent observes into the facts of each service. Pure.
 *
 * An instance is there while somebody who is heard observes it, or while the Swarm means it to run; and never on a node that
 * the Swarm gave up, whatever its tasks still read. A silent agent's observations stand, marked stale. What did not change
 * stays the same object, so that whoever reads the facts can remember answers by identity.
 */

import type { InstanceFacts, Inventory, Observation, ServiceFacts, ServicePlan, Task } from '../model.ts';
import { type RegionShare, sameOrNew } from './documents.ts';

/** What one node's agent observes. */
export interface Seen {
  /** False: these are its last words. */
  readonly heard: boolean;
  readonly observations: readonly Observation[];
}

export interface MergeInput {
  readonly inventory: Inventory;
  /** By node id, this agent's own included. */
  readonly seen: ReadonlyMap<string, Seen>;
  /** Instances that nobody observed yet are unknown since then. */
  readonly nowMs: number;
}

type Services = Readonly<Record<string, ServiceFacts>>;

interface Merged {
  readonly services: Services;
  /** Observed by an agent that is heard. */
  readonly watched: ReadonlySet<string>;
  /** Were watched, and then their own agent dropped them: gone, though the inventory may list them a while longer. */
  readonly departed: ReadonlySet<string>;
}

/** The facts of every service of the inventory, by name. Each call goes on from its result before. */
export function createMerge(): (input: MergeInput) => Services {
  let before: Merged = { services: {}, watched: new Set(), departed: new Set() };
  return (input) => {
    before = merge(input, before);
    return before.services;
  };
}

function merge({ inventory, seen, nowMs }: MergeInput, before: Merged): Merged {
  const goneNodes = new Set(inventory.nodes.filter((node) => node.status === 'down').map((node) => node.id));
  const meant = inventory.tasks.filter((task) => isMeantToRun(task) && !goneNodes.has(task.nodeId));
  const wholes = inventory.services.filter(isAskedAsWhole).map((plan) => plan.name);
  const observed = observedByService(seen, new Set([...meant.map((task) => task.id), ...wholes]), goneNodes);
  const observedIds = new Set([...observed.values()].flat().map((instance) => instance.id));
  const departed = meant.filter(
    ({ id, nodeId }) =>
      !observedIds.has(id) &&
      (before.departed.has(id) || (before.watched.has(id) && seen.get(nodeId)?.heard === true)),
  );
  const gone = new Set(departed.map((task) => task.id));
  const awaited = meant.filter((task) => isStarted(task) && !observedIds.has(task.id) && !gone.has(task.id));
  const awaitedByService = Map.groupBy(awaited, (task) => task.serviceId);

  const services = inventory.services.map((plan) => {
    const last = before.services[plan.name];
    const lastById = new Map(last?.instances.map((instance) => [instance.id, instance]));
    const there = observed.get(plan.name) ?? [];
    const awaitedHere = isAskedAsWhole(plan)
      ? there.length > 0
        ? []
        : [unasked(plan, lastById.get(plan.name), nowMs)]
      : (awaitedByService.get(plan.id) ?? []).map((task) => unobserved(task, lastById.get(task.id), nowMs));
    const instances = [...there, ...awaitedHere];
    return [plan.name, sameOrNew(last, { plan, instances: sortedById(instances) })] as const;
  });
  const watched = [...observed.values()].flat().filter((instance) => !instance.stale);
  return {
    services: Object.fromEntries(services),
    watched: new Set(watched.map((instance) => instance.id)),
    departed: gone,
  };
}

function isMeantToRun(task: Task): boolean {
  return task.desiredState === 'running' && !ENDED.has(task.state);
}

const ENDED = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned']);

/** Before that there is no container that anybody could observe. */
function isStarted(task: Task): boolean {
  return task.state === 'starting' || task.state === 'running';
}

/**
 * The observed instances that count, by service name. One that the inventory does not list (any more, or yet) counts while
 * its agent is heard: the node knows its containers sooner than the managers do. Of two nodes that claim one, the one that
 * is heard counts.
 */
function observedByService(
  seen: ReadonlyMap<string, Seen>,
  meant: ReadonlySet<string>,
  goneNodes: ReadonlySet<string>,
): ReadonlyMap<string, readonly InstanceFacts[]> {
  const counted = new Map<string, { readonly service: string; readonly facts: InstanceFacts }>();
  const heardLast = [...seen].sort(([, a], [, b]) => Number(a.heard) - Number(b.heard));
  for (const [node, { heard, observations }] of heardLast) {
    if (goneNodes.has(node)) continue;
    for (const observation of observations) {
      const { instance, service } = observation;
      if (heard || meant.has(instance))
        counted.set(instance, { service, facts: factsOf(observation, !heard) });
    }
  }
  const byService = Map.groupBy(counted.values(), ({ service }) => service);
  return new Map(Array.from(byService, ([service, all]) => [service, all.map(({ facts }) => facts)]));
}

/** An observation never changes, so its facts are made once: one object while it is heard, one while it is stale. */
const fresh = new WeakMap<Observation, InstanceFacts>();
const stale = new WeakMap<Observation, InstanceFacts>();

function factsOf(observation: Observation, isStale: boolean): InstanceFacts {
  const memo = isStale ? stale : fresh;
  const known = memo.get(observation);
  if (known !== undefined) return known;
  const { instance: id, service: _, ...rest } = observation;
  const facts = { id, stale: isStale, ...rest };
  memo.set(observation, facts);
  return facts;
}

/** It has a host of its own, and the leader asks that, whatever tasks there are: its one instance has its name. */
function isAskedAsWhole({ probe: { how } }: ServicePlan): boolean {
  return (how.kind === 'http' || how.kind === 'tcp') && how.host !== undefined;
}

/** An instance that its node's agent says nothing of yet. */
function unobserved(task: Task, last: InstanceFacts | undefined, nowMs: number): InstanceFacts {
  const detail = `the agent of its node has not told of it yet; Swarm says ${task.state}`;
  return notYet({ id: task.id, node: task.nodeId, detail }, last, nowMs);
}

/** Whoever leads now has not asked it yet, and of those before nobody left a word. */
function unasked(plan: ServicePlan, last: InstanceFacts | undefined, nowMs: number): InstanceFacts {
  return notYet({ id: plan.name, node: '', detail: 'the leader has not asked it yet' }, last, nowMs);
}

function notYet(
  { id, node, detail }: { readonly id: string; readonly node: string; readonly detail: string },
  last: InstanceFacts | undefined,
  nowMs: number,
): InstanceFacts {
  if (last?.outcome.result === 'unknown' && last.outcome.detail === detail && last.node === node) return last;
  return {
    id,
    node,
    health: 'unknown',
    stale: false,
    sinceMs: nowMs,
    properties: {},
    outcome: { result: 'unknown', reason: 'not-yet', detail },
    asked: '',
  };
}

function sortedById(instances: readonly InstanceFacts[]): readonly InstanceFacts[] {
  return [...instances].sort((a, b) => (a.id < b.id ? -1 : 1));
}

// ---------------------------------------------------------------- going on from what was shared

/**
 * What the agents of the region last shared, as an input to merge: for an agent that can't see the inventory itself, or that
 * leads from now on. Every observation in it is a last word; give the fresher `seen` of one's own over it.
 */
export function lastWords(share: RegionShare): { inventory: Inventory; seen: ReadonlyMap<string, Seen> } {
  const services = Object.values(share.services);
  const observations = services.flatMap(({ plan, instances }) =>
    instances.map((instance) => wordOf(instance, plan)),
  );
  const byNode = Map.groupBy(observations, (observation) => observation.node);
  return {
    inventory: {
      services: services.map(({ plan }) => plan),
      nodes: share.nodes,
      tasks: services.flatMap(({ plan, instances }) => instances.map((instance) => taskOf(instance, plan))),
      problems: share.decision.problems,
    },
    seen: new Map(Array.from(byNode, ([node, all]) => [node, { heard: false, observations: all }])),
  };
}

/** The same observation for the same facts, so that merging them again changes nothing. */
const words = new WeakMap<InstanceFacts, Observation>();

function wordOf(instance: InstanceFacts, plan: ServicePlan): Observation {
  const known = words.get(instance);
  if (known?.service === plan.name) return known;
  const { id, stale: _, ...rest } = instance;
  const word = { ...rest, instance: id, service: plan.name };
  words.set(instance, word);
  return word;
}

function taskOf(instance: InstanceFacts, plan: ServicePlan): Task {
  return {
    id: instance.id,
    serviceId: plan.id,
    nodeId: instance.node,
    state: 'running',
    desiredState: 'running',
  };
}
