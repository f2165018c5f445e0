/** Metrics tell what the picture holds, and never more series than the limit. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listen } from './listening.ts';
import { emptyPicture, instance, picture, service, startMs, verdict } from './picture.ts';

test('each service has its report, its state, its instances and its slowest probe', async () => {
  const instances = [instance('a'), instance('b', { health: 'sick' }), instance('c', { node: 'n2' })];
  const timings = new Map([
    ['a', { lastAtMs: startMs, latencyMs: 12 }],
    ['b', { lastAtMs: startMs, latencyMs: 250 }],
  ]);
  const shown = picture({
    services: [service('wfe', {}, instances)],
    verdicts: [verdict('wfe', { report: 'drain' })],
  });
  await using listening = await listen(shown, { timings });
  await listening.clock.advance(2_500);
  const { text, headers } = await listening.ask('/metrics');
  assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  for (const line of [
    'msa_service_report{service="wfe",report="drain"} 1',
    'msa_service_report{service="wfe",report="up"} 0',
    'msa_service_state{service="wfe",state="up"} 1',
    'msa_instances{service="wfe",health="healthy"} 2',
    'msa_instances{service="wfe",health="sick"} 1',
    'msa_probe_latency_seconds{service="wfe"} 0.25',
    'msa_services 1',
    'msa_agents{heard="true"} 2',
    'msa_agent_info{region="east",node="east-1",version="0.1.0",role="leader"} 1',
    'msa_decision_age_seconds 2.5',
    'msa_decision_stale 0',
    'msa_ready 1',
    'msa_rules_version 7',
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
});

test('requests are counted by route and class, whatever the path', async () => {
  await using listening = await listen(picture());
  for (const path of [
    '/report/wfe',
    '/report/wfe?x=1',
    '/report/nobody',
    '/report/%zz',
    '/',
    '/a',
    '/b',
    '/live',
  ]) {
    await listening.ask(path);
  }
  const { text } = await listening.ask('/metrics');
  for (const line of [
    'msa_http_requests_total{route="/report/{service}",status="2xx"} 2',
    'msa_http_requests_total{route="/report/{service}",status="4xx"} 2',
    'msa_http_requests_total{route="page",status="2xx"} 1',
    'msa_http_requests_total{route="page",status="4xx"} 2',
    'msa_http_requests_total{route="/live",status="2xx"} 1',
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
});

test('a service that is gone has no metrics any more, and before a decision there is no age', async () => {
  await using listening = await listen(picture());
  assert.match((await listening.ask('/metrics')).text, /service="app"/);
  listening.show(picture({ services: [service('wfe')], verdicts: [verdict('wfe')] }));
  assert.doesNotMatch((await listening.ask('/metrics')).text, /service="app"/);
  listening.show(emptyPicture());
  assert.doesNotMatch((await listening.ask('/metrics')).text, /^msa_decision_age_seconds/m);
});

test('beyond the limit services are counted, not shown', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `service-${index}`);
  const many = picture({ services: names.map((name) => service(name)), verdicts: [] });
  await using listening = await listen(many, { limits: { maxMetricServices: 10 } });
  const { text } = await listening.ask('/metrics');
  assert.equal(new Set(text.match(/service="[^"]+"/g)).size, 10);
  assert.match(text, /^msa_services_without_metrics 20$/m);
});
