/**
 * Discovery: what runs on this node, and on a manager what should run in the whole Swarm.
 *
 * Polling is the truth; events only say when to ask early, except that an end, a kill or a change of health of a container on
 * this node counts at once. Whoever isn't a manager asks nothing that only managers answer. `onChange` is called only when
 * something differs from before, and nothing is told before the first complete discovery.
 */

import type { NetworkInterfaceInfo } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Log, ProbeTarget, ServicePlan } from '../model.ts';
import { createAnswerBook, type Question } from './answers.ts';
import type { Docker } from './docker.ts';
import type { DockerEvent } from './engineShapes.ts';
import { createEventStream } from './eventStream.ts';
import { followExternalFile } from './external.ts';
import { createSwarmInventory } from './inventory.ts';
import { type NodeSight, toTargets } from './targets.ts';
import { type DiscoveryView, type Sighted, viewOf } from './view.ts';
import { createWatch, type Watch } from './watch.ts';

export interface Discovery extends AsyncDisposable {
  /** Undefined until the first complete discovery; the same object while nothing changed. */
  view(): DiscoveryView | undefined;
  /** The instances on this node to probe, by these plans (a worker's come from managers); none before the first view. */
  targets(plans: readonly ServicePlan[]): readonly ProbeTarget[];
}

export interface DiscoveryDeps {
  readonly docker: Docker;
  /** Path of the file of external services. */
  readonly externalFile?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The agent's own network interfaces: `os.networkInterfaces`. */
  readonly interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly onChange: () => void;
}

const EVERY_MS = 5_000;

/** The events of a container after which it is listed again; the filter lets a few others through. */
const CONTAINER_EVENTS = ['kill', 'destroy', 'health_status', 'pause', 'unpause'];

/** Discovers until disposed. The first answers come by themselves; `onChange` tells of them. */
export function createDiscovery(deps: DiscoveryDeps): Discovery {
  const { docker, externalFile, clock, random, log, interfaces, onChange } = deps;
  const closing = new AbortController();
  const inventoryOf = createSwarmInventory();
  const book = createAnswerBook({ docker, clock, interfaces, signal: closing.signal, onNews: look });
  let known: Sighted | undefined;
  let lastTargets: LastTargets | undefined;

  function look(): void {
    const next = viewOf(book.current(), inventoryOf);
    if (next === undefined || isDeepStrictEqual(next, known)) return;
    const before = known?.view;
    const view = before !== undefined && isDeepStrictEqual(next.view, before) ? before : next.view;
    if (view.inSwarm !== before?.inSwarm || view.node.manager !== before.node.manager) tellRole(log, view);
    known = { view, sight: next.sight };
    onChange();
  }

  const watches = new Map<Question, Watch>();
  for (const question of ['info', 'containers', 'swarm'] as const) {
    const ask = async () => hint(await book.ask[question]());
    watches.set(question, createWatch({ clock, random, everyMs: EVERY_MS, ask }));
  }

  function hint(questions: readonly Question[]): void {
    for (const question of questions) watches.get(question)?.soon();
  }

  const events = createEventStream({
    docker,
    clock,
    random,
    log,
    listener: {
      onOpen: () => hint(['info', 'containers', 'swarm']),
      onEvent(event) {
        book.noteEvent(event);
        hint(questionsAfter(event));
      },
    },
  });

  const external =
    externalFile === undefined
      ? undefined
      : followExternalFile({ path: externalFile, clock, random, onServices: book.noteExternal });
  if (external === undefined) book.noteExternal({ plans: [], problems: [] });

  return {
    view: () => known?.view,
    targets(plans) {
      if (known === undefined) return [];
      const { sight } = known;
      if (lastTargets?.plans !== plans || lastTargets.sight !== sight) {
        lastTargets = { plans, sight, targets: toTargets(plans, sight) };
      }
      return lastTargets.targets;
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new Error('stopped'));
      const parts = [...watches.values(), events, ...(external === undefined ? [] : [external])];
      await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

/** The last targets, and what they were made of: the loop asks far more often than either changes. */
interface LastTargets {
  readonly plans: readonly ServicePlan[];
  readonly sight: NodeSight;
  readonly targets: readonly ProbeTarget[];
}

/** Containers of this node start and stop with tasks, which managers list; a node's event may be a change of its role. */
function questionsAfter(event: DockerEvent): readonly Question[] {
  switch (event.kind) {
    case 'service':
      return ['swarm'];
    case 'node':
      return ['info', 'swarm'];
    case 'container': {
      const action = event.action.split(':')[0] ?? '';
      if (action === 'start' || action === 'die') return ['containers', 'swarm'];
      return CONTAINER_EVENTS.includes(action) ? ['containers'] : [];
    }
  }
}

function tellRole(log: Log, { node, inSwarm }: DiscoveryView): void {
  const inRole = node.manager ? 'This node is a manager of a Swarm.' : 'This node is a worker of a Swarm.';
  log.info({ node: node.id, address: node.address }, inSwarm ? inRole : 'This engine has no Swarm.');
}
