/** What a global load balancer hears of the region, and an orchestrator of the agent. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Override } from '../../agent/model.ts';
import { listen } from './listening.ts';
import { emptyPicture, picture, self, service, startMs, verdict } from './picture.ts';

const down = { report: 'down', state: 'down' } as const;

function wholeRegion(report: Override['report']): Override {
  return { service: '*', report, owner: 'ann', reason: 'storm', setAtMs: startMs };
}

test('the region is up while at least one of its services is', async () => {
  await using listening = await listen(picture());
  assert.equal((await listening.ask('/report')).status, 200);
  listening.show(picture({ verdicts: [verdict('wfe', down), verdict('app')] }));
  assert.deepEqual(await listening.json('/report'), {
    region: 'east',
    report: 'up',
    message: '1 of 2 services reported up',
    up: 1,
    of: 2,
  });
  listening.show(picture({ verdicts: [verdict('wfe', down), verdict('app', down)] }));
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    assert.equal((await listening.ask('/report', { method })).status, 503);
  }
});

test('where services are exported, only those count for the region', async () => {
  const services = [service('wfe', { exported: true }), service('app', { exported: false })];
  await using listening = await listen(
    picture({ services, verdicts: [verdict('wfe', down), verdict('app')] }),
  );
  assert.equal((await listening.ask('/report')).status, 503);
});

test('services= needs all of those named', async () => {
  await using listening = await listen(picture({ verdicts: [verdict('wfe'), verdict('app', down)] }));
  assert.equal((await listening.ask('/report?services=wfe')).status, 200);
  const { status, text } = await listening.ask('/report?services=wfe,%20app');
  assert.equal(status, 503);
  assert.match(text, /not reported up: app/);
  assert.equal((await listening.ask('/report?services=wfe,ap')).status, 404);
  assert.equal((await listening.ask('/report?services=')).status, 400);
  assert.equal(
    (await listening.ask(`/report?services=${'a,b,'.repeat(1)}${[...Array(101).keys()].join()}`)).status,
    400,
  );
});

test("an operator's override of the whole region wins", async () => {
  await using listening = await listen(picture({ facts: { overrides: { '*': wholeRegion('drain') } } }));
  const { status, text, headers } = await listening.ask('/report');
  assert.equal(status, 503);
  assert.equal(headers['msa-report'], 'drain');
  assert.match(text, /override by ann: storm/);
  assert.equal((await listening.ask('/report?services=wfe')).status, 503);
});

test('an override of the whole region to up does not make dead services answer', async () => {
  const dead = [verdict('wfe', down), verdict('app', down)];
  await using listening = await listen(
    picture({ verdicts: dead, facts: { overrides: { '*': wholeRegion('up') } } }),
  );
  assert.equal((await listening.ask('/report')).status, 503);
});

test('before the first decision, and without services, the region is not up', async () => {
  await using listening = await listen(emptyPicture());
  assert.match((await listening.ask('/report')).text, /"report":"unknown"/);
  assert.equal((await listening.ask('/report?services=wfe')).status, 503);
  listening.show(picture({ services: [], verdicts: [] }));
  assert.equal((await listening.ask('/report')).status, 503);
});

test('the agent is live from the start, and ready once it answers from a decision', async () => {
  await using listening = await listen(emptyPicture());
  assert.equal((await listening.ask('/live')).status, 200);
  assert.equal((await listening.ask('/ready')).status, 503);
  const { decision: _none, ...undecided } = picture();
  listening.show(undecided);
  assert.equal((await listening.ask('/ready')).status, 503);
  listening.show(picture({ self: { ...self, ready: false } }));
  assert.equal((await listening.ask('/ready')).status, 503, 'a decision from disk alone is not enough');
  listening.show(picture());
  assert.equal((await listening.ask('/ready')).status, 200);
  assert.equal((await listening.ask('/live', { method: 'HEAD' })).status, 200);
});
