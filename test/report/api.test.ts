/** The API shows what the picture holds, as openapi.json describes it. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { openApi } from '../../agent/report/openapi.ts';
import { listen } from './listening.ts';
import { emptyPicture, instance, picture, plan, reason, service, startMs, verdict } from './picture.ts';

const document = z
  .object({
    paths: z.record(
      z.string(),
      z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.json()) })),
    ),
    components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.json())) }),
  })
  .parse(openApi('0.1.0'));

/** The schema of that name as a parser; throws where the answer is not as described. */
function described(name: string): z.ZodType {
  const schema = document.components.schemas[name] ?? assert.fail(`no schema ${name}`);
  return z.fromJSONSchema(schema);
}

const rich = picture({
  services: [
    service('wfe', { problems: [{ code: 'bad-label', message: 'Bad.', hint: 'Mend it.' }] }),
    service('app', {}, [
      instance('app-1', { problem: { code: 'no-way', message: 'No way.', hint: 'Attach it.' } }),
    ]),
    service('new'),
  ],
  verdicts: [
    verdict('wfe', {
      because: [reason('down because app is down', { sets: { field: 'state', value: 'down' } })],
    }),
    verdict('app', { report: 'down' }),
  ],
  problems: [{ code: 'engine-unreachable', message: 'No engine.', hint: 'Start it.' }],
  facts: {
    regions: { west: { name: 'west', freshness: 'fresh', sinceMs: startMs, services: {} } },
    overrides: { app: { service: 'app', report: 'down', owner: 'ann', reason: 'test', setAtMs: startMs } },
  },
});

for (const [path, name] of [
  ['/api/v1/services', 'Services'],
  ['/api/v1/services/wfe', 'Service'],
  ['/api/v1/services/app', 'Service'],
  ['/api/v1/services/new', 'Service'],
  ['/api/v1/status', 'Status'],
  ['/api/v1/regions', 'Regions'],
  ['/api/v1/facts', 'Facts'],
  ['/report', 'RegionReport'],
  ['/report/wfe', 'ServiceReport'],
  ['/report/wfe?scope=node', 'ServiceReport'],
  ['/live', 'Liveness'],
] as const) {
  test(`${path} answers as ${name} is described`, async () => {
    await using listening = await listen(rich);
    described(name).parse(await listening.json(path));
    if (path === '/api/v1/services/wfe' || path === '/api/v1/services/app') return;
    listening.show(emptyPicture());
    if (path !== '/api/v1/services/new') described(name).parse(await listening.json(path));
  });
}

test('every route is described, and everything described is a route', async () => {
  await using listening = await listen(rich);
  for (const path of Object.keys(document.paths)) {
    const { status } = await listening.ask(path.replace('{service}', 'wfe'), { method: 'HEAD' });
    assert.notEqual(status, 404, path);
  }
  const routes = globSync('agent/report/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\b(api|app|pages)\.(?:get|put|post|delete)\('([^']+)'/g)].map(
      ([, router, path]) => `${router === 'api' ? '/api/v1' : ''}${path}`.replace(/:(\w+)/, '{$1}'),
    ),
  );
  assert.ok(routes.length >= 9, `found ${routes}`);
  assert.deepEqual(
    routes.filter((route) => document.paths[route] === undefined),
    [],
  );
  const quick = /QuickRoute = ([^;]+);/.exec(readFileSync('agent/report/quickAnswers.ts', 'utf8'))?.[1] ?? '';
  for (const [, route = ''] of quick.matchAll(/'([^']+)'/g)) assert.ok(document.paths[route], route);
});

test('every reference inside the description leads somewhere', () => {
  for (const [, name = ''] of JSON.stringify(document.paths).matchAll(/#\/components\/schemas\/(\w+)/g)) {
    assert.ok(document.components.schemas[name], name);
  }
});

test('one service is shown with verdict, reasons, plan, instances, timing, override and the explanation', async () => {
  const timings = new Map([['app-1', { lastAtMs: startMs - 1000, latencyMs: 3.5 }]]);
  const explain = () => ({ tree: { because: 'tree' }, text: 'text' });
  await using listening = await listen(rich, { timings, explain });
  const shown = z.record(z.string(), z.json()).parse(await listening.json('/api/v1/services/app'));
  assert.deepEqual(shown.verdict, JSON.parse(JSON.stringify(rich.decision?.verdicts.app)));
  assert.deepEqual(shown.explanation, { because: 'tree' });
  assert.equal(shown.text, 'text');
  assert.match(JSON.stringify(shown.instances), /"latencyMs":3.5/);
  assert.match(JSON.stringify(shown.override), /"owner":"ann"/);
  assert.match(JSON.stringify(shown.problems), /Attach it/);
});

test("values of a probe's headers are never shown, for they may be secrets", async () => {
  const { probe } = plan('wfe');
  const how = { ...probe.how, headers: { Authorization: 'Bearer s3cret' } };
  await using listening = await listen(picture({ services: [service('wfe', { probe: { ...probe, how } })] }));
  for (const path of ['/api/v1/services/wfe', '/api/v1/services', '/api/v1/status', '/services/wfe', '/']) {
    const { status, text } = await listening.ask(path);
    assert.equal(status, 200);
    assert.doesNotMatch(text, /s3cret/, path);
  }
  assert.match((await listening.ask('/api/v1/services/wfe')).text, /"Authorization": "\(not shown\)"/);
});

test('each problem is told once, however many noted it', async () => {
  const noted = rich.problems;
  const agents = rich.agents.map((sight) => ({ ...sight, info: { ...sight.info, problems: noted } }));
  await using listening = await listen({ ...rich, self: { ...rich.self, problems: noted }, agents });
  const { problems } = z
    .object({ problems: z.array(z.object({ message: z.string() })) })
    .parse(await listening.json('/api/v1/status'));
  assert.deepEqual(
    problems.map(({ message }) => message),
    ['No engine.', 'No way.', 'Bad.'],
  );
});

test('refusals are JSON with an error and a hint', async () => {
  await using listening = await listen(rich);
  for (const [path, expected] of [
    ['/api/v1/services/wef', 404],
    ['/api/v1/services/__proto__', 404],
    ['/api/v1/services/%zz', 400],
    [`/api/v1/services/${'a'.repeat(300)}`, 400],
    ['/api/v1/nothing', 404],
    ['/api/v2/services', 404],
    ['/nothing', 404],
    ['//report/wfe', 404],
    ['/web/../pages.ts', 404],
  ] as const) {
    const { status, text } = await listening.ask(path);
    assert.equal(status, expected, path);
    z.strictObject({ error: z.string(), hint: z.string() }).parse(JSON.parse(text));
  }
  assert.equal((await listening.ask('/api/v1/services', { method: 'DELETE' })).status, 405);
  assert.deepEqual(listening.logged, [], 'a mistake of a client is not worth a line in the log');
});

test('a failure of our own is a 500 without details, which are in the log', async () => {
  const explain = () => {
    throw new Error('secret detail');
  };
  await using listening = await listen(rich, { explain });
  const { status, text } = await listening.ask('/api/v1/services/wfe');
  assert.equal(status, 500);
  assert.doesNotMatch(text, /secret detail/);
  assert.deepEqual(listening.logged, ['a request could not be answered']);
  assert.equal((await listening.ask('/report/wfe')).status, 200, 'load balancers do not notice');
});

test('facts can be thought about elsewhere: with what is remembered, and without the secrets of probes', async () => {
  const headers = { authorization: 'Bearer of-a-secret' };
  const memory = { services: {}, rules: { r: { branch: 'then' as const } } };
  const wfe = plan('wfe');
  const how = {
    kind: 'http',
    scheme: 'http',
    port: 80,
    path: '/',
    expect: [],
    properties: false,
    headers,
  } as const;
  const secretive = { plan: { ...wfe, probe: { ...wfe.probe, how } }, instances: [] };
  await using listening = await listen(picture({ services: [secretive], memory }));
  const answer = JSON.stringify(await listening.json('/api/v1/facts'));
  assert.match(answer, /"memory":\{"services":\{\},"rules":\{"r":\{"branch":"then"\}\}\}/);
  assert.match(answer, /"rules":\{"version":7,"hash":"c0ffee12"\}/);
  assert.doesNotMatch(answer, /of-a-secret/);
});
