/** HAProxy with the documented configurations, in front of the nodes of a region and in front of two regions. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startHaproxy } from './balancer.ts';
import { configuration } from './configuration.ts';
import { freePorts, front } from './freePorts.ts';
import { createRegion, type Region } from './region.ts';
import { createVisitor, refused, servedBy, servers, statuses } from './visitor.ts';

const nodes = ['127.0.1.11', '127.0.1.12'] as const;
const [one, two] = nodes;

/** As haproxy.cfg has it: inter + (fall - 1) * fastinter to leave, downinter to return. */
const downMs = 1_500;
const upMs = 1_000;
/** Silence takes fall * timeout check more than a refusal. */
const silentMs = downMs + 2_000;
/** The same of haproxy-regions.cfg. */
const regionDownMs = 2_500;
const regionUpMs = 2_000;

/** A region of two nodes behind HAProxy, once traffic goes to both. */
async function regionBehindHaproxy(context: TestContext) {
  await using stack = new AsyncDisposableStack();
  const [www = 0, report = 0, service = 0] = await freePorts(3);
  const region = stack.use(await createRegion('east', nodes, { report, service }));
  const text = regionConfiguration({ host: front, nodes, www, report, service });
  stack.use(await startHaproxy(text, [{ host: front, port: www }]));
  const visitor = createVisitor(context, www);
  await visitor.settles('both nodes serve', upMs, servedBy(one, two));
  const started = stack.move();
  return {
    region,
    visitor,
    www,
    /** The region's own word, as others hear it. */
    reports: createVisitor(context, report),
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

function regionConfiguration(own: {
  readonly host: string;
  readonly nodes: readonly [string, string];
  readonly www: number;
  readonly report: number;
  readonly service: number;
}): string {
  return configuration('haproxy.cfg', [
    ['bind :80', `bind ${own.host}:${own.www}`],
    ['bind :7070', `bind ${own.host}:${own.report}`],
    ['192.0.2.11', own.nodes[0]],
    ['192.0.2.12', own.nodes[1]],
    [':8080', `:${own.service}`],
    [':7070', `:${own.report}`],
    ['port 7070', `port ${own.report}`],
  ]);
}

test('a node whose instance is sick gets no traffic, and gets it back when it is well', async (t) => {
  await using behind = await regionBehindHaproxy(t);
  behind.region.know({ sick: [two] });
  const going = await behind.visitor.settles('the sick node is left out', downMs, servedBy(one));
  assert.deepEqual(servers(await behind.visitor.visits(20)), [one]);
  behind.region.know({ sick: [] });
  const coming = await behind.visitor.settles('the node is back', upMs, servedBy(one, two));
  assert.deepEqual(statuses([...going, ...coming]), [200], 'no visitor noticed');
});

test('a service that the region reports down, for its dependency or by a rule, is refused on every node', async (t) => {
  await using behind = await regionBehindHaproxy(t);
  behind.region.know({ report: 'down' });
  await behind.visitor.settles('the service is refused', downMs, refused);
  assert.ok(refused(await behind.visitor.visits(20)));
  behind.region.know({ report: 'up' });
  await behind.visitor.settles('the service is back', upMs, servedBy(one, two));
});

test('unknown is not up', async (t) => {
  await using behind = await regionBehindHaproxy(t);
  behind.region.know({ report: 'unknown' });
  await behind.visitor.settles('the service is refused', downMs, refused);
});

test('while a service drains, visitors may stay and newcomers are refused', async (t) => {
  await using behind = await regionBehindHaproxy(t);
  const first = await behind.visitor.ask();
  const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  assert.match(cookie, /^node=node[12]$/);
  const staying = createVisitor(t, behind.www, { cookie });
  behind.region.know({ report: 'drain' });
  await behind.visitor.settles('newcomers are refused', downMs, refused);
  const visits = await staying.visits(10);
  assert.deepEqual(statuses(visits), [200]);
  assert.deepEqual(servers(visits), [first.servedBy]);
  behind.region.know({ report: 'down' });
  await staying.settles('everybody is refused', downMs, refused);
});

test("a node whose agent is gone gets no traffic until the agent is back, and visitors don't notice", async (t) => {
  await using behind = await regionBehindHaproxy(t);
  await behind.region.stopAgent(one);
  const going = await behind.visitor.settles('the node is left out', downMs, servedBy(two));
  await behind.region.startAgent(one);
  const coming = await behind.visitor.settles('the node is back', upMs, servedBy(one, two));
  assert.deepEqual(statuses([...going, ...coming]), [200]);
});

test('a node whose agent hangs gets no traffic', async (t) => {
  await using behind = await regionBehindHaproxy(t);
  await behind.region.hangAgent(one);
  const visits = await behind.visitor.settles('the node is left out', silentMs, servedBy(two));
  assert.deepEqual(statuses(visits), [200]);
});

test('without any agent nothing is served', async (t) => {
  await using behind = await regionBehindHaproxy(t);
  for (const node of nodes) await behind.region.stopAgent(node);
  await behind.visitor.settles('the service is refused', downMs, refused);
});

test('an instance that is gone before its agent has noticed costs no visitor an answer', async (t) => {
  await using behind = await regionBehindHaproxy(t);
  await behind.region.stopInstance(one);
  const visits = await behind.visitor.visits(20);
  assert.deepEqual(statuses(visits), [200]);
  assert.deepEqual(servers(visits), [two]);
});

test('an order that an instance may have taken before it broke off is not sent to another', async (t) => {
  await using behind = await regionBehindHaproxy(t);
  const { status } = await behind.visitor.ask('/break', { method: 'POST', body: 'tea' });
  assert.equal(status, 502);
  assert.deepEqual(
    behind.region.received.filter((request) => request.endsWith('/break')),
    ['POST /break'],
  );
});

test("the region's word passes through, whichever agent gives it, and nothing else does", async (t) => {
  await using behind = await regionBehindHaproxy(t);
  const word = async (path: string) => (await behind.reports.ask(path)).status;
  await behind.reports.settles('the agents are asked', upMs, (visits) => statuses(visits).join() === '403');
  assert.deepEqual(
    [await word('/report'), await word('/report/wfe'), await word('/report/api')],
    [200, 200, 200],
  );
  for (const path of ['/', '/metrics', '/api/v1/services', '/reports'])
    assert.equal(await word(path), 403, path);
  behind.region.know({ report: 'down' });
  assert.deepEqual([await word('/report/wfe'), await word('/report/api')], [503, 200]);
  await behind.region.stopAgent(one);
  for (let visit = 0; visit < 10; visit++) assert.equal(await word('/report/api'), 200);
});

test('of two regions the one that reports the service up serves it', async (t) => {
  await using stack = new AsyncDisposableStack();
  const [www = 0, inner = 0, report = 0, service = 0] = await freePorts(4);
  const regions: Record<string, Region> = {};
  const entries = { east: '127.0.1.10', west: '127.0.2.10' } as const;
  const nodesOf = { east: nodes, west: ['127.0.2.11', '127.0.2.12'] } as const;
  for (const name of ['east', 'west'] as const) {
    const region = stack.use(await createRegion(name, nodesOf[name], { report, service }));
    region.know({ report: name === 'east' ? 'up' : 'down' });
    regions[name] = region;
    const host = entries[name];
    const text = regionConfiguration({ host, nodes: nodesOf[name], www: inner, report, service });
    stack.use(await startHaproxy(text, [{ host, port: inner }]));
  }
  const text = configuration('haproxy-regions.cfg', [
    ['bind :80', `bind ${front}:${www}`],
    ['192.0.2.10:80', `${entries.east}:${inner}`],
    ['198.51.100.10:80', `${entries.west}:${inner}`],
    ['port 7070', `port ${report}`],
  ]);
  stack.use(await startHaproxy(text, [{ host: front, port: www }]));
  const visitor = createVisitor(t, www);
  const { east, west } = regions;
  assert.ok(east !== undefined && west !== undefined);

  await visitor.settles('east serves', regionDownMs, servedBy(...east.nodes));
  east.know({ report: 'down' });
  west.know({ report: 'up' });
  await visitor.settles('west serves', regionDownMs, servedBy(...west.nodes));
  assert.deepEqual(servers(await visitor.visits(20)), [...west.nodes]);

  east.know({ report: 'up' });
  await visitor.settles('both serve', regionUpMs, servedBy(...east.nodes, ...west.nodes));
  for (const node of west.nodes) await west.stopAgent(node);
  const visits = await visitor.settles(
    'a region without agents is left out',
    regionDownMs,
    servedBy(...east.nodes),
  );
  t.diagnostic(
    `visitors refused on the way: ${visits.filter(({ status }) => status !== 200).length} of ${visits.length}`,
  );
});
