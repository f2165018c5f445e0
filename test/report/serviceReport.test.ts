/** What load balancers hear of a service. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from './listening.ts';
import { emptyPicture, instance, picture, service, startMs, verdict } from './picture.ts';

const down = verdict('wfe', { report: 'down', state: 'down', message: 'down because db is down' });

test('a service that is reported up answers 200 to GET, HEAD and OPTIONS alike', async () => {
  await using listening = await listen(picture());
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    const { status, headers, text } = await listening.ask('/report/wfe', { method });
    assert.equal(status, 200, method);
    assert.equal(headers['msa-report'], 'up', method);
    assert.equal(headers['cache-control'], 'no-store', method);
    assert.equal(headers['content-type'], 'application/json; charset=utf-8', method);
    assert.equal(text === '', method === 'HEAD', method);
  }
});

test('the body says who, where, what, why and since when', async () => {
  await using listening = await listen(picture({ verdicts: [down] }));
  assert.deepEqual(await listening.json('/report/wfe'), {
    service: 'wfe',
    region: 'east',
    report: 'down',
    state: 'down',
    message: 'down because db is down',
    since: new Date(startMs - 60_000).toISOString(),
  });
});

test('the status of each report is the one that the labels of the service say', async () => {
  const statusByReport = { up: 204, down: 404, drain: 429, unknown: 500 };
  const services = [service('wfe', { statusByReport })];
  await using listening = await listen(picture({ services }));
  for (const report of ['up', 'down', 'drain', 'unknown'] as const) {
    listening.show(picture({ services, verdicts: [verdict('wfe', { report })] }));
    const { status, headers } = await listening.ask('/report/wfe');
    assert.equal(status, statusByReport[report], report);
    assert.equal(headers['msa-report'], report);
  }
});

test('an answer that was kept is never given for a newer picture', async () => {
  await using listening = await listen(picture());
  assert.equal((await listening.ask('/report/wfe')).status, 200);
  assert.equal((await listening.ask('/report/wfe')).status, 200);
  listening.show(picture({ verdicts: [down] }));
  assert.equal((await listening.ask('/report/wfe')).status, 503);
});

test('before the first decision every service is unknown, with 503', async () => {
  await using listening = await listen(emptyPicture());
  const { status, text, headers } = await listening.ask('/report/wfe');
  assert.equal(status, 503);
  assert.equal(headers['msa-report'], 'unknown');
  assert.match(text, /nothing is decided yet/);
  listening.show(picture());
  assert.equal((await listening.ask('/report/wfe')).status, 200);
});

test('a service that has appeared but is not judged yet is unknown', async () => {
  const services = [service('wfe', { statusByReport: { up: 200, down: 503, drain: 503, unknown: 599 } })];
  await using listening = await listen(picture({ services, verdicts: [] }));
  assert.equal((await listening.ask('/report/wfe')).status, 599);
});

test('a verdict from an earlier life answers although the inventory is not in yet', async () => {
  await using listening = await listen(picture({ services: [], stale: 'from disk' }));
  const { status, text } = await listening.ask('/report/wfe');
  assert.equal(status, 200);
  assert.match(text, /"stale":"from disk"/);
});

test('scope=node also needs a healthy instance on the node that answers', async () => {
  const elsewhere = [instance('wfe-2', { node: 'n2' })];
  const sickHere = [instance('wfe-1', { health: 'sick' }), ...elsewhere];
  const lastWordHere = [instance('wfe-1', { stale: true })];
  const healthyHere = [instance('wfe-1'), instance('wfe-3', { health: 'sick' })];
  for (const [instances, expected, node] of [
    [healthyHere, 200, { id: 'n1', hostname: 'east-1', healthy: 1, total: 2 }],
    [sickHere, 503, { id: 'n1', hostname: 'east-1', healthy: 0, total: 1 }],
    [lastWordHere, 503, { id: 'n1', hostname: 'east-1', healthy: 0, total: 1 }],
    [elsewhere, 503, { id: 'n1', hostname: 'east-1', healthy: 0, total: 0 }],
  ] as const) {
    await using listening = await listen(picture({ services: [service('wfe', {}, instances)] }));
    const { status, text, headers } = await listening.ask('/report/wfe?scope=node');
    assert.equal(status, expected);
    assert.equal(headers['msa-report'], expected === 200 ? 'up' : 'down');
    assert.deepEqual(JSON.parse(text).node, node);
    assert.equal((await listening.ask('/report/wfe')).status, 200, 'the region still reports it up');
    assert.equal((await listening.ask('/report/wfe?scope=region')).status, 200);
  }
});

test('scope=node leaves every report but up as its region says', async () => {
  const verdicts = [verdict('wfe', { report: 'drain' })];
  for (const health of ['healthy', 'sick'] as const) {
    const services = [service('wfe', {}, [instance('wfe-1', { health })])];
    await using listening = await listen(picture({ services, verdicts }));
    const { status, headers } = await listening.ask('/report/wfe?scope=node');
    assert.equal(status, 503);
    assert.equal(headers['msa-report'], 'drain');
  }
});

test('an unknown service gets 404 with the nearest name and where to find all', async () => {
  await using listening = await listen(picture());
  for (const [name, hint] of [
    ['wef', /"Did you mean \\"wfe\\"\? GET \/api\/v1\/services/],
    ['WFE', /Did you mean \\"wfe\\"/],
    ['quite-different', /"hint":"GET \/api\/v1\/services/],
    ['constructor', /No service here is called/],
    ['__proto__', /No service here is called/],
    ['wfe%2Fhealth', /No service here is called \\"wfe\/health\\"/],
    ['wfe/health', /No service here is called \\"wfe\/health\\"/],
    ['%3Cscript%3E', /No service here/],
  ] as const) {
    const { status, text } = await listening.ask(`/report/${name}`);
    assert.equal(status, 404, name);
    assert.match(text, hint);
  }
});

test('a name that can be no name gets 400 and what to ask instead', async () => {
  await using listening = await listen(picture());
  for (const [path, error] of [
    ['/report/', /name is missing/],
    ['/report//', /name is missing/],
    ['/report/%', /percent-encoded/],
    ['/report/%zz', /percent-encoded/],
    ['/report/%C0%AF', /percent-encoded/],
    [`/report/${'a'.repeat(254)}`, /more than 253/],
    [`/report/${'%41'.repeat(2000)}`, /more than 253/],
    ['/report/wfe?scope=galaxy', /No such scope/],
  ] as const) {
    const { status, text } = await listening.ask(path);
    assert.equal(status, 400, path);
    assert.match(JSON.parse(text).error, error);
    assert.equal(typeof JSON.parse(text).hint, 'string');
  }
});

test('names are decoded, a trailing slash is borne, other parameters are ignored', async () => {
  const services = [service('my service')];
  await using listening = await listen(picture({ services, verdicts: [verdict('my service')] }));
  for (const path of [
    '/report/my%20service',
    '/report/%6Dy%20service',
    '/report/my%20service/',
    '/report/my%20service?_=17',
    '/report/my%20service?x&scope=region',
  ]) {
    assert.equal((await listening.ask(path)).status, 200, path);
  }
});

test('what would change something is refused, and no body is read', async () => {
  await using listening = await listen(picture());
  assert.equal((await listening.ask('/report/wfe')).status, 200, 'from now on its answer is kept');
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']) {
    const { status, headers, text } = await listening.ask('/report/wfe', { method });
    assert.equal(status, 405, method);
    assert.equal(headers.allow, 'GET, HEAD, OPTIONS');
    assert.match(text, /not understood/);
  }
  const { status, headers } = await listening.ask('/report/wfe', {
    headers: { 'content-length': '4' },
    body: 'body',
  });
  assert.equal(status, 413);
  assert.equal(headers.connection, 'close');
});
