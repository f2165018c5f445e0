/**
 * What an engine says of its containers and of the bridge that joins them to the node, parsed into our own small shapes.
 *
 * Engines from 20.10 to 29 fill these fields alike. Pure.
 */

import { z } from 'zod';
import type { DockerHealth } from '../model.ts';
import { text, texts } from './answerText.ts';

/** A container on this engine. */
export interface LocalContainer {
  readonly id: string;
  readonly name: string;
  /** Those that MSA or Docker itself gave a meaning. */
  readonly labels: Readonly<Record<string, string>>;
  readonly running: boolean;
  /** Docker's own word, for people: `running`, `exited`, `paused` … */
  readonly state: string;
  readonly docker: DockerHealth;
  readonly onHostNetwork: boolean;
  readonly networks: readonly ContainerNetwork[];
  readonly ports: readonly PublishedPort[];
}

export interface ContainerNetwork {
  readonly id: string;
  readonly name: string;
  /** IPv4, else IPv6. */
  readonly address: string;
  /** The node's own address in a bridge network; empty in an overlay network. */
  readonly gateway: string;
}

interface PublishedPort {
  readonly inside: number;
  readonly outside: number;
}

const endpoint = z.object({ NetworkID: text, IPAddress: text, GlobalIPv6Address: text, Gateway: text });

const localContainer = z
  .object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    Labels: texts,
    State: text,
    Status: text,
    HostConfig: z.object({ NetworkMode: text }).nullish(),
    NetworkSettings: z.object({ Networks: z.record(z.string(), endpoint.nullable()).nullish() }).nullish(),
    Ports: z
      .array(z.object({ PrivatePort: z.number(), PublicPort: z.number().nullish(), Type: text }))
      .nullish(),
  })
  .transform((container): LocalContainer => {
    const networks = Object.entries(container.NetworkSettings?.Networks ?? {}).map(([name, at]) => ({
      id: at?.NetworkID ?? '',
      name,
      address: at?.IPAddress || at?.GlobalIPv6Address || '',
      gateway: at?.Gateway ?? '',
    }));
    return {
      id: container.Id,
      name: (container.Names?.[0] ?? container.Id).replace(/^\//, ''),
      labels: Object.fromEntries(Object.entries(container.Labels).filter(([name]) => isMeaningful(name))),
      running: container.State === 'running' || container.State === 'paused',
      state: container.State,
      docker: healthFrom(container.State, container.Status),
      onHostNetwork:
        container.HostConfig?.NetworkMode === 'host' || networks.some(({ name }) => name === 'host'),
      networks: networks.filter(({ address }) => address !== '').sort((a, b) => (a.name < b.name ? -1 : 1)),
      ports: publishedPorts(container.Ports ?? []),
    };
  });

export const localContainers = z.array(localContainer);

function isMeaningful(label: string): boolean {
  return /^(msa|com\.docker\.(swarm|stack|compose))\./i.test(label);
}

/** The list tells health in words: `Up 5 minutes (healthy)`. A paused container answers nobody. */
function healthFrom(state: string, status: string): DockerHealth {
  if (state === 'paused') return 'unhealthy';
  const word = /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(status)?.[1];
  return word === 'healthy' || word === 'unhealthy' || word === 'starting' ? word : 'running';
}

interface OutsidePort {
  readonly PrivatePort: number;
  readonly PublicPort?: number | null | undefined;
  readonly Type: string;
}

function publishedPorts(ports: readonly OutsidePort[]): readonly PublishedPort[] {
  const published = ports.flatMap(({ PrivatePort, PublicPort, Type }) =>
    Type === 'tcp' && typeof PublicPort === 'number' ? [{ inside: PrivatePort, outside: PublicPort }] : [],
  );
  return published.sort((a, b) => a.inside - b.inside || a.outside - b.outside);
}

/** The bridge that every Swarm task on a node is also connected to, and that the node itself reaches. */
export interface Gateway {
  /** The node's own address in it; empty where there is no such bridge. */
  readonly address: string;
  /** Addresses by container id. */
  readonly containers: Readonly<Record<string, string>>;
}

export const gatewayNetwork = z
  .object({
    IPAM: z.object({ Config: z.array(z.object({ Gateway: text })).nullish() }).nullish(),
    Containers: z.record(z.string(), z.object({ IPv4Address: text })).nullish(),
  })
  .transform(({ IPAM, Containers }): Gateway => {
    const addresses = Object.entries(Containers ?? {}).map(([id, at]) => [
      id,
      at.IPv4Address.replace(/\/\d+$/, ''),
    ]);
    return {
      address: IPAM?.Config?.find((config) => config.Gateway !== '')?.Gateway.replace(/\/\d+$/, '') ?? '',
      containers: Object.fromEntries(addresses.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))),
    };
  });
