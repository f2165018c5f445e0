/** One region with the host stack: `stacks/msa-host.yml`, whose agents share no network with any service. */

import path from 'node:path';
import { after, before, test } from 'node:test';
import { createLab, type Lab } from '../../scripts/lab/lab.ts';
import { deployMsa, stackFile } from '../../scripts/lab/stacks.ts';
import { allReport } from './api.ts';
import { judgingTests, quietLogTest } from './judging.ts';

let lab: Lab;
before(async () => {
  lab = await createLab({ east: { managers: 1, workers: 2 } });
  await deployMsa(lab, 'east', { stack: 'msa-host.yml' });
  await lab.node('east-m1').docker(['network', 'create', '--driver', 'overlay', 'shop']);
  await lab.deploy('east', stackFile('demo.yml'), { as: 'demo', env: { DEMO_NETWORK: 'shop' } });
});
after(() => lab[Symbol.asyncDispose]());

judgingTests(() => lab);

test('a service on a network of its own is reached all the same', async () => {
  await lab.deploy('east', path.join(import.meta.dirname, 'stacks/alone.yml'), { as: 'alone' });
  await allReport(lab, ['alone'], 200, 60_000);
});

quietLogTest(() => lab);
