/** A lab: real Swarms, one for each region, on this one machine. For tests, for benchmarks, and for the `lab` command. */

import { randomBytes } from 'node:crypto';
import { type Client, startClient } from './client.ts';
import { docker, enginePid, killEngine, startEngine, stopEngine } from './engine.ts';
import { freePort, startForward } from './forward.ts';
import { ensureImages, installImages } from './images.ts';
import { startKeeper } from './keeper.ts';
import { createNetwork, cutLinks, cutNode, healLinks, healNode } from './network.ts';
import { namespaceOf, socketOf, switchOf } from './places.ts';
import { type LabPlan, nodesOf, type PlannedNode } from './plan.ts';
import { type LabState, listLabs, readLabState, writeLabState } from './state.ts';
import { formSwarm } from './swarm.ts';
import { removeLab, sweepLabs } from './teardown.ts';

export interface Lab extends AsyncDisposable {
  readonly name: string;
  readonly nodes: readonly LabNode[];
  /** Throws where there is no such node. */
  node(name: string): LabNode;
  /** All nodes of a region, managers first. Throws where there is no such region. */
  region(name: string): readonly LabNode[];
  /** A client on the switch: outside of all regions, and able to reach all nodes that are not cut off. */
  readonly outside: Client;
  readonly outsideNamespace: string;
  /**
   * Deploys a stack file, or several laid over each other, through the region's first manager whose engine runs; `env` fills in
   * variables. Does not wait.
   */
  deploy(region: string, files: string | readonly string[], options: DeployOptions): Promise<void>;
  /** Cuts all links between two sides, each a node's or a region's name, both ways and silently. */
  cutLink(one: string, other: string): Promise<void>;
  healLink(one: string, other: string): Promise<void>;
  /**
   * Lets browsers in: a port on 127.0.0.1 of this machine leads to one of a node, as long as the lab is there. Gives the
   * port, which is the wanted one or the next that is free.
   */
  forward(node: string, nodePort: number, wanted: number): Promise<number>;
}

interface DeployOptions {
  /** The stack's name. */
  readonly as: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface LabNode extends PlannedNode {
  /** Its network namespace. */
  readonly namespace: string;
  /** Where its engine listens, seen from this machine; on the node itself it is `/var/run/docker.sock`. */
  readonly socket: string;
  /** A client on the node itself; started when it is first asked for. */
  readonly client: Client;
  /** Runs Docker's client against the node's engine; gives its output, throws with its words where it fails. */
  docker(
    args: readonly string[],
    options?: { readonly env?: Readonly<Record<string, string>>; readonly input?: string },
  ): Promise<string>;
  engineRuns(): Promise<boolean>;
  startEngine(): Promise<void>;
  /** In good order, as in a machine that is shut down. */
  stopEngine(): Promise<void>;
  /** In one instant with all its tasks, as in a machine that loses its power. */
  killEngine(): Promise<void>;
  /** Pulls the node's network cable. */
  cut(): Promise<void>;
  heal(): Promise<void>;
}

export interface LabOptions {
  /** Small letters and digits; random unless told. */
  readonly name?: string;
  /** Gives every engine the repository's images, built if need be. True unless told. */
  readonly images?: boolean;
  /** The lab stays when this process ends. False unless told. */
  readonly stays?: boolean;
  /** Hears what takes long. */
  readonly say?: (what: string) => void;
}

/** Makes a lab: engines up, Swarms formed, images there. Where it fails, or this process ends half-way, nothing is left. */
export async function createLab(plan: LabPlan, options: LabOptions = {}): Promise<Lab> {
  const {
    name = randomBytes(3).toString('hex'),
    images = true,
    stays = false,
    say = () => undefined,
  } = options;
  // Without hyphens, no lab's name followed by one is the beginning of another's.
  if (!/^[a-z0-9]{1,20}$/.test(name)) {
    throw new Error(`"${name}" can't name a lab: up to 20 small letters and digits`);
  }
  for (const swept of await sweepLabs()) say(`took down the lab ${swept}, which nobody owned any more`);
  if ((await listLabs()).includes(name))
    throw new Error(`there is a lab ${name} already: take it down first`);
  const nodes = nodesOf(plan);
  const keeper = startKeeper(name);
  try {
    await writeLabState({ name, owner: process.pid, nodes });
    const store = images ? await ensureImages(say) : undefined;
    say(`starting ${nodes.length} engines`);
    await createNetwork(name, nodes);
    await Promise.all(
      nodes.map(async (node) => {
        if (store !== undefined) await installImages(store, name, node.name);
        await startEngine(name, node.name);
      }),
    );
    say(`forming ${Object.keys(plan).length} Swarm(s)`);
    await Promise.all(
      Object.keys(plan).map((region) =>
        formSwarm(
          name,
          nodes.filter((node) => node.region === region),
        ),
      ),
    );
    if (stays) {
      await writeLabState({ name, nodes });
      keeper.dismiss();
    }
    return labOf({ name, nodes }, async () => {
      if (stays) return;
      await removeLab(name);
      keeper.dismiss();
    });
  } catch (error) {
    await removeLab(name);
    keeper.dismiss();
    throw error;
  }
}

/** A lab that another process made. Disposing it here only ends this process's clients, as for one that stays. */
export async function openLab(name: string): Promise<Lab> {
  const state = await readLabState(name);
  if (state === undefined)
    throw new Error(`there is no lab ${name}; there are: ${(await listLabs()).join(', ')}`);
  return labOf(state, async () => undefined);
}

function labOf({ name, nodes: planned }: LabState, end: () => Promise<void>): Lab {
  const clients: Client[] = [];
  const clientIn = (namespace: string): Client => {
    const client = startClient(namespace);
    clients.push(client);
    return client;
  };
  const nodes = planned.map((node, index) => nodeOf(name, node, index, clientIn));
  /** A region's nodes, or the one node of that name. */
  const side = (word: string): readonly LabNode[] => {
    const found = nodes.filter((node) => node.region === word || node.name === word);
    if (found.length === 0) {
      const known = [...new Set(nodes.flatMap((node) => [node.region, node.name]))];
      throw new Error(`the lab ${name} has no "${word}"; it has: ${known.join(', ')}`);
    }
    return found;
  };
  const node = (word: string): LabNode => {
    const [found] = side(word).filter((one) => one.name === word);
    if (found === undefined) throw new Error(`${word} is a region, not a node`);
    return found;
  };
  let outside: Client | undefined;
  return {
    name,
    nodes,
    node,
    region: (word) => side(word).filter((node) => node.region === word),
    get outside() {
      outside ??= clientIn(switchOf(name));
      return outside;
    },
    outsideNamespace: switchOf(name),
    async deploy(region, files, { as, env = {} }) {
      const composed = [files].flat().flatMap((file) => ['--compose-file', file]);
      for (const manager of side(region).filter((node) => node.manager)) {
        if (!(await manager.engineRuns())) continue;
        // No registry is there to be asked which image a tag means.
        const how = [...composed, '--resolve-image', 'never', '--prune'];
        await manager.docker(['stack', 'deploy', ...how, as], { env });
        return;
      }
      throw new Error(`no manager's engine runs in ${region}`);
    },
    cutLink: (one, other) => cutLinks(name, side(one), side(other)),
    healLink: (one, other) => healLinks(name, side(one), side(other)),
    async forward(word, nodePort, wanted) {
      const port = await freePort(wanted);
      const target = `${node(word).address}:${nodePort}`;
      await startForward({ lab: name, port, namespace: switchOf(name), target });
      return port;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      await end();
    },
  };
}

function nodeOf(
  lab: string,
  node: PlannedNode,
  index: number,
  clientIn: (namespace: string) => Client,
): LabNode {
  const namespace = namespaceOf(lab, node.name);
  let client: Client | undefined;
  return {
    ...node,
    namespace,
    socket: socketOf(lab, node.name),
    get client() {
      client ??= clientIn(namespace);
      return client;
    },
    async docker(args, options = {}) {
      const ran = await docker(lab, node.name, args, options);
      if (ran.code !== 0) throw new Error(`${node.name}: docker ${args.join(' ')}: ${ran.stderr.trim()}`);
      return ran.stdout;
    },
    engineRuns: async () => (await enginePid(lab, node.name)) !== undefined,
    startEngine: () => startEngine(lab, node.name),
    stopEngine: () => stopEngine(lab, node.name),
    killEngine: () => killEngine(lab, node.name),
    cut: () => cutNode(lab, index),
    heal: () => healNode(lab, index),
  };
}
