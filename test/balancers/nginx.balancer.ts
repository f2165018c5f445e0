/** NGINX with the documented configurations, in front of the nodes of a region and in front of two regions. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startNginx } from './balancer.ts';
import { configuration } from './configuration.ts';
import { freePorts, front } from './freePorts.ts';
import { createRegion, type Region } from './region.ts';
import { createVisitor, refused, servedBy, servers, statuses, type Visitor } from './visitor.ts';

const nodes = ['127.0.1.11', '127.0.1.12'] as const;
const [one, two] = nodes;

/** An agent that said no is asked again after fail_timeout (1 s), which NGINX counts in whole seconds. */
const upMs = 2_000;

/** A region of two nodes behind NGINX, once traffic goes to both. */
async function regionBehindNginx(context: TestContext) {
  await using stack = new AsyncDisposableStack();
  const [www = 0, report = 0, service = 0] = await freePorts(3);
  const region = stack.use(await createRegion('east', nodes, { report, service }));
  const text = regionConfiguration({ host: front, nodes, www, report, service });
  stack.use(await startNginx(text, [{ host: front, port: www }]));
  const visitor = createVisitor(context, www);
  await visitor.settles('both nodes serve', 0, servedBy(one, two));
  const started = stack.move();
  return {
    region,
    visitor,
    /** The region's own word, as others hear it. */
    reports: createVisitor(context, report),
    /** Each node without NGINX. */
    service,
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
  return configuration('nginx-msa.conf', [
    ['listen 80;', `listen ${own.host}:${own.www};`],
    ['listen 7070;', `listen ${own.host}:${own.report};`],
    ['192.0.2.11', own.nodes[0]],
    ['192.0.2.12', own.nodes[1]],
    [':8080', `:${own.service}`],
    [':7070', `:${own.report}`],
  ]);
}

test('a node whose instance is sick gets no request more, and gets traffic again when it is well', async (t) => {
  await using behind = await regionBehindNginx(t);
  behind.region.know({ sick: [two] });
  const going = await behind.visitor.visits(20);
  assert.deepEqual(servers(going), [one], 'from the very next request');
  behind.region.know({ sick: [] });
  const coming = await behind.visitor.settles('the node is back', upMs, servedBy(one, two));
  assert.deepEqual(statuses([...going, ...coming]), [200], 'no visitor noticed');
});

test('a service that the region reports down, for its dependency or by a rule, is refused at once', async (t) => {
  await using behind = await regionBehindNginx(t);
  for (const report of ['down', 'unknown'] as const) {
    behind.region.know({ report });
    const visits = await behind.visitor.visits(20);
    assert.ok(refused(visits), report);
    assert.equal(visits[0]?.headers['retry-after'], '1');
    behind.region.know({ report: 'up' });
    await behind.visitor.settles('the service is back', upMs, servedBy(one, two));
  }
});

test('a service that drains gets nothing new, and finishes what it has', async (t) => {
  await using behind = await regionBehindNginx(t);
  const slow = behind.visitor.ask('/slow');
  await behind.visitor.settles('the slow request is under way', 0, () =>
    behind.region.received.includes('GET /slow'),
  );
  behind.region.know({ report: 'drain' });
  assert.ok(refused(await behind.visitor.visits(20)));
  behind.region.finishSlowOnes();
  assert.equal((await slow).status, 200);
});

test("a node whose agent is gone gets no traffic until the agent is back, and visitors don't notice", async (t) => {
  await using behind = await regionBehindNginx(t);
  await behind.region.stopAgent(one);
  const going = await behind.visitor.visits(20);
  assert.deepEqual(servers(going), [two]);
  await behind.region.startAgent(one);
  const coming = await behind.visitor.settles('the node is back', upMs, servedBy(one, two));
  assert.deepEqual(statuses([...going, ...coming]), [200]);
});

test('a node whose agent hangs gets no traffic, and visitors get their answers', async (t) => {
  await using behind = await regionBehindNginx(t);
  await behind.region.hangAgent(one);
  const visits = await behind.visitor.visits(20);
  assert.deepEqual([servers(visits), statuses(visits)], [[two], [200]]);
});

test('without any agent nothing is served', async (t) => {
  await using behind = await regionBehindNginx(t);
  for (const node of nodes) await behind.region.stopAgent(node);
  assert.ok(refused(await behind.visitor.visits(20)));
  for (const node of nodes) await behind.region.startAgent(node);
  await behind.visitor.settles('the service is back', upMs, servedBy(one, two));
});

test('an instance that is gone before its agent has noticed costs readers nothing', async (t) => {
  await using behind = await regionBehindNginx(t);
  await behind.region.stopInstance(one);
  const visits = await behind.visitor.visits(20);
  assert.deepEqual(statuses(visits), [200]);
  assert.deepEqual(servers(visits), [two]);

  const orders = await Promise.all(
    Array.from({ length: 20 }, (_, order) =>
      behind.visitor.ask(`/order/${order}`, { method: 'POST', body: 'tea' }),
    ),
  );
  const taken = orders.filter(({ status }) => status === 200).length;
  const received = behind.region.received.filter((request) => request.startsWith('POST'));
  assert.equal(received.length, taken);
  assert.deepEqual(
    statuses(orders).filter((status) => status !== 200 && status !== 502),
    [],
  );
  t.diagnostic(`orders refused with 502 until the agent notices: ${20 - taken} of 20`);
});

test('an order that an instance may have taken before it broke off is not sent to another', async (t) => {
  await using behind = await regionBehindNginx(t);
  const { status } = await behind.visitor.ask('/break', { method: 'POST', body: 'tea' });
  assert.equal(status, 502);
  assert.deepEqual(
    behind.region.received.filter((request) => request.endsWith('/break')),
    ['POST /break'],
  );
});

test('bodies and long headers reach the service, and never the agents', async (t) => {
  await using behind = await regionBehindNginx(t);
  const headers = { cookie: `basket=${'x'.repeat(7_500)}`, 'x-forwarded-for': '192.0.2.200' };
  const { status } = await behind.visitor.ask('/order', {
    method: 'POST',
    headers,
    body: 'x'.repeat(100_000),
  });
  assert.equal(status, 200);
});

test("the region's word passes through, whichever agent gives it, and nothing else does", async (t) => {
  await using behind = await regionBehindNginx(t);
  const word = async (path: string) => (await behind.reports.ask(path)).status;
  for (const path of ['/report', '/report/wfe', '/report/api', '/report?services=wfe,api']) {
    assert.equal(await word(path), 200, path);
  }
  for (const path of ['/', '/metrics', '/api/v1/services', '/reports'])
    assert.equal(await word(path), 403, path);
  behind.region.know({ report: 'down' });
  assert.ok(refused(await behind.visitor.visits(4)));
  assert.deepEqual(
    [await word('/report/wfe'), await word('/report/api')],
    [503, 200],
    'a no counts for its service only',
  );
  await behind.region.stopAgent(one);
  for (let visit = 0; visit < 10; visit++) assert.equal(await word('/report/api'), 200);
});

test('what asking costs: the time of a request with and without it', async (t) => {
  await using behind = await regionBehindNginx(t);
  const [plainPort = 0] = await freePorts(1);
  const plain = `
    upstream plain { server ${one}:${behind.service}; server ${two}:${behind.service}; keepalive 32; }
    server {
      listen ${front}:${plainPort};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      location / { proxy_pass http://plain; }
    }`;
  await using _nginx = await startNginx(plain, [{ host: front, port: plainPort }]);
  const ungated = createVisitor(t, plainPort);
  const times = { gated: [] as number[], ungated: [] as number[] };
  for (let round = 0; round < 200; round++) {
    times.gated.push(await timeOf(behind.visitor));
    times.ungated.push(await timeOf(ungated));
  }
  t.diagnostic(`median: ${median(times.gated)} ms with asking, ${median(times.ungated)} ms without`);
  assert.equal(behind.region.received.length >= 400, true, 'both ways served every request');
});

test('of two regions the one that reports the service up serves it, from the very next request', async (t) => {
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
    stack.use(await startNginx(text, [{ host, port: inner }]));
  }
  const text = configuration('nginx-regions.conf', [
    ['listen 80;', `listen ${front}:${www};`],
    ['192.0.2.10:80', `${entries.east}:${inner}`],
    ['198.51.100.10:80', `${entries.west}:${inner}`],
    ['192.0.2.10', entries.east],
    ['198.51.100.10', entries.west],
    [':7070', `:${report}`],
  ]);
  stack.use(await startNginx(text, [{ host: front, port: www }]));
  const visitor = createVisitor(t, www);
  const { east, west } = regions;
  assert.ok(east !== undefined && west !== undefined);

  const first = await visitor.visits(20);
  assert.deepEqual([servers(first), statuses(first)], [[...east.nodes], [200]]);
  east.know({ report: 'down' });
  west.know({ report: 'up' });
  await visitor.settles('west serves', upMs, servedBy(...west.nodes));
  assert.deepEqual(servers(await visitor.visits(20)), [...west.nodes]);

  east.know({ report: 'up' });
  await visitor.settles('both serve', upMs, servedBy(...east.nodes, ...west.nodes));
  for (const node of west.nodes) await west.stopAgent(node);
  const visits = await visitor.visits(20);
  assert.deepEqual([servers(visits), statuses(visits)], [[...east.nodes], [200]]);
});

async function timeOf(visitor: Visitor): Promise<number> {
  const startedAt = performance.now();
  await visitor.ask();
  return performance.now() - startedAt;
}

function median(times: readonly number[]): string {
  return (times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0).toFixed(2);
}
