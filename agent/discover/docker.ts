/**
 * Docker, as narrow as MSA needs it: a few questions, and the stream of events.
 *
 * Only GET requests are sent, so that a GET-only proxy in front of the socket is enough. Every question has a time-out of its
 * own. Of earlier answers only the API version is remembered, and only until something fails.
 */

import type { z } from 'zod';
import type { RegionNode, Task } from '../model.ts';
import { type Gateway, gatewayNetwork, type LocalContainer, localContainers } from './containerShapes.ts';
import {
  type Answer,
  createDockerRequest,
  type DeadlineIn,
  type DockerProblem,
  parseJson,
  type Query,
} from './dockerRequest.ts';
import { type DockerEvent, dockerEvent, type EngineInfo, engineInfo, engineVersion } from './engineShapes.ts';
import { type SwarmService, swarmNodes, swarmServices, swarmTasks } from './swarmShapes.ts';

/** Every question ends in its time, or when the signal says so; nothing rejects. */
export interface Docker {
  info(signal: AbortSignal): Promise<Answer<EngineInfo>>;
  /** Those on this engine; stopped ones as well where `all` says so. */
  containers(all: boolean, signal: AbortSignal): Promise<Answer<readonly LocalContainer[]>>;
  /** The bridge that joins every task on this node to the node itself. No such bridge: an empty one. */
  gateway(signal: AbortSignal): Promise<Answer<Gateway>>;
  /** Managers only, as the next two. */
  services(signal: AbortSignal): Promise<Answer<readonly SwarmService[]>>;
  /** Those that are meant to run. */
  tasks(signal: AbortSignal): Promise<Answer<readonly Task[]>>;
  nodes(signal: AbortSignal): Promise<Answer<readonly RegionNode[]>>;
  /** Follows events until the stream ends, and says why it did. Has no time-out: the signal ends it. */
  events(signal: AbortSignal, listener: EventListener): Promise<DockerProblem>;
}

export interface EventListener {
  /** The stream is there: what happens from now on is told. */
  readonly onOpen: () => void;
  readonly onEvent: (event: DockerEvent) => void;
}

/** The newest API version that this code was written for; older engines get their own. */
const API_VERSION = '1.52';

/** Only these: a container with a health check floods others. The first are of containers, the last of services and nodes. */
const EVENTS = [
  ...['start', 'kill', 'die', 'destroy', 'health_status', 'pause', 'unpause'],
  ...['create', 'update', 'remove'],
];

/**
 * The engine at `address` (`unix:///var/run/docker.sock`, `tcp://proxy:2375`); throws where that is no address.
 * `timeoutMs` bounds each request (the first question also asks for the version); `deadlineIn` makes its deadline.
 */
export function createDocker(deps: {
  readonly address: string;
  readonly timeoutMs?: number;
  readonly deadlineIn?: DeadlineIn;
}): Docker {
  const { address, timeoutMs = 3_000, deadlineIn = AbortSignal.timeout } = deps;
  const request = createDockerRequest(address, timeoutMs, deadlineIn);
  let version: Promise<Answer<string>> | undefined;

  async function get<T>(
    path: string,
    query: Query,
    shape: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<Answer<T>> {
    version ??= negotiate(signal);
    const negotiated = await version;
    const answer = negotiated.ok
      ? await request.get(`/v${negotiated.value}${path}`, query, shape, signal)
      : negotiated;
    // After a failure the engine that answers next may be another one.
    if (!answer.ok) version = undefined;
    return answer;
  }

  async function negotiate(signal: AbortSignal): Promise<Answer<string>> {
    const answer = await request.get('/version', {}, engineVersion, signal);
    if (!answer.ok) return answer;
    const { ApiVersion, MinAPIVersion } = answer.value;
    return { ok: true, value: newer(older(API_VERSION, ApiVersion), MinAPIVersion) };
  }

  return {
    info: (signal) => get('/info', {}, engineInfo, signal),
    containers: (all, signal) => get('/containers/json', all ? { all: true } : {}, localContainers, signal),
    services: (signal) => get('/services', {}, swarmServices, signal),
    tasks: (signal) => get('/tasks', { filters: { 'desired-state': ['running'] } }, swarmTasks, signal),
    nodes: (signal) => get('/nodes', {}, swarmNodes, signal),

    async gateway(signal) {
      const answer = await get('/networks/docker_gwbridge', {}, gatewayNetwork, signal);
      if (answer.ok || answer.problem.status !== 404) return answer;
      return { ok: true, value: { address: '', containers: {} } };
    },

    events(signal, { onOpen, onEvent }) {
      const query = { filters: { type: ['container', 'service', 'node'], event: EVENTS } };
      return request.follow('/events', query, signal, {
        onOpen,
        onLine(line) {
          const event = dockerEvent.safeParse(parseJson(line));
          if (event.success && event.data !== undefined) onEvent(event.data);
        },
      });
    },
  };
}

function older(a: string, b: string): string {
  return isOlder(b, a) ? b : a;
}

function newer(a: string, b: string): string {
  return isOlder(a, b) ? b : a;
}

/** Compares `1.9` and `1.41` as versions; what is no version is not older. */
function isOlder(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA < majorB || (majorA === majorB && minorA < minorB);
}
