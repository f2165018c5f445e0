/**
 * What should run in the region, from what Docker lists.
 *
 * Pure, and the same for the same lists in any order. A service without `msa.*` labels, and its tasks, are left out. Names are
 * unique: of several services that want one, the oldest has it, and a problem names the others.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Inventory, Problem, RegionNode, ServicePlan, Task } from '../model.ts';
import type { LocalContainer } from './containerShapes.ts';
import { isMsaLabel } from './labelReader.ts';
import { planOf } from './labels.ts';
import type { SwarmService } from './swarmShapes.ts';

/** What a manager lists, all of it read together. */
export interface SwarmLists {
  readonly services: readonly SwarmService[];
  readonly tasks: readonly Task[];
  readonly nodes: readonly RegionNode[];
}

export type InventoryOfSwarm = (lists: SwarmLists, external: readonly ServicePlan[]) => Inventory;

/**
 * The inventory of a Swarm, with the external services of the agent's own file. Made anew only for other lists, and a plan that
 * is as before stays the same object.
 */
export function createSwarmInventory(): InventoryOfSwarm {
  let last: { lists: SwarmLists; external: readonly ServicePlan[]; inventory: Inventory } | undefined;
  return (lists, external) => {
    if (last?.lists === lists && last.external === external) return last.inventory;
    const made = inventoryOfSwarm(lists, external);
    const before = new Map(last?.inventory.services.map((plan) => [plan.name, plan]));
    const services = made.services.map((plan) => {
      const same = before.get(plan.name);
      return same !== undefined && isDeepStrictEqual(same, plan) ? same : plan;
    });
    const inventory = { ...made, services };
    last = { lists, external, inventory };
    return inventory;
  };
}

function inventoryOfSwarm(lists: SwarmLists, external: readonly ServicePlan[]): Inventory {
  const tasks = lists.tasks.filter((task) => task.desiredState === 'running');
  const services = sortedBy(lists.services, (service) => `${service.createdAt} ${service.id}`);
  const plans = services.flatMap((service) => planOfSwarmService(service, tasks) ?? []);
  const named = uniqueNames([...plans, ...external]);
  const planned = new Set(named.plans.map((plan) => plan.id));
  return {
    services: named.plans,
    nodes: sortedBy(lists.nodes, (node) => node.id),
    tasks: sortedBy(
      tasks.filter((task) => planned.has(task.serviceId)),
      (task) => task.id,
    ),
    problems: [...named.problems, ...misplacedLabels(services)],
  };
}

/** The inventory of an engine without a Swarm: its containers, stopped ones included, are the services. */
export function inventoryOfContainers(
  containers: readonly LocalContainer[],
  node: RegionNode,
  external: readonly ServicePlan[],
): Inventory {
  const ofService = Map.groupBy(
    sortedBy(containers, (container) => container.name),
    containerServiceId,
  );
  const plans = [...ofService].flatMap(([id, members]) => planOfContainers(id, members) ?? []);
  const named = uniqueNames([...plans, ...external]);
  const tasks = named.plans.flatMap((plan) =>
    (ofService.get(plan.id) ?? []).map((member) => taskOf(member, plan, node)),
  );
  return { services: named.plans, nodes: [node], tasks, problems: named.problems };
}

/** The id that a container's service has: in a Swarm the service's own, else that of its Compose service, else its name. */
export function containerServiceId(container: LocalContainer): string {
  const swarm = container.labels['com.docker.swarm.service.id'];
  const compose = container.labels['com.docker.compose.service'];
  if (swarm !== undefined || compose === undefined) return swarm ?? container.name;
  return `${container.labels['com.docker.compose.project'] ?? ''}/${compose}`;
}

/** The id that a container has as an instance: its task's in a Swarm, else the short form of its own. */
export function instanceIdOf(container: LocalContainer): string {
  return container.labels['com.docker.swarm.task.id'] ?? container.id.slice(0, 12);
}

function planOfSwarmService(service: SwarmService, tasks: readonly Task[]): ServicePlan | undefined {
  const stack = service.labels['com.docker.stack.namespace'];
  const prefix = `${stack}_`;
  // How many tasks a global service wants, only its tasks tell.
  const wanted = service.isGlobal
    ? tasks.filter((task) => task.serviceId === service.id).length
    : service.replicas;
  return planOf({
    name:
      stack !== undefined && service.name.startsWith(prefix)
        ? service.name.slice(prefix.length)
        : service.name,
    id: service.id,
    source: 'swarm',
    labels: service.labels,
    ...(stack === undefined ? {} : { stack }),
    ...(wanted === undefined ? {} : { wanted }),
    ...(service.healthCheck === undefined ? {} : { healthCheck: service.healthCheck }),
  });
}

/** Copies of one Compose service are its instances, and the labels of the first hold. */
function planOfContainers(id: string, members: readonly LocalContainer[]): ServicePlan | undefined {
  const [first] = members;
  if (first === undefined) return undefined;
  const stack = first.labels['com.docker.compose.project'];
  return planOf({
    name: first.labels['com.docker.compose.service'] ?? first.name,
    id,
    source: 'container',
    labels: first.labels,
    wanted: members.length,
    ...(stack === undefined ? {} : { stack }),
  });
}

function taskOf(container: LocalContainer, plan: ServicePlan, node: RegionNode): Task {
  const { state } = container;
  return { id: instanceIdOf(container), serviceId: plan.id, nodeId: node.id, state, desiredState: 'running' };
}

/** The first of each name, and a problem for every other. */
function uniqueNames(plans: readonly ServicePlan[]): {
  readonly plans: readonly ServicePlan[];
  readonly problems: readonly Problem[];
} {
  const kept = new Map<string, ServicePlan>();
  const problems: Problem[] = [];
  for (const plan of plans) {
    const holder = kept.get(plan.name);
    if (holder === undefined) kept.set(plan.name, plan);
    else problems.push(duplicateName(plan, holder));
  }
  return { plans: sortedBy([...kept.values()], (plan) => plan.name), problems };
}

function duplicateName(plan: ServicePlan, holder: ServicePlan): Problem {
  return {
    code: 'duplicate-name',
    message: `Two services want the name ${plan.name}: ${describe(holder)} has it, ${describe(plan)} is left out.`,
    hint: 'Give one of them a name of its own with the label msa.name.',
    service: plan.name,
  };
}

function describe(plan: ServicePlan): string {
  const of = plan.stack === undefined ? '' : ` of stack ${plan.stack}`;
  return `the ${plan.source} service ${plan.id}${of}`;
}

/** A frequent mistake: in a stack file `labels:` belongs under `deploy:`, or the containers get them and Swarm does not. */
function misplacedLabels(services: readonly SwarmService[]): readonly Problem[] {
  return services
    .filter((service) => Object.keys(service.containerLabels).some(isMsaLabel))
    .map((service) => ({
      code: 'misplaced-labels',
      message: `Service ${service.name} has msa.* labels on its containers, where MSA doesn't read them.`,
      hint: 'Move them to the service itself: under deploy.labels in the stack file.',
    }));
}

function sortedBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ item }) => item);
}
