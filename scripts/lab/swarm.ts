/** Makes the engines of one region a Swarm. */

import { docker } from './engine.ts';
import type { PlannedNode } from './plan.ts';

/** Initialises the Swarm on the region's first manager, and joins the others to it. */
export async function formSwarm(lab: string, nodes: readonly PlannedNode[]): Promise<void> {
  const [first, ...others] = nodes;
  if (first === undefined) return;
  await succeed(lab, first, ['swarm', 'init', '--advertise-addr', first.address]);
  const join = async (node: PlannedNode): Promise<void> => {
    const role = node.manager ? 'manager' : 'worker';
    const token = (await succeed(lab, first, ['swarm', 'join-token', '--quiet', role])).trim();
    const way = ['--advertise-addr', node.address, `${first.address}:2377`];
    await succeed(lab, node, ['swarm', 'join', '--token', token, ...way]);
  };
  // One manager after the other, as each join changes the quorum that the next one needs; workers at once.
  for (const node of others.filter((other) => other.manager)) await join(node);
  await Promise.all(others.filter((other) => !other.manager).map(join));
}

async function succeed(lab: string, node: PlannedNode, args: readonly string[]): Promise<string> {
  const ran = await docker(lab, node.name, args);
  if (ran.code !== 0) throw new Error(`${node.name}: docker ${args.join(' ')}: ${ran.stderr.trim()}`);
  return ran.stdout;
}
