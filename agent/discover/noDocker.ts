/** Discovery where there is no Docker, as on a witness: one node, and the services of the file of external services. */

import type { Clock } from '../model.ts';
import type { Discovery } from './discovery.ts';
import { followExternalFile } from './external.ts';
import type { DiscoveryView } from './view.ts';

/** `hostname` also names the node; it must stay the same. */
export function createNoDocker(deps: {
  readonly hostname: string;
  readonly externalFile?: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onChange: () => void;
}): Discovery {
  const { hostname, externalFile, clock, random, onChange } = deps;
  const node = {
    id: hostname,
    hostname,
    address: '127.0.0.1',
    manager: true,
    raftLeader: true,
    status: 'ready' as const,
  };
  const alone: DiscoveryView = {
    node,
    inSwarm: false,
    managers: [],
    inventory: { services: [], nodes: [node], tasks: [], problems: [] },
    current: true,
    problems: [],
  };
  let view = externalFile === undefined ? alone : undefined;
  const external =
    externalFile === undefined
      ? undefined
      : followExternalFile({
          path: externalFile,
          clock,
          random,
          onServices({ plans, problems }) {
            view = {
              ...alone,
              inventory: { services: plans, nodes: [node], tasks: [], problems: [] },
              problems,
            };
            onChange();
          },
        });
  return {
    view: () => view,
    targets: () => [],
    [Symbol.asyncDispose]: async () => external?.[Symbol.asyncDispose](),
  };
}
