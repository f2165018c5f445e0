/** One region with the overlay stack: `stacks/msa.yml` on a manager and two workers. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createLab, type Lab } from '../../scripts/lab/lab.ts';
import { deployMsa, stackFile } from '../../scripts/lab/stacks.ts';
import { until } from '../../scripts/lab/until.ts';
import { allReport, seen } from './api.ts';
import { judgingTests, quietLogTest } from './judging.ts';

let lab: Lab;
before(async () => {
  lab = await createLab({ east: { managers: 1, workers: 2 } });
  await deployMsa(lab, 'east');
  await lab.deploy('east', stackFile('demo.yml'), { as: 'demo' });
});
after(() => lab[Symbol.asyncDispose]());

judgingTests(() => lab);

test('a service on no network of the agents is not up, and the problem says which network to attach', async () => {
  await lab.deploy('east', path.join(import.meta.dirname, 'stacks/alone.yml'), { as: 'alone' });
  for (const node of lab.nodes) {
    const problem = await until(`${node.name} shows the problem`, async () =>
      (await seen(node, 'alone')).problems.find(({ code }) => code === 'no-way'),
    );
    assert.match(problem.hint, /network/);
  }
  await allReport(lab, ['alone'], 503);
});

test('once it joins the network of the agents, it is up and the problem is gone', async () => {
  const join = ['service', 'update', '--detach', '--quiet', '--network-add', 'msa', 'alone_alone'];
  await lab.node('east-m1').docker(join);
  await allReport(lab, ['alone'], 200, 60_000);
  await until(
    'the problem is gone',
    async () => (await seen(lab.node('east-w1'), 'alone')).problems.length === 0,
  );
});

quietLogTest(() => lab);
