/** The proxy that keeps the agent to asking Docker: docs/docker-proxy.cfg, run by a real HAProxy before a fake engine. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createFakeEngine, json } from '../discover/fakeEngine.ts';
import { startHaproxy } from './balancer.ts';
import { freePorts } from './freePorts.ts';

test('the proxy lets through what the agent asks, and nothing else', async () => {
  const [port = 0] = await freePorts(1);
  await using engine = await createFakeEngine({
    '/info': json({}),
    '/containers/json': json([]),
    '/containers/abc/archive': json({}),
    '/secrets': json([]),
    '/networks/docker_gwbridge': json({}),
  });
  const text = readFileSync('docs/docker-proxy.cfg', 'utf8')
    .replace('bind :2375', `bind 127.0.0.1:${port}`)
    .replace('unix@/var/run/docker.sock', `unix@${engine.address.slice('unix://'.length)}`);
  await using _haproxy = await startHaproxy(text, [{ host: '127.0.0.1', port }]);
  const status = async (path: string, method = 'GET'): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    await response.arrayBuffer();
    return response.status;
  };
  for (const path of [
    '/version',
    '/v1.41/info',
    '/containers/json?all=true',
    '/v1.41/networks/docker_gwbridge',
  ]) {
    assert.equal(await status(path), 200, path);
  }
  const before = engine.requests.length;
  for (const path of [
    '/containers/abc/archive?path=/etc',
    '/containers/abc/logs',
    '/secrets',
    '/v1.41/info/../secrets',
    '/v1.41/info%2f..%2fsecrets',
    '/info/x',
  ]) {
    assert.equal(await status(path), 403, path);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']) {
    assert.equal(await status('/containers/json', method), 403, method);
  }
  assert.equal(engine.requests.length, before);
});
