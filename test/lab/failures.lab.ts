/**
 * One region of three managers and a worker, while things break: agents, engines, nodes. Clients on every node ask
 * `/report` twenty times a second and keep every answer; what they kept is judged, not how it looked in between.
 */

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Answer } from '../../scripts/lab/client.ts';
import { createLab, type Lab, type LabNode } from '../../scripts/lab/lab.ts';
import { deployMsa, reported } from '../../scripts/lab/stacks.ts';
import { until } from '../../scripts/lab/until.ts';
import { allReport } from './api.ts';

const front = 'http://127.0.0.1:7070/report/front';
let lab: Lab;
before(async () => {
  lab = await createLab({ east: { managers: 3, workers: 1 } });
  await deployMsa(lab, 'east');
  await lab.deploy('east', path.join(import.meta.dirname, 'stacks/steady.yml'), { as: 'steady' });
  await allReport(lab, ['front', 'base'], 200, 90_000);
});
after(() => lab[Symbol.asyncDispose]());

/** Records `/report/front` on these nodes while the work is done; fails on any answer but 200, and on any that never came. */
async function alwaysUpOn(nodes: readonly LabNode[], work: () => Promise<void>): Promise<void> {
  const recordings = nodes.map((node) => ({
    node,
    recording: node.client.record({ url: front, everyMs: 50 }),
  }));
  const startedMs = Date.now();
  await work();
  const lastedMs = Date.now() - startedMs;
  for (const { node, recording } of recordings) {
    const answers = await recording.stop();
    const wrong = answers.filter(({ status }) => status !== 200).map(shown(startedMs));
    assert.deepEqual(wrong, [], `${node.name} answered otherwise`);
    assert.ok(answers.length > lastedMs / 100, `${node.name}: only ${answers.length} in ${lastedMs} ms`);
  }
}

const shown = (startedMs: number) => (answer: Answer) =>
  `after ${answer.atMs - startedMs} ms: ${answer.status ?? answer.error} ${answer.body}`;

const others = (node: LabNode): readonly LabNode[] => lab.nodes.filter(({ name }) => name !== node.name);

for (const name of ['east-m1', 'east-m2', 'east-w1']) {
  test(`killing the agent on ${name} changes no verdict on the other nodes, and it comes back for good`, async () => {
    const node = lab.node(name);
    const own = node.client.record({ url: front, everyMs: 50 });
    await alwaysUpOn(others(node), async () => {
      const agent = (await node.docker(['ps', '--quiet', '--filter', 'name=msa_agent'])).trim();
      await node.docker(['kill', agent]);
      await until(`${name} is silent`, async () => (await reported(node, 'front')) === undefined);
      await until(`${name} says 200 again`, async () => (await reported(node, 'front')) === 200, {
        withinMs: 60_000,
      });
    });
    const answers = await own.stop();
    const silence = answers.findLastIndex(({ status }) => status === undefined);
    const back = answers.findIndex(({ status }, index) => index > silence && status === 200);
    const after = answers.slice(back).filter(({ status }) => status !== 200);
    assert.ok(silence >= 0 && back > silence, 'it was silent, then up');
    assert.deepEqual(
      after.map(({ body }) => body),
      [],
      'once up again, it stays up',
    );
  });
}

// What happens when the leader's engine stops is in regions.lab.ts.
for (const [name, end] of [
  ['east-m2', 'killEngine'],
  ['east-w1', 'stopEngine'],
] as const) {
  test(`${end} on ${name}, and starting it again, changes no verdict on the other nodes`, async () => {
    const node = lab.node(name);
    await alwaysUpOn(others(node), async () => {
      await node[end]();
      await node.startEngine();
      await until(`${name} says 200 again`, async () => (await reported(node, 'front')) === 200, {
        withinMs: 90_000,
      });
    });
  });
}

test('a node whose network is cut off changes no verdict on the other nodes, nor does its return', async () => {
  const node = lab.node('east-w1');
  await alwaysUpOn(others(node), async () => {
    await node.cut();
    const manager = lab.node('east-m1');
    const state = ['node', 'inspect', 'east-w1', '--format', '{{.Status.State}}'];
    await until('Swarm gives it up', async () => (await manager.docker(state)).trim() === 'down', {
      withinMs: 90_000,
      everyMs: 500,
    });
    await node.heal();
    await until('Swarm has it back', async () => (await manager.docker(state)).trim() === 'ready', {
      withinMs: 90_000,
      everyMs: 500,
    });
    await allReport(lab, ['front'], 200, 60_000);
  });
});
