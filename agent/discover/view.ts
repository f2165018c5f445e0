/**
 * What this agent knows of its node and its Swarm, from the last answers.
 *
 * Pure. An answer that failed takes nothing away: the last good one stands, and a problem says so. Only a definite word of the
 * engine (this node is no manager any more, it left the Swarm a while ago) does.
 */

import type { Inventory, Problem, RegionNode } from '../model.ts';
import type { Gateway } from './containerShapes.ts';
import type { DockerProblem } from './dockerRequest.ts';
import type { EngineInfo, Manager } from './engineShapes.ts';
import type { ExternalServices } from './external.ts';
import { type InventoryOfSwarm, inventoryOfContainers, type SwarmLists } from './inventory.ts';
import { currentContainers, type LocalContainers } from './localContainers.ts';
import type { NodeSight } from './targets.ts';

export interface DiscoveryView {
  /** This node. Without a Swarm: the engine, which is its own manager. */
  readonly node: RegionNode;
  readonly inSwarm: boolean;
  /** All managers of the Swarm, this node among them where it is one; empty without a Swarm. */
  readonly managers: readonly Manager[];
  /** Absent on workers, and on a manager whose Swarm has not answered yet. */
  readonly inventory?: Inventory;
  /** False: the engine or the Swarm doesn't answer, and what they said last stands. */
  readonly current: boolean;
  /** Of the engine, the Swarm, and the file of external services. */
  readonly problems: readonly Problem[];
}

/** The last good answer to a question, and what is wrong with the latest one. */
interface Heard<T> {
  readonly value?: T;
  readonly problem?: DockerProblem;
}

/** Everything that was heard. */
export interface Answers {
  readonly info: Heard<EngineInfo>;
  /** Why the engine's Swarm doesn't work, in the engine's words; empty: it does. */
  readonly swarmError: string;
  /** Undefined until the first list. */
  readonly containers?: LocalContainers;
  readonly containersProblem?: DockerProblem | undefined;
  readonly gateway: Gateway;
  readonly addresses: ReadonlySet<string>;
  readonly lists: Heard<SwarmLists>;
  /** Undefined until the file was read; empty where there is none. */
  readonly external?: ExternalServices;
}

/** The view with what stays inside the room. */
export interface Sighted {
  readonly view: DiscoveryView;
  readonly sight: NodeSight;
}

/** The view; undefined until every question was answered once, or, for those to the Swarm, failed. */
export function viewOf(answers: Answers, inventoryOfSwarm: InventoryOfSwarm): Sighted | undefined {
  const { info, containers, external, lists } = answers;
  if (info.value === undefined || containers === undefined || external === undefined) return undefined;
  const inSwarm = isInSwarm(info.value);
  const asksSwarm = inSwarm && info.value.isManager;
  if (asksSwarm && lists.value === undefined && lists.problem === undefined) return undefined;
  const engineProblems = problemsOfEngine(answers);
  const swarmProblems = inSwarm && engineProblems.length === 0 ? problemsOfSwarm(answers, asksSwarm) : [];
  const current = engineProblems.length === 0 && (swarmProblems.length === 0 || !asksSwarm);
  const node = selfOf(info.value, hasLostRaft(answers) ? undefined : lists.value?.nodes);
  const sight = {
    node,
    inSwarm,
    containers: currentContainers(containers),
    gateway: answers.gateway,
    addresses: answers.addresses,
  };
  const inventory = inventoryFrom(answers.lists.value, sight, external, inventoryOfSwarm);
  return {
    sight,
    view: {
      node,
      inSwarm,
      managers: inSwarm ? info.value.managers : [],
      ...(inventory === undefined ? {} : { inventory }),
      current,
      problems: [...engineProblems, ...swarmProblems, ...external.problems],
    },
  };
}

/** Anything but Docker's plain "no Swarm here". */
export function isInSwarm(info: EngineInfo): boolean {
  return info.swarmState !== 'inactive';
}

function inventoryFrom(
  lists: SwarmLists | undefined,
  { node, inSwarm, containers }: NodeSight,
  external: ExternalServices,
  inventoryOfSwarm: InventoryOfSwarm,
): Inventory | undefined {
  if (!inSwarm) return inventoryOfContainers(containers, node, external.plans);
  return node.manager && lists !== undefined ? inventoryOfSwarm(lists, external.plans) : undefined;
}

function selfOf(info: EngineInfo, nodes: readonly RegionNode[] | undefined): RegionNode {
  if (!isInSwarm(info)) {
    const id = info.engineId || info.hostname;
    return {
      id,
      hostname: info.hostname,
      address: '127.0.0.1',
      manager: true,
      raftLeader: true,
      status: 'ready',
    };
  }
  return {
    id: info.nodeId,
    hostname: info.hostname,
    address: info.nodeAddress,
    manager: info.isManager,
    raftLeader: info.isManager && (nodes?.find(({ id }) => id === info.nodeId)?.raftLeader ?? false),
    status: 'ready',
  };
}

/**
 * Nobody leads a Swarm without a quorum, and a stopped engine leads none. A single answer that is late says neither: a short
 * hitch of the engine must not move the lead of the region.
 */
function hasLostRaft({ info, swarmError }: Answers): boolean {
  return swarmError !== '' || info.problem?.kind === 'unreachable';
}

function problemsOfEngine({ info, containersProblem, lists }: Answers): readonly Problem[] {
  const listsProblem = lists.problem?.kind === 'unreachable' ? lists.problem : undefined;
  const problem = info.problem ?? containersProblem ?? listsProblem;
  if (problem === undefined) return [];
  return [
    {
      code: 'engine-unreachable',
      message: `${problem.message} What it said last stands.`,
      hint: problem.hint,
    },
  ];
}

/** Told only where the engine itself answers: else its silence is the Swarm's as well. */
function problemsOfSwarm({ swarmError, lists }: Answers, asksSwarm: boolean): readonly Problem[] {
  const why = swarmError === '' && asksSwarm ? (lists.problem?.message ?? '') : swarmError;
  if (why === '') return [];
  return [
    {
      code: 'swarm-unreachable',
      message: `The Swarm doesn't answer: ${why.trim().replace(/\.$/, '').slice(0, 300)}. What it said last stands.`,
      hint: 'See "docker node ls": a majority of the managers must be running and reach each other.',
    },
  ];
}
