/** Puts the repository's stacks on a lab, and works what they bring: for the demo, the tests and the benchmarks. */

import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Lab, LabNode } from './lab.ts';
import { repository } from './places.ts';

/** The demo application's switches, by the word that people turn them with. */
export const switches: Readonly<Record<string, object>> = {
  sick: { sick: true },
  slow: { slowMs: 5000 },
  lying: { sick: true, lie: true },
  'read-only': { write: false },
  well: { sick: false, slowMs: 0, lie: false, write: true },
};

export const stackFile = (name: string): string => path.join(repository, 'stacks', name);

export interface MsaOptions {
  /** Which of the stack files. */
  readonly stack?: 'msa.yml' | 'msa-host.yml';
  /** What the agents sign with; random unless told. */
  readonly secret?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Deploys MSA as the stack `msa` in a region, with its secret. Does not wait for it. */
export async function deployMsa(lab: Lab, region: string, options: MsaOptions = {}): Promise<void> {
  const { stack = 'msa.yml', secret = randomBytes(32).toString('hex'), env = {} } = options;
  await createSecret(lab, region, secret);
  await lab.deploy(region, stackFile(stack), { as: 'msa', env: { MSA_REGION: region, ...env } });
}

export interface FederationOptions {
  /** What all agents sign with at first; random unless told. */
  readonly secret?: string;
  /** Stack files to lay over those of the repository. */
  readonly over?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Deploys MSA as the stack `msa` in every region of the lab: those called east and west, and the witness. They share a secret,
 * and each knows all agents of the others. Does not wait for it.
 */
export async function deployFederation(lab: Lab, options: FederationOptions = {}): Promise<void> {
  const { secret = randomBytes(32).toString('hex') } = options;
  const regions = regionsOf(lab);
  for (const region of regions) await createSecret(lab, region, secret);
  await Promise.all(regions.map((region) => updateFederated(lab, region, options)));
}

/** Deploys MSA once more in one of these regions, with other files over it or other variables. */
export async function updateFederated(
  lab: Lab,
  region: string,
  { over = [], env = {} }: Omit<FederationOptions, 'secret'> = {},
): Promise<void> {
  const files = region === 'witness' ? ['witness.yml'] : ['msa.yml', `${region}.yml`];
  const others = regionsOf(lab).filter((other) => other !== region);
  const peers = others.map((other) => {
    const addresses = lab.region(other).map(({ address }) => `${address}:7071`);
    return `${other}=${addresses.join(',')}`;
  });
  await lab.deploy(region, [...files.map(stackFile), ...over], {
    as: 'msa',
    env: { MSA_PEERS: peers.join('; '), ...env },
  });
}

const regionsOf = (lab: Lab): readonly string[] => [...new Set(lab.nodes.map(({ region }) => region))];

/** A secret of the region's Swarm, for agents to sign with. */
export async function createSecret(
  lab: Lab,
  region: string,
  secret: string,
  name = 'msa_secret',
): Promise<void> {
  const [manager] = lab.region(region);
  await manager?.docker(['secret', 'create', name, '-'], { input: secret });
}

/** What a load balancer hears on the node: the status of `/report/<service>`, or `undefined` where nobody answers. */
export async function reported(node: LabNode, service: string): Promise<number | undefined> {
  return (await node.client.get(`http://127.0.0.1:7070/report/${service}`)).status;
}

/** Turns a switch in all instances of one service of the demo application, wherever they run; gives their answers. */
export async function turnSwitch(
  nodes: readonly LabNode[],
  service: string,
  change: object,
): Promise<readonly string[]> {
  const asked = nodes.map(async (node) => {
    const containers = await node
      .docker(['ps', '--quiet', '--filter', `name=demo_${service}\\.`])
      .catch(() => '');
    const command = ['node', '/demo/demo.ts', 'switch', JSON.stringify(change)];
    return Promise.all(
      containers
        .split('\n')
        .filter(Boolean)
        .map((container) => node.docker(['exec', container, ...command])),
    );
  });
  return (await Promise.all(asked)).flat().map((answer) => answer.trim());
}
