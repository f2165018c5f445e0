/** Two regions and a witness, each a whole agent without Docker: one service, external, that may run in one region. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAgent } from '../../agent/main.ts';
import type { Log } from '../../agent/model.ts';
import { readSettings } from '../../agent/settings/settings.ts';
import { freePorts, front } from '../balancers/freePorts.ts';
import { createFakeClock, settle } from '../fakeClock.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const names = ['east', 'west', 'witness'] as const;
type Name = (typeof names)[number];

async function createRegions() {
  const clock = createFakeClock();
  const folder = mkdtempSync(join(tmpdir(), 'msa-regions-'));
  const ports = await freePorts(3);
  const addressOf = (name: Name): string => `${front}:${ports[names.indexOf(name)]}`;
  const rules = join(folder, 'rules.json');
  writeFileSync(rules, '{ "version": 1, "rules": [] }');
  const external = join(folder, 'external.yml');
  writeFileSync(external, 'services: { db: { labels: { msa.probe: none, msa.max-regions: 1 } } }');
  const agents = new Map<Name, Awaited<ReturnType<typeof startAgent>>>();

  async function start(name: Name): Promise<void> {
    const others = names.filter((other) => other !== name);
    const settings = readSettings({
      ...{ MSA_REGION: name, MSA_HOST: front, MSA_PORT: '0', MSA_PEER_PORT: addressOf(name).split(':')[1] },
      MSA_PEERS: others.map((other) => `${other}=${addressOf(other)}`).join(';'),
      MSA_REGION_PRIORITY: name === 'east' ? '10' : '0',
      ...{ MSA_SECRET: 'a secret for regions under test', MSA_RULES: folder, MSA_DATA: join(folder, name) },
      ...{ MSA_DOCKER: 'none', ...(name === 'witness' ? {} : { MSA_EXTERNAL: external }) },
    });
    agents.set(name, await startAgent(settings, quiet, clock));
  }

  async function get(name: Name, path: string): Promise<Response> {
    return fetch(`http://${front}:${agents.get(name)?.port}${path}`, {
      // A connection that is kept would end by the real clock, or with an agent that ended since.
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(10_000),
    });
  }

  return {
    clock,
    start,
    get,
    async stop(name: Name): Promise<void> {
      await agents.get(name)?.[Symbol.asyncDispose]();
      agents.delete(name);
    },
    /** Lets time go on until the regions that report it up are these; never more than one is, on the way. */
    async until(wanted: string): Promise<number> {
      const fromMs = clock.now();
      for (let step = 0; step < 2_000; step += 1) {
        const asked = names.filter((name) => name !== 'witness' && agents.has(name));
        const statuses = await Promise.all(asked.map(async (name) => (await get(name, '/report/db')).status));
        const up = asked.filter((_, at) => statuses[at] === 200);
        assert.ok(up.length <= 1, `up in ${up.join(' and ')}`);
        if (up.join() === wanted) return clock.now() - fromMs;
        for (let turn = 0; turn < 5; turn += 1) await settle();
        await clock.advance(50);
      }
      throw new Error(`never up in ${wanted}`);
    },
    async [Symbol.asyncDispose]() {
      for (const agent of agents.values()) await agent[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

test('whole agents federate: one region serves, another takes over when it is gone, and hands back', async () => {
  await using regions = await createRegions();
  for (const name of names) await regions.start(name);
  await regions.until('east');
  assert.equal((await regions.get('witness', '/report/db')).status, 404);
  await regions.stop('east');
  const takenMs = await regions.until('west');
  assert.ok(takenMs > 25_000 && takenMs <= 36_000, `after ${takenMs} ms`);
  await regions.start('east');
  await regions.until('east');
});

test('a region that is left alone releases what may run in one region only', async () => {
  await using regions = await createRegions();
  for (const name of names) await regions.start(name);
  await regions.until('east');
  await regions.stop('west');
  await regions.stop('witness');
  const releasedMs = await regions.until('');
  assert.ok(releasedMs > 14_000 && releasedMs <= 18_000, `after ${releasedMs} ms`);
  await regions.start('witness');
  await regions.until('east');
});
