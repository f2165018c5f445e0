/** The lab itself: that what it calls a cut, a stop or a power cut is one, and that it leaves nothing behind. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { createLab, type Lab, openLab } from '../../scripts/lab/lab.ts';
import { createNetwork } from '../../scripts/lab/network.ts';
import { nodesOf } from '../../scripts/lab/plan.ts';
import { writeLabState } from '../../scripts/lab/state.ts';
import { sweepLabs } from '../../scripts/lab/teardown.ts';
import { until } from '../../scripts/lab/until.ts';
import { tracesOf } from './traces.ts';

let lab: Lab;
before(async () => {
  lab = await createLab({
    east: { managers: 1, workers: 1 },
    west: { managers: 1, workers: 0 },
    north: { managers: 1, workers: 0 },
  });
  // The demo's program on each node's own network, as something to be reached.
  for (const node of lab.nodes) {
    await node.docker('run --detach --network host --restart always --env DEMO_ROLE=db msa-demo'.split(' '));
  }
  for (const node of lab.nodes) await until(`${node.name} answers`, () => reaches('outside', node.name));
});
after(() => lab[Symbol.asyncDispose]());

async function reaches(from: string, to: string): Promise<boolean> {
  const client = from === 'outside' ? lab.outside : lab.node(from).client;
  const { status } = await client.ask({ url: `http://${lab.node(to).address}:8080/health`, timeoutMs: 300 });
  return status === 200;
}

test('each region is a Swarm of its own', async () => {
  for (const [region, names] of [
    ['east', ['east-m1', 'east-w1']],
    ['west', ['west-m1']],
  ] as const) {
    const listed = await lab
      .node(`${region}-m1`)
      .docker(['node', 'ls', '--format', '{{.Hostname}} {{.Status}}']);
    assert.deepEqual(
      listed.trim().split('\n').sort(),
      names.map((name) => `${name} Ready`),
    );
  }
});

test('a node that is cut off reaches nobody and is reached by nobody, until it is healed', async () => {
  await lab.node('east-w1').cut();
  assert.equal(await reaches('outside', 'east-w1'), false);
  assert.equal(await reaches('east-w1', 'east-m1'), false);
  assert.equal(await reaches('east-w1', 'east-w1'), true);
  assert.equal(await reaches('outside', 'east-m1'), true);
  await lab.node('east-w1').heal();
  await until('east-w1 is reached again', () => reaches('outside', 'east-w1'));
});

test('a cut between two regions is silent, works both ways, and leaves all other links alone', async () => {
  await lab.cutLink('east', 'west');
  assert.equal(await reaches('east-m1', 'west-m1'), false);
  assert.equal(await reaches('west-m1', 'east-w1'), false);
  const { error, tookMs } = await lab
    .node('west-m1')
    .client.ask({ url: `http://${lab.node('east-m1').address}:8080/`, timeoutMs: 300 });
  assert.match(error ?? '', /abort|timeout/i);
  assert.ok(tookMs >= 250, `told after ${tookMs} ms that nobody is there`);
  for (const [from, to] of [
    ['east-m1', 'east-w1'],
    ['east-m1', 'north-m1'],
    ['north-m1', 'west-m1'],
    ['outside', 'east-m1'],
  ] as const) {
    assert.equal(await reaches(from, to), true, `${from} reaches ${to}`);
  }
  await lab.healLink('east', 'west');
  await until('the link is back', () => reaches('east-m1', 'west-m1'));
});

test('a link between two single nodes can be cut, and cut twice is healed once', async () => {
  await lab.cutLink('east-m1', 'east-w1');
  await lab.cutLink('east-m1', 'east-w1');
  assert.equal(await reaches('east-m1', 'east-w1'), false);
  assert.equal(await reaches('east-w1', 'west-m1'), true);
  await lab.healLink('east-m1', 'east-w1');
  await until('the link is back', () => reaches('east-m1', 'east-w1'));
});

for (const way of ['stopEngine', 'killEngine'] as const) {
  test(`after ${way} nothing runs on the node; started again it is the same member of its Swarm`, async () => {
    const node = lab.node('east-w1');
    const identity = ['info', '--format', '{{.Swarm.NodeID}} {{.Swarm.LocalNodeState}}'];
    const before = await node.docker(identity);
    await node[way]();
    assert.equal(await node.engineRuns(), false);
    assert.equal(await reaches('outside', 'east-w1'), false);
    await node.startEngine();
    await until('it is in its Swarm again', async () => (await node.docker(identity)) === before);
    await until('its container runs again', () => reaches('outside', 'east-w1'));
  });
}

test('a recording keeps every answer, those that never came as well', async () => {
  const address = lab.node('east-w1').address;
  const recording = lab.outside.record({ url: `http://${address}:8080/health`, everyMs: 20, timeoutMs: 200 });
  await lab.node('east-w1').cut();
  await until('it is cut', async () => !(await reaches('outside', 'east-w1')));
  await lab.node('east-w1').heal();
  await until('it is healed', () => reaches('outside', 'east-w1'));
  const answers = await recording.stop();
  assert.ok(answers.some(({ status }) => status === 200));
  assert.ok(answers.some(({ error }) => error !== undefined));
});

test('another process can go on with a lab', async () => {
  await using again = await openLab(lab.name);
  assert.match(await again.node('west-m1').docker(['node', 'ls']), /west-m1/);
  await assert.rejects(openLab('no-such-lab'), /there is no lab no-such-lab/);
  assert.throws(() => again.node('south-m1'), /it has: east, east-m1/);
});

test('a second lab of the same plan lives beside the first, and leaves nothing behind', async () => {
  let name = '';
  {
    await using other = await createLab({ east: { managers: 1, workers: 0 } }, { images: false });
    name = other.name;
    await other.node('east-m1').docker(['network', 'create', '--driver', 'overlay', 'theirs']);
    assert.equal((await lab.node('east-m1').docker(['network', 'ls'])).includes('theirs'), false);
    assert.ok((await other.forward('east-m1', 2377, 7300)) >= 7300);
    assert.notDeepEqual(await tracesOf(name), []);
  }
  assert.deepEqual(await tracesOf(name), []);
  assert.equal(await reaches('outside', 'east-m1'), true);
});

test('when the process that made a lab is killed, the lab goes by itself', async () => {
  const script = `
    import { createLab } from '${path.resolve(import.meta.dirname, '../../scripts/lab/lab.ts')}';
    const lab = await createLab({ east: { managers: 1, workers: 0 } }, { images: false });
    console.log(lab.name);
    setInterval(() => {}, 1000);`;
  const maker = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [name]: readonly string[] = await once(createInterface({ input: maker.stdout }), 'line');
  assert.ok(name !== undefined && (await tracesOf(name)).length > 0);
  maker.kill('SIGKILL');
  await until('nothing is left of it', async () => (await tracesOf(name)).length === 0);
});

test('a lab whose owner and keeper are both gone is swept away; one with an owner stays', async () => {
  const nodes = nodesOf({ east: { managers: 1, workers: 0 } });
  const gone = spawn('true');
  await once(gone, 'exit');
  const orphan = `orphan${process.pid}`;
  await writeLabState({ name: orphan, owner: gone.pid ?? 0, nodes });
  await createNetwork(orphan, nodes);
  assert.ok((await sweepLabs()).includes(orphan));
  assert.deepEqual(await tracesOf(orphan), []);
  assert.notDeepEqual(await tracesOf(lab.name), []);
});
