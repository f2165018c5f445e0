/**
 * The documented Azure templates: their probes, followed by a stand-in for Azure (see azureProber.ts), against agents'
 * real front listeners. What Azure itself does with the templates is not tried here.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { z } from 'zod';
import { createAzureProber, type ProbeRules } from './azureProber.ts';
import { configuration } from './configuration.ts';
import { freePorts } from './freePorts.ts';
import { createRegion } from './region.ts';

const [one, two] = ['127.0.1.11', '127.0.1.12'] as const;

const resources = z.object({
  resources: z.array(z.object({ type: z.string(), properties: z.unknown() })),
});
const loadBalancer = z.object({
  probes: z.tuple([
    z.object({
      properties: z.object({
        protocol: z.literal('Http'),
        port: z.literal(7070),
        requestPath: z.string(),
        intervalInSeconds: z.number().min(5),
        probeThreshold: z.number(),
      }),
    }),
  ]),
});
const trafficManager = z.object({
  dnsConfig: z.object({ ttl: z.number() }),
  monitorConfig: z.object({
    protocol: z.literal('HTTP'),
    port: z.literal(7070),
    path: z.string(),
    intervalInSeconds: z.literal([10, 30]),
    timeoutInSeconds: z.number().min(5).max(9),
    toleratedNumberOfFailures: z.number().min(0).max(9),
  }),
});

function template<T>(file: string, type: string, shape: z.ZodType<T>): T {
  const { resources: all } = resources.parse(JSON.parse(configuration(file, [])));
  return shape.parse(all.find((resource) => resource.type === type)?.properties);
}

/** Any answer but 200 counts at once; silence, and the way back, take as many probes as the threshold says. */
function loadBalancerRules(): ProbeRules {
  const { probes } = template('azure-load-balancer.json', 'Microsoft.Network/loadBalancers', loadBalancer);
  const { requestPath, intervalInSeconds, probeThreshold } = probes[0].properties;
  return {
    path: requestPath,
    timeoutMs: Math.min(intervalInSeconds, 30) * 1_000,
    wrongAnswersToLeave: 1,
    silencesToLeave: probeThreshold,
    successesToReturn: probeThreshold,
    startsIn: false,
  };
}

/** One failure more than is tolerated takes the endpoint out, one success brings it back. */
function trafficManagerRules(): ProbeRules {
  const type = 'Microsoft.Network/trafficManagerProfiles';
  const { monitorConfig } = template('azure-traffic-manager.json', type, trafficManager);
  const failures = monitorConfig.toleratedNumberOfFailures + 1;
  return {
    path: monitorConfig.path,
    timeoutMs: monitorConfig.timeoutInSeconds * 1_000,
    wrongAnswersToLeave: failures,
    silencesToLeave: failures,
    successesToReturn: 1,
    startsIn: true,
  };
}

async function regionAt() {
  const [report = 0, service = 0] = await freePorts(2);
  return { report, region: await createRegion('east', [one, two], { report, service }) };
}

test('the load balancer takes a node out at the first 503, and back after two answers of 200', async () => {
  const { report, region } = await regionAt();
  await using _region = region;
  const probers = [one, two].map((node) => createAzureProber(node, report, loadBalancerRules()));
  async function rotationAfter(rounds: number): Promise<readonly boolean[]> {
    for (let round = 0; round < rounds; round++) for (const prober of probers) await prober.round();
    return probers.map(({ inRotation }) => inRotation);
  }
  assert.deepEqual(await rotationAfter(1), [false, false], 'nothing is sent before the probes agree');
  assert.deepEqual(await rotationAfter(1), [true, true]);
  region.know({ sick: [two] });
  assert.deepEqual(await rotationAfter(1), [true, false], 'the probe is about the very node that it asks');
  region.know({ sick: [] });
  assert.deepEqual(await rotationAfter(2), [true, true]);
  for (const report of ['down', 'unknown', 'drain'] as const) {
    region.know({ report });
    assert.deepEqual(await rotationAfter(1), [false, false], report);
    region.know({ report: 'up' });
    assert.deepEqual(await rotationAfter(2), [true, true]);
  }
  await region.stopAgent(one);
  assert.deepEqual(await rotationAfter(1), [true, true], 'one lost probe is borne');
  assert.deepEqual(await rotationAfter(1), [false, true]);
  await region.startAgent(one);
  assert.deepEqual(await rotationAfter(2), [true, true]);
});

test('Traffic Manager takes a region out after one failure more than it tolerates, and back at the first 200', async () => {
  const { report, region } = await regionAt();
  await using _region = region;
  const prober = createAzureProber(one, report, trafficManagerRules());
  async function rotationAfterRound(): Promise<boolean> {
    await prober.round();
    return prober.inRotation;
  }
  assert.equal(prober.inRotation, true, 'Azure sends traffic before the first probe');
  assert.equal(await rotationAfterRound(), true);
  for (const report of ['down', 'unknown', 'drain'] as const) {
    region.know({ report });
    assert.deepEqual([await rotationAfterRound(), await rotationAfterRound()], [true, false], report);
    region.know({ report: 'up' });
    assert.equal(await rotationAfterRound(), true);
  }
  region.know({ sick: [one] });
  assert.deepEqual(
    [await rotationAfterRound(), await rotationAfterRound()],
    [true, true],
    'the region still serves',
  );
  await region.stopAgent(one);
  assert.deepEqual([await rotationAfterRound(), await rotationAfterRound()], [true, false]);
});

test('Traffic Manager can ask for the region as a whole instead', async () => {
  const { report, region } = await regionAt();
  await using _region = region;
  const whole = createAzureProber(one, report, { ...trafficManagerRules(), path: '/report' });
  const both = createAzureProber(one, report, { ...trafficManagerRules(), path: '/report?services=wfe,api' });
  region.know({ report: 'down' });
  for (let round = 0; round < 2; round++) {
    await whole.round();
    await both.round();
  }
  assert.deepEqual([whole.inRotation, both.inRotation], [true, false], 'api is still up, wfe is not');
});

test('the stand-in follows no redirect, and waits no longer than it may', async () => {
  const answers: Readonly<Record<string, RequestListener>> = {
    redirect: (_request, response) => void response.writeHead(302, { location: '/' }).end(),
    'no content': (_request, response) => void response.writeHead(204).end(),
    silence: () => {},
  };
  for (const [what, answer] of Object.entries(answers)) {
    const [port = 0] = await freePorts(1);
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(port, one, () => resolve()));
    const timeoutMs = what === 'silence' ? 50 : 5_000;
    const prober = createAzureProber(one, port, { ...trafficManagerRules(), timeoutMs });
    await prober.round();
    await prober.round();
    assert.equal(prober.inRotation, false, what);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('the documents say the times that the templates give', () => {
  const { probes } = template('azure-load-balancer.json', 'Microsoft.Network/loadBalancers', loadBalancer);
  const { monitorConfig, dnsConfig } = template(
    'azure-traffic-manager.json',
    'Microsoft.Network/trafficManagerProfiles',
    trafficManager,
  );
  const { intervalInSeconds: every, probeThreshold } = probes[0].properties;
  assertSays('azure-load-balancer.md', [
    `${every} s`,
    `${every * probeThreshold} s`,
    `${every * (probeThreshold + 1)} s`,
  ]);
  const { intervalInSeconds, timeoutInSeconds, toleratedNumberOfFailures } = monitorConfig;
  const down = intervalInSeconds * (1 + toleratedNumberOfFailures) + dnsConfig.ttl;
  assertSays('azure-traffic-manager.md', [
    `${intervalInSeconds + dnsConfig.ttl} s`,
    `${down} s`,
    `${down + timeoutInSeconds} s`,
  ]);
});

/** In the table of what happens when: each time stands there. */
function assertSays(file: string, times: readonly string[]): void {
  const rows = readFileSync(`docs/load-balancers/${file}`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  for (const time of times) {
    assert.ok(
      rows.some((row) => row.includes(` = ${time} `)),
      `no row of ${file} comes to ${time}`,
    );
  }
}
