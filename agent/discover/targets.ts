/**
 * Which instances this agent probes, and the way to each.
 *
 * Pure. A container is matched to a plan by its service, whoever sent the plan. The first way that there is, in this order:
 *  1. the task is on the node's own network: the node's address;
 *  2. a network that agent and task share: the task's address in it; of several, the first by name;
 *  3. the agent is on the node's own network: the task's address in docker_gwbridge;
 *  4. a port that the task publishes on the node (`mode: host`): the node's address, with that port;
 * and else the target has no address, and a problem that says what to attach. The same facts always give the same way.
 */

import type { ProbePlan, ProbeTarget, Problem, RegionNode, ServicePlan } from '../model.ts';
import type { ContainerNetwork, Gateway, LocalContainer } from './containerShapes.ts';
import { containerServiceId, instanceIdOf } from './inventory.ts';

/** What this agent sees of its own node. */
export interface NodeSight {
  readonly node: RegionNode;
  readonly inSwarm: boolean;
  readonly containers: readonly LocalContainer[];
  readonly gateway: Gateway;
  /** The agent's own IP addresses. */
  readonly addresses: ReadonlySet<string>;
}

/** One target for each container of a planned service that runs, or just stopped, and is asked instance by instance. */
export function toTargets(plans: readonly ServicePlan[], sight: NodeSight): readonly ProbeTarget[] {
  const planById = new Map(plans.map((plan) => [plan.id, plan]));
  const ways = waysOf(sight);
  const targets = sight.containers.flatMap((container) => {
    const isInstance = container.running || container.docker === 'stopping';
    const plan = isInstance ? planById.get(containerServiceId(container)) : undefined;
    return plan === undefined || asksHost(plan.probe) ? [] : [toTarget(container, plan, ways)];
  });
  return targets.sort((a, b) => (a.instance < b.instance ? -1 : 1));
}

/** One target for each service that is asked as a whole, by its host: the leader's to probe, on `node`. */
export function toWholeServiceTargets(plans: readonly ServicePlan[], node: string): readonly ProbeTarget[] {
  return plans.flatMap(({ name, probe }) => {
    const { how } = probe;
    if ((how.kind !== 'http' && how.kind !== 'tcp') || how.host === undefined) return [];
    return [{ instance: name, service: name, node, plan: probe, address: how.host, docker: 'running' }];
  });
}

function asksHost({ how }: ProbePlan): boolean {
  return (how.kind === 'http' || how.kind === 'tcp') && how.host !== undefined;
}

function toTarget(container: LocalContainer, service: ServicePlan, ways: Ways): ProbeTarget {
  const { how } = service.probe;
  const target = {
    instance: instanceIdOf(container),
    service: service.name,
    node: ways.sight.node.id,
    plan: service.probe,
    docker: container.docker,
  };
  if (how.kind !== 'http' && how.kind !== 'tcp') return target;
  const way = findWay(container, how.port, ways);
  if (way !== undefined) {
    const plan =
      way.port === how.port ? service.probe : { ...service.probe, how: { ...how, port: way.port } };
    return { ...target, plan, address: way.address };
  }
  // One that is stopping has lost its networks already: nothing to mend.
  return container.docker === 'stopping' ? target : { ...target, problem: noWay(container, service, ways) };
}

/** What all ways from this agent have in common. */
interface Ways {
  readonly sight: NodeSight;
  readonly isOnNodeNetwork: boolean;
  /** The node, as the agent reaches it; absent where it doesn't. */
  readonly nodeAddress?: string;
  readonly isShared: (network: ContainerNetwork) => boolean;
}

/**
 * A network is shared where the agent's own container is in it, or where the agent has the node's end of it (a bridge, seen
 * from the node's own network). Networks are told apart by id and not by address range: an overlay network may well use the
 * range of the node's own network.
 */
function waysOf(sight: NodeSight): Ways {
  const { addresses, containers, gateway, inSwarm, node } = sight;
  // On the node's own network the agent has the node's end of docker_gwbridge among its addresses.
  const isOnNodeNetwork = addresses.has(gateway.address);
  const isOwn = ({ running, networks }: LocalContainer) =>
    running && networks.length > 0 && networks.every(({ address }) => addresses.has(address));
  const ownNetworks = isOnNodeNetwork ? [] : containers.filter(isOwn).flatMap(({ networks }) => networks);
  const ids = new Set(ownNetworks.map(({ id }) => id));
  const outOfContainer = ownNetworks.find((network) => network.gateway !== '')?.gateway;
  const alone = ownNetworks.length === 0 ? '127.0.0.1' : outOfContainer;
  const nodeAddress = inSwarm ? node.address : alone;
  return {
    sight,
    isOnNodeNetwork,
    ...(nodeAddress === undefined ? {} : { nodeAddress }),
    isShared: ({ id, name, gateway: end }) => name !== 'ingress' && (ids.has(id) || addresses.has(end)),
  };
}

interface Way {
  readonly address: string;
  readonly port: number;
}

function findWay(container: LocalContainer, port: number, ways: Ways): Way | undefined {
  const { nodeAddress, isOnNodeNetwork, isShared, sight } = ways;
  if (container.onHostNetwork) return nodeAddress === undefined ? undefined : { address: nodeAddress, port };
  const shared = container.networks.find(isShared);
  if (shared !== undefined) return { address: shared.address, port };
  const bridged = sight.gateway.containers[container.id];
  if (bridged !== undefined && isOnNodeNetwork) return { address: bridged, port };
  const published = container.ports.find(({ inside }) => inside === port);
  if (published === undefined || nodeAddress === undefined) return undefined;
  return { address: nodeAddress, port: published.outside };
}

function noWay(container: LocalContainer, service: ServicePlan, { sight }: Ways): Problem {
  const names = container.networks.map(({ name }) => name).filter((name) => name !== 'ingress');
  const attach =
    names.length > 0
      ? `Attach the agent to one of its networks (${names.join(', ')}), or the service to the agent's`
      : "Attach the service to the agent's network";
  return {
    code: 'no-way',
    message: `There is no way to ${container.name}: the agent shares no network with ${service.name}.`,
    hint: `${attach}; or run the agent on the host's network${sight.inSwarm ? ' (stacks/msa-host.yml)' : ''}; or publish the port with mode: host.`,
    service: service.name,
  };
}
