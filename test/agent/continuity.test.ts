import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, createTestRegion } from './region.ts';

const isUp = ({ status }: Answer) => status === 200;
const isCurrent = ({ stale, report }: Answer) => stale === undefined && report !== 'unknown';

test('an agent that starts for the first time knows nothing until its first probes are in', async () => {
  await using region = await createTestRegion({ nodes: ['m1'], services: { wfe: { on: ['m1'] } } });
  await region.start('m1');
  const answers = await region.until('m1', 'wfe', isUp);
  assert.equal(answers[0]?.status, 503);
  assert.equal(answers[0]?.report, 'unknown');
});

test('a restarted agent serves the last decision from disk, marked, and goes on without a flap', async () => {
  await using region = await createTestRegion({ nodes: ['m1'], services: { wfe: { on: ['m1'] } } });
  await region.start('m1');
  const before = (await region.until('m1', 'wfe', isCurrent)).at(-1);
  await region.stop('m1');
  await region.pass(3_000);
  await region.start('m1');
  const answers = await region.until('m1', 'wfe', isCurrent);
  assert.match(answers[0]?.stale ?? '', /^from disk, as it was 3s before this agent started/);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(answers.at(-1)?.since, before?.since);
});
