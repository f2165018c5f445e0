/**
 * What an engine says of itself, and what it says has happened: the outside shapes, and our own small ones.
 *
 * Engines from 20.10 to 29 fill these fields alike. Pure.
 */

import { z } from 'zod';
import { text, texts, withoutPort } from './answerText.ts';

/** What an engine says of itself and of its Swarm. */
export interface EngineInfo {
  readonly engineId: string;
  readonly hostname: string;
  /** Docker's own word: `inactive` is no Swarm, `active` is in one; `pending`, `error`, `locked` is in between. */
  readonly swarmState: string;
  /** Why the Swarm doesn't work, where it doesn't: no leader, say. */
  readonly swarmError: string;
  readonly nodeId: string;
  readonly nodeAddress: string;
  readonly isManager: boolean;
  /** All managers of the Swarm, as any node knows them. */
  readonly managers: readonly Manager[];
}

export interface Manager {
  readonly id: string;
  /** IP address. */
  readonly address: string;
}

export const engineInfo = z
  .object({
    ID: text,
    Name: z.string(),
    Swarm: z
      .object({
        NodeID: text,
        NodeAddr: text,
        LocalNodeState: text,
        ControlAvailable: z.boolean().nullish(),
        Error: text,
        RemoteManagers: z.array(z.object({ NodeID: text, Addr: text })).nullish(),
      })
      .nullish(),
  })
  .transform(({ ID, Name, Swarm }): EngineInfo => {
    const managers = (Swarm?.RemoteManagers ?? []).map(({ NodeID, Addr }) => ({
      id: NodeID,
      address: withoutPort(Addr),
    }));
    return {
      engineId: ID,
      hostname: Name,
      swarmState: Swarm?.LocalNodeState || 'inactive',
      swarmError: Swarm?.Error ?? '',
      nodeId: Swarm?.NodeID ?? '',
      nodeAddress: Swarm?.NodeAddr ?? '',
      isManager: Swarm?.ControlAvailable ?? false,
      managers: managers.sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
  });

export const engineVersion = z.object({ ApiVersion: z.string(), MinAPIVersion: text });

/** Something that happened, as far as MSA acts on it. */
export type DockerEvent =
  | { readonly kind: 'container'; readonly id: string; readonly action: string; readonly signal: string }
  | { readonly kind: 'service' }
  | { readonly kind: 'node' };

export const dockerEvent = z
  .object({
    Type: z.string(),
    Action: z.string(),
    Actor: z.object({ ID: text, Attributes: texts }),
  })
  .transform(({ Type, Action, Actor }): DockerEvent | undefined => {
    if (Type === 'service' || Type === 'node') return { kind: Type };
    if (Type !== 'container') return undefined;
    return { kind: 'container', id: Actor.ID, action: Action, signal: Actor.Attributes.signal ?? '' };
  });
