/**
 * What a manager says of its Swarm: services, tasks and nodes, parsed into our own small shapes.
 *
 * Engines from 20.10 to 29 fill these fields alike. Pure.
 */

import { z } from 'zod';
import type { RegionNode, Task } from '../model.ts';
import { text, texts, withoutPort } from './answerText.ts';

/** A Swarm service, as far as MSA cares. */
export interface SwarmService {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly containerLabels: Readonly<Record<string, string>>;
  /** Replicas; absent for global services and jobs. */
  readonly replicas?: number;
  readonly isGlobal: boolean;
  /** False: its health check is switched off; true: it has one of its own; absent: as its image has it. */
  readonly healthCheck?: boolean;
}

const healthcheck = z.object({ Test: z.array(z.string()).nullish() }).nullish();

const swarmService = z
  .object({
    ID: z.string(),
    CreatedAt: text,
    Spec: z.object({
      Name: z.string(),
      Labels: texts,
      TaskTemplate: z
        .object({ ContainerSpec: z.object({ Labels: texts, Healthcheck: healthcheck }).nullish() })
        .nullish(),
      Mode: z
        .object({
          Replicated: z.object({ Replicas: z.number().nullish() }).nullish(),
          Global: z.object({}).nullish(),
        })
        .nullish(),
    }),
  })
  .transform(({ ID, CreatedAt, Spec }): SwarmService => {
    const container = Spec.TaskTemplate?.ContainerSpec;
    const replicas = Spec.Mode?.Replicated?.Replicas;
    const test = container?.Healthcheck?.Test?.[0];
    return {
      id: ID,
      name: Spec.Name,
      createdAt: CreatedAt,
      labels: Spec.Labels,
      containerLabels: container?.Labels ?? {},
      ...(typeof replicas === 'number' ? { replicas } : {}),
      isGlobal: Spec.Mode?.Global != null,
      ...(test === undefined ? {} : { healthCheck: test !== 'NONE' }),
    };
  });

export const swarmServices = z.array(swarmService);

const swarmTask = z
  .object({
    ID: z.string(),
    ServiceID: text,
    NodeID: text,
    Slot: z.number().nullish(),
    DesiredState: text,
    Status: z.object({ State: text, Err: text }),
  })
  .transform(
    ({ ID, ServiceID, NodeID, Slot, DesiredState, Status }): Task => ({
      id: ID,
      serviceId: ServiceID,
      nodeId: NodeID,
      ...(typeof Slot === 'number' && Slot > 0 ? { slot: Slot } : {}),
      state: Status.State,
      desiredState: DesiredState,
      ...(Status.Err === '' ? {} : { error: Status.Err.slice(0, 200) }),
    }),
  );

export const swarmTasks = z.array(swarmTask);

const swarmNode = z
  .object({
    ID: z.string(),
    Description: z.object({ Hostname: text }).nullish(),
    Status: z.object({ State: text, Addr: text }),
    ManagerStatus: z.object({ Leader: z.boolean().nullish(), Addr: text }).nullish(),
  })
  .transform(({ ID, Description, Status, ManagerStatus }): RegionNode => {
    // A manager that was never told its own address reads 0.0.0.0 here; the other field has the real one.
    const address =
      Status.Addr === '' || Status.Addr === '0.0.0.0' ? withoutPort(ManagerStatus?.Addr ?? '') : Status.Addr;
    return {
      id: ID,
      hostname: Description?.Hostname || ID,
      address,
      manager: ManagerStatus != null,
      raftLeader: ManagerStatus?.Leader ?? false,
      status: Status.State === 'ready' || Status.State === 'down' ? Status.State : 'unknown',
    };
  });

export const swarmNodes = z.array(swarmNode);
