/** Discovery without Docker: as on a witness. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createNoDocker } from '../../agent/discover/noDocker.ts';
import { createFakeClock, settle } from '../fakeClock.ts';

const deps = { hostname: 'w1', random: () => 0.5, onChange: () => {} };

test('without Docker there is one node that leads itself, and no services', async () => {
  await using discovery = createNoDocker({ ...deps, clock: createFakeClock() });
  const view = discovery.view();
  assert.deepEqual(view?.inventory?.services, []);
  assert.deepEqual(view?.inventory?.nodes, [view?.node]);
  assert.equal(view?.node.id, 'w1');
  assert.equal(view?.node.manager, true);
  assert.equal(view?.current, true);
  assert.equal(discovery.view(), view);
  assert.deepEqual(discovery.targets([]), []);
});

test('external services are there, and followed as their file changes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'msa-'));
  const path = join(folder, 'external.yml');
  await writeFile(path, 'services: { db: { labels: { msa.probe: "tcp://db:1" } } }');
  const clock = createFakeClock();
  let changes = 0;
  const discovery = createNoDocker({ ...deps, clock, externalFile: path, onChange: () => changes++ });
  const names = () => discovery.view()?.inventory?.services.map(({ name }) => name);
  assert.equal(discovery.view(), undefined, 'nothing is told before the file was read');
  while (changes === 0) await settle();
  assert.deepEqual(names(), ['db']);
  await writeFile(path, 'nonsense');
  for (let turn = 0; turn < 1_000 && changes === 1; turn++) {
    await settle();
    await clock.advance(100);
  }
  assert.deepEqual(names(), ['db'], 'the last good one stands');
  assert.equal(discovery.view()?.problems.length, 1);
  await discovery[Symbol.asyncDispose]();
  assert.equal(clock.pending, 0);
  await rm(folder, { recursive: true });
});
