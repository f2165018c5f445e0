/** Agents and whole regions that stop and start: what load balancers hear from the first moment on. */

import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Answer, createTestRegion } from './region.ts';

const isCurrent = ({ stale, report }: Answer) => stale === undefined && report !== 'unknown';
const isFromDisk = ({ stale }: Answer) => stale?.startsWith('from disk') === true;
const statuses = (answers: readonly Answer[]) => [...new Set(answers.map(({ status }) => status))];

const alone = { nodes: ['m1'], services: { wfe: { on: ['m1'] } } };

test('an agent that starts for the first time knows nothing until its first probes are in', async () => {
  await using region = await createTestRegion(alone);
  await region.start('m1');
  const answers = await region.until('m1', 'wfe', isCurrent);
  assert.deepEqual(answers[0]?.report, 'unknown');
  assert.deepEqual(statuses(answers), [503, 200]);
});

test('a restarted agent serves the last decision from disk, marked, and goes on without a flap', async () => {
  await using region = await createTestRegion(alone);
  await region.start('m1');
  const before = (await region.until('m1', 'wfe', isCurrent)).at(-1);
  await region.stop('m1');
  await region.clock.advance(3_000);
  await region.start('m1');
  const answers = await region.until('m1', 'wfe', isCurrent);
  assert.match(answers[0]?.stale ?? '', /^from disk, as it was 3s before this agent started/);
  assert.deepEqual(statuses(answers), [200]);
  assert.equal(answers.at(-1)?.since, before?.since);
});

test('while the first probe has no answer the decision from disk stands; then the probe counts', async () => {
  await using region = await createTestRegion(alone);
  await region.start('m1');
  await region.until('m1', 'wfe', isCurrent);
  await region.stop('m1');
  region.answerWith('wfe', 'hang');
  await region.start('m1');
  const answers = await region.until('m1', 'wfe', isCurrent);
  assert.ok(answers.slice(0, -1).every((answer) => answer.status === 200 && isFromDisk(answer)));
  assert.equal(answers.at(-1)?.report, 'down');
});

test('what was down stays down across a restart', async () => {
  await using region = await createTestRegion(alone);
  region.answerWith('wfe', 500);
  await region.start('m1');
  await region.until('m1', 'wfe', isCurrent);
  await region.stop('m1');
  await region.start('m1');
  const answers = await region.until('m1', 'wfe', isCurrent);
  assert.ok(isFromDisk(answers[0] ?? never));
  assert.deepEqual([...new Set(answers.map(({ report }) => report))], ['down']);
});

test('a region of several nodes that is stopped and started as a whole never turns a service down', async () => {
  await using region = await createTestRegion({
    nodes: ['m1', 'w1', 'w2'],
    services: { wfe: { on: ['w1', 'w2'], labels: { 'msa.healthy.min': '2' } }, mail: { on: ['m1'] } },
  });
  const nodes = ['m1', 'w1', 'w2'];
  await region.start(...nodes);
  for (const node of nodes) await region.until(node, 'wfe', isCurrent);
  await region.pass(2_000);
  await region.stop(...nodes);
  await region.clock.advance(60_000);
  await region.start(...nodes);
  for (const node of nodes) {
    const answers = await region.until(node, 'wfe', isCurrent);
    assert.deepEqual(statuses(answers), [200], node);
    assert.deepEqual(statuses(await region.until(node, 'mail', isCurrent)), [200], node);
  }
});

test('the manager starts minutes before the worker: what runs there is not turned down by nobody having asked', async () => {
  await using region = await createTestRegion({
    nodes: ['m1', 'w1'],
    services: { wfe: { on: ['w1'] } },
  });
  await region.start('m1', 'w1');
  await region.until('w1', 'wfe', isCurrent);
  await region.pass(2_000);
  await region.stop('m1', 'w1');
  await region.start('m1');
  const first = await region.until('m1', 'wfe', isCurrent);
  await region.pass(5_000);
  assert.deepEqual(statuses([...first, await region.ask('m1', 'wfe')]), [200]);
  region.answerWith('wfe', 500);
  await region.start('w1');
  await region.until('m1', 'wfe', ({ report }) => report === 'down');
});

test('a worker that is restarted while its manager is gone answers from disk, and its own probes count', async () => {
  await using region = await createTestRegion({ nodes: ['m1', 'w1'], services: { wfe: { on: ['w1'] } } });
  await region.start('m1', 'w1');
  await region.until('w1', 'wfe', isCurrent);
  await region.pass(2_000);
  await region.stop('m1', 'w1');
  await region.start('w1');
  const answers = await region.until('w1', 'wfe', (answer) => !isFromDisk(answer));
  assert.deepEqual(statuses(answers), [200]);
  assert.match(answers.at(-1)?.stale ?? '', /no leader is heard/);
  region.answerWith('wfe', 500);
  await region.until('w1', 'wfe', ({ report }) => report === 'down');
});

test('a new agent on a disk of its own takes the decision from a peer', async () => {
  await using region = await createTestRegion({ nodes: ['m1', 'w1'], services: { wfe: { on: ['w1'] } } });
  await region.start('m1', 'w1');
  const before = (await region.until('m1', 'wfe', isCurrent)).at(-1);
  await region.until('w1', 'wfe', isCurrent);
  await region.pass(2_000);
  await region.stop('m1');
  rmSync(region.data('m1'), { recursive: true });
  await region.start('m1');
  const answers = await region.until('m1', 'wfe', isCurrent);
  assert.deepEqual(
    answers.filter(({ report }) => report === 'down'),
    [],
  );
  assert.equal(answers.at(-1)?.since, before?.since);
});

test('a `for` that waits goes on where it was', async () => {
  const late = `{ "version": 1, "rules": [
    { "name": "late", "if": { "up": "wfe" }, "for": "20s", "then": { "service": "wfe", "report": "drain" } } ] }`;
  await using region = await createTestRegion({ ...alone, rules: { 'late.json': late } });
  await region.start('m1');
  await region.until('m1', 'wfe', isCurrent);
  await region.pass(12_000);
  await region.stop('m1');
  await region.clock.advance(60_000);
  await region.start('m1');
  const restartedAtMs = region.clock.now();
  const answers = await region.until('m1', 'wfe', ({ report }) => report === 'drain');
  assert.ok(answers.slice(0, -1).every(({ status }) => status === 200));
  const waitedMs = region.clock.now() - restartedAtMs;
  assert.ok(waitedMs > 7_000 && waitedMs < 9_000, `drained ${waitedMs} ms after the restart`);
});

test('a service that was asked as a whole stays up while its agent is restarted', async () => {
  await using region = await createTestRegion({ ...alone, whole: ['cloud'] });
  await region.start('m1');
  await region.until('m1', 'cloud', ({ status }) => status === 200);
  await region.pass(2_000);
  await region.stop('m1');
  region.answerWith('cloud', 'hang');
  await region.start('m1');
  const answers = await region.until('m1', 'cloud', isCurrent);
  await region.pass(1_000);
  assert.deepEqual(statuses([...answers, await region.ask('m1', 'cloud')]), [200]);
});

test('a decision older than ten minutes sends no traffic until the first probes are in', async () => {
  await using region = await createTestRegion(alone);
  await region.start('m1');
  await region.until('m1', 'wfe', isCurrent);
  await region.stop('m1');
  await region.clock.advance(11 * 60_000);
  await region.start('m1');
  const answers = await region.until('m1', 'wfe', isCurrent);
  assert.equal(answers[0]?.report, 'unknown');
  assert.match(answers[0]?.message ?? '', /too old to go by/);
  assert.deepEqual(statuses(answers), [503, 200]);
});

test('where no engine answers after a restart, the decision from disk stands for ten minutes and no longer', async () => {
  await using region = await createTestRegion(alone);
  await region.start('m1');
  await region.until('m1', 'wfe', isCurrent);
  await region.stop('m1');
  await region.refuse('m1');
  await region.start('m1');
  await region.clock.advance(9 * 60_000);
  assert.equal((await region.ask('m1', 'wfe')).status, 200);
  await region.clock.advance(2 * 60_000);
  const answer = await region.ask('m1', 'wfe');
  assert.equal(answer.status, 503);
  assert.equal(answer.report, 'unknown');
});

test('an up of a limited service on disk is not believed where there are other regions; of others it is', async () => {
  await using region = await createTestRegion({
    nodes: ['m1'],
    services: { db: { on: ['m1'], labels: { 'msa.max-regions': '1' } }, mail: { on: ['m1'] } },
  });
  await region.start('m1');
  await region.until('m1', 'db', isCurrent);
  await region.stop('m1');
  await region.startWith({ MSA_PEERS: 'west=127.0.3.1:9; north=127.0.3.2:9' }, 'm1');
  const fromDisk = (await region.until('m1', 'db', (answer) => !isFromDisk(answer))).filter(isFromDisk);
  assert.deepEqual([...new Set(fromDisk.map(({ report }) => report))], ['unknown']);
  assert.deepEqual(statuses(await region.until('m1', 'mail', isCurrent)), [200]);
});

test('a broken file is set aside: the agent starts without it, says so, and stores anew', async () => {
  await using region = await createTestRegion(alone);
  await region.start('m1');
  await region.until('m1', 'wfe', isCurrent);
  await region.stop('m1');
  writeFileSync(join(region.data('m1'), 'msa.sqlite'), 'broken '.repeat(1_000));
  await region.start('m1');
  await region.until('m1', 'wfe', isCurrent);
  assert.deepEqual(await region.problems('m1'), ['store-broken']);
  assert.ok(readdirSync(region.data('m1')).includes('msa.sqlite.broken-1'));
  await region.stop('m1');
  await region.start('m1');
  assert.equal((await region.ask('m1', 'wfe')).status, 200);
});

test('the disk of another region is not believed', async () => {
  await using region = await createTestRegion(alone);
  await region.start('m1');
  await region.until('m1', 'wfe', isCurrent);
  await region.stop('m1');
  await region.startWith({ MSA_REGION: 'west' }, 'm1');
  assert.equal((await region.ask('m1', 'wfe')).report, 'unknown');
});

const never: Answer = { status: 0, report: '', message: '', stale: undefined, since: undefined };
