/**
 * The lab's network: one namespace for each node, joined by a bridge in a switch namespace. Nothing of it is in the
 * machine's own network namespace. Cuts are silent, as in a broken network: packets vanish, nobody is told.
 */

import { namespaceOf, switchOf } from './places.ts';
import { type PlannedNode, switchAddress } from './plan.ts';
import { endProcess, run, tryRun } from './run.ts';

/** Makes the switch and every node's own namespace, with `eth0` as its one way out. */
export async function createNetwork(lab: string, nodes: readonly PlannedNode[]): Promise<void> {
  const hub = switchOf(lab);
  await run('ip', ['netns', 'add', hub]);
  await run('ip', ['-n', hub, 'link', 'set', 'lo', 'up']);
  await run('ip', ['-n', hub, 'link', 'add', 'br0', 'type', 'bridge']);
  await run('ip', ['-n', hub, 'addr', 'add', `${switchAddress}/16`, 'dev', 'br0']);
  await run('ip', ['-n', hub, 'link', 'set', 'br0', 'up']);
  for (const [index, node] of nodes.entries()) {
    const own = namespaceOf(lab, node.name);
    const port = portOf(index);
    await run('ip', ['netns', 'add', own]);
    await run('ip', `link add ${port} netns ${hub} type veth peer name eth0 netns ${own}`.split(' '));
    await run('ip', ['-n', hub, 'link', 'set', port, 'master', 'br0', 'up']);
    await run('ip', ['-n', own, 'addr', 'add', `${node.address}/16`, 'dev', 'eth0']);
    await run('ip', ['-n', own, 'link', 'set', 'eth0', 'up']);
    await run('ip', ['-n', own, 'link', 'set', 'lo', 'up']);
    await createCutChain(own);
  }
}

/** Ends every process in the lab's namespaces, and the namespaces. Goes on where some are gone already. */
export async function removeNetwork(lab: string): Promise<void> {
  const listed = await run('ip', ['netns', 'list']);
  const own = listed
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((namespace) => namespace.startsWith(`msa-${lab}-`));
  for (const namespace of own) {
    await killWithin(namespace);
    await tryRun('ip', ['netns', 'delete', namespace]);
  }
}

async function killWithin(namespace: string): Promise<void> {
  const { stdout } = await tryRun('ip', ['netns', 'pids', namespace]);
  for (const pid of stdout.split('\n').filter(Boolean)) endProcess(Number(pid), 'SIGKILL');
}

/** Pulls the node's cable: at the switch, so that the node's own interfaces stay as they are. */
export async function cutNode(lab: string, index: number): Promise<void> {
  await run('ip', ['-n', switchOf(lab), 'link', 'set', portOf(index), 'down']);
}

export async function healNode(lab: string, index: number): Promise<void> {
  await run('ip', ['-n', switchOf(lab), 'link', 'set', portOf(index), 'up']);
}

/** Cuts all links between the nodes of one side and those of the other, both ways; other links live on. */
export async function cutLinks(lab: string, one: Nodes, other: Nodes): Promise<void> {
  await bothWays(one, other, (to, from) => inCutChain(lab, to, from, ['-D', '-A']));
}

/** Undoes {@link cutLinks} for these links; those that were not cut stay as they are. */
export async function healLinks(lab: string, one: Nodes, other: Nodes): Promise<void> {
  await bothWays(one, other, (to, from) => inCutChain(lab, to, from, ['-D']));
}

type Nodes = readonly PlannedNode[];

async function bothWays(
  one: Nodes,
  other: Nodes,
  act: (to: PlannedNode, from: Nodes) => Promise<void>,
): Promise<void> {
  // At once, so that a cut is as near to one instant as it can be.
  await Promise.all([...one.map((to) => act(to, other)), ...other.map((to) => act(to, one))]);
}

// Packets are dropped where they arrive, before anything else sees them: a drop where they leave would be told to the sender.
const cutChain = 'MSA-LAB';

async function createCutChain(namespace: string): Promise<void> {
  const table = `ip netns exec ${namespace} iptables -w -t raw`;
  await run('sh', ['-c', `${table} -N ${cutChain} && ${table} -I PREROUTING -j ${cutChain}`]);
}

/** Takes the rules out, and in again where `-A` is asked for too: so that a link is never cut twice. */
async function inCutChain(
  lab: string,
  to: PlannedNode,
  from: Nodes,
  verbs: readonly ('-D' | '-A')[],
): Promise<void> {
  const sources = from.filter((node) => node !== to).map((node) => node.address);
  const rules = sources.flatMap((source) =>
    verbs.map((verb) => `iptables -w -t raw ${verb} ${cutChain} -s ${source} -j DROP`),
  );
  // A rule that was not there can't be taken out, and that is well.
  const script = rules.map((rule) => (rule.includes(' -D ') ? `${rule} 2>/dev/null || true` : rule));
  await run('ip', ['netns', 'exec', namespaceOf(lab, to.name), 'sh', '-ec', script.join('\n')]);
}

const portOf = (index: number): string => `port${index}`;
