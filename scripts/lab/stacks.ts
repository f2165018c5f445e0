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
  const [manager] = lab.region(region);
  await manager?.docker(['secret', 'create', 'msa_secret', '-'], { input: secret });
  await lab.deploy(region, stackFile(stack), { as: 'msa', env: { MSA_REGION: region, ...env } });
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
