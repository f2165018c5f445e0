/**
 * The questions to the engine, and what is left of their answers.
 *
 * Holds the last good answer of each question with what is wrong with the latest one. Only managers are asked for services,
 * tasks and nodes. Each question tells, when it is through, which other ones it makes worth asking.
 */

import type { NetworkInterfaceInfo } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../model.ts';
import type { Docker } from './docker.ts';
import type { Answer } from './dockerRequest.ts';
import type { DockerEvent, EngineInfo } from './engineShapes.ts';
import type { ExternalServices } from './external.ts';
import type { SwarmLists } from './inventory.ts';
import { afterEvent, afterList, noContainers } from './localContainers.ts';
import { type Answers, isInSwarm } from './view.ts';

/**
 * An engine that was in a Swarm must say for that long that it has none until it is believed: one that is being stopped leaves its Swarm
 * first, and answers so until it ends the agent, within the ten seconds that a container gets.
 */
const LEFT_AFTER_MS = 30_000;

export type Question = 'info' | 'containers' | 'swarm';

export interface AnswerBook {
  current(): Answers;
  /** Asks, keeps the answer, and gives the questions that it makes worth asking now. Never rejects. */
  readonly ask: Readonly<Record<Question, () => Promise<readonly Question[]>>>;
  /** What an event changes at once. */
  noteEvent(event: DockerEvent): void;
  noteExternal(external: ExternalServices): void;
}

/** `onNews` is called after each change; nothing is asked or told any more once the signal is aborted. */
export function createAnswerBook(deps: {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  readonly signal: AbortSignal;
  readonly onNews: () => void;
}): AnswerBook {
  const { docker, clock, interfaces, signal, onNews } = deps;
  let answers: Answers = {
    info: {},
    swarmError: '',
    gateway: { address: '', containers: {} },
    addresses: new Set(),
    lists: {},
  };
  let listsBegun = 0;
  let leftAtMs: number | undefined;

  /** Has it no Swarm any more, though it had one, and is that too new to be believed? */
  function mayBeStopping(before: EngineInfo | undefined, said: EngineInfo): boolean {
    const left = before !== undefined && isInSwarm(before) && !isInSwarm(said);
    leftAtMs = left ? (leftAtMs ?? clock.now()) : undefined;
    return leftAtMs !== undefined && clock.now() - leftAtMs < LEFT_AFTER_MS;
  }

  function keep(news: Partial<Answers>): void {
    if (signal.aborted) return;
    const next = { ...answers, ...news };
    if (isDeepStrictEqual(next, answers)) return;
    answers = next;
    onNews();
  }

  async function askInfo(): Promise<readonly Question[]> {
    const answer = await docker.info(signal);
    const { info: before, swarmError: errorBefore } = answers;
    if (!answer.ok) {
      keep({ info: { ...before, problem: answer.problem } });
      return [];
    }
    const stopping = mayBeStopping(before.value, answer.value);
    const info = stopping ? before.value : believed(before.value, answer.value);
    const swarmError = stopping
      ? 'the engine has just left it, or is being stopped'
      : swarmErrorOf(answer.value);
    const isManager = info !== undefined && isInSwarm(info) && info.isManager;
    keep({
      info: info === undefined ? {} : { value: info },
      swarmError,
      ...(isManager ? {} : { lists: {} }),
    });
    const isBack = before.problem !== undefined || (errorBefore !== '' && swarmError === '');
    const isMoved = info?.nodeId !== before.value?.nodeId || info?.swarmState !== before.value?.swarmState;
    const isPromoted = isManager && before.value?.isManager !== true;
    if (info === undefined) return [];
    return [
      ...(isBack || isMoved || answers.containers === undefined ? (['containers'] as const) : []),
      ...(isManager && (isBack || isMoved || isPromoted) ? (['swarm'] as const) : []),
    ];
  }

  async function askContainers(): Promise<readonly Question[]> {
    const info = answers.info.value;
    if (info === undefined) return [];
    listsBegun += 1;
    const list = listsBegun;
    // Without a Swarm a stopped container is a service that is down; in one, its task tells.
    const all = !isInSwarm(info);
    const [listed, gateway] = await Promise.all([docker.containers(all, signal), docker.gateway(signal)]);
    const moment = { nowMs: clock.now(), list };
    keep({
      ...(listed.ok
        ? { containers: afterList(answers.containers ?? noContainers, listed.value, moment) }
        : {}),
      ...(gateway.ok ? { gateway: gateway.value } : {}),
      containersProblem: problemOf(listed) ?? problemOf(gateway),
      addresses: addressesOf(interfaces()),
    });
    return [];
  }

  async function askSwarm(): Promise<readonly Question[]> {
    const info = answers.info.value;
    if (info === undefined || !isInSwarm(info) || !info.isManager) return [];
    const [services, tasks, nodes] = await Promise.all([
      docker.services(signal),
      docker.tasks(signal),
      docker.nodes(signal),
    ]);
    if (services.ok && tasks.ok && nodes.ok) {
      keepLists({ services: services.value, tasks: tasks.value, nodes: nodes.value });
      return [];
    }
    const problem = problemOf(services) ?? problemOf(tasks) ?? problemOf(nodes);
    // Just demoted: the engine's own word on it comes with the next info.
    if (problem?.kind === 'not-manager') return ['info'];
    keep({ lists: { ...answers.lists, ...(problem === undefined ? {} : { problem }) } });
    // Whether it is the Swarm or the engine that is silent, info tells.
    return ['info'];
  }

  /** Each list that is as before stays the same object, so that what is made of it can be remembered. */
  function keepLists(lists: SwarmLists): void {
    const { value: before } = answers.lists;
    // A demotion while these lists were on their way has put them out of date.
    if (answers.info.value?.isManager !== true) return;
    keep({ lists: { value: isDeepStrictEqual(before, lists) && before !== undefined ? before : lists } });
  }

  return {
    current: () => answers,
    ask: { info: askInfo, containers: askContainers, swarm: askSwarm },
    noteEvent(event) {
      if (answers.containers === undefined) return;
      keep({ containers: afterEvent(answers.containers, event, { nowMs: clock.now(), list: listsBegun }) });
    },
    noteExternal: (external) => keep({ external }),
  };
}

/**
 * What an engine says of its role is believed once its Swarm works, or is gone for good. While it starts, or is locked, or has
 * lost the others, it may read as no manager, and what it said before is nearer to the truth.
 */
function believed(before: EngineInfo | undefined, said: EngineInfo): EngineInfo | undefined {
  const works = said.swarmState === 'active' && (said.isManager || said.swarmError === '');
  if (works || said.swarmState === 'inactive') return said;
  return before ?? (said.nodeId === '' ? undefined : said);
}

function swarmErrorOf({ swarmState, swarmError }: EngineInfo): string {
  if (swarmError !== '' || swarmState === 'active' || swarmState === 'inactive') return swarmError;
  return `its state on this node is ${swarmState}`;
}

function problemOf(answer: Answer<unknown>) {
  return answer.ok ? undefined : answer.problem;
}

/** Without link-local ones: each container adds one to the node's own network, and none leads anywhere. */
function addressesOf(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): ReadonlySet<string> {
  const all = Object.values(interfaces).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
  return new Set(all.filter((address) => !address.startsWith('fe80:')));
}
