/**
 * Two regions and a witness, while links, agents, engines and whole regions fail. On every node a client asks for every service
 * 20 times a second; the record is judged, and its sum printed as the table that docs/reliability.md explains.
 */

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { createLab, type Lab, type LabNode, openLab } from '../../scripts/lab/lab.ts';
import { createSecret, regionsOf, reported } from '../../scripts/lab/stacks.ts';
import { until } from '../../scripts/lab/until.ts';
import {
  api,
  asUsual,
  createFederatedLab,
  leaderOf,
  limited,
  replaceAgents,
  roll,
  serving,
  times,
  trace,
} from './federated.ts';
import { type Expected, summarise } from './record.ts';
import { type Row, table } from './summaryTable.ts';

let lab: Lab;
const rows: Row[] = [];
before(async () => {
  lab = process.env.DEV_LAB ? await openLab(process.env.DEV_LAB) : await createFederatedLab();
});
after(async () => {
  console.log(table(rows).join('\n'));
  await lab[Symbol.asyncDispose]();
});

/** From a region's end to the first "up" elsewhere; the last second is for the decision to reach every node. */
const takenOverMs = times.lostAfterMs + times.staleAfterMs + times.heartbeatMs + times.tickMs + 1000;

interface Failure extends Partial<Pick<Expected, 'away' | 'touches'>> {
  /** How long a limited service may be up nowhere. Untouched ones never are, but for the way of an answer. */
  readonly withoutMs?: number;
  /** Breaks something, sees what comes of it, and mends it. */
  readonly happens: () => Promise<void>;
}

/** Records all nodes from before the failure until all is as usual again, and judges the record. */
async function survive(
  failure: string,
  { away = [], touches = () => false, withoutMs = 1000, happens }: Failure,
) {
  await asUsual(lab);
  const tracing = trace(lab);
  try {
    await happens();
    await asUsual(lab);
  } finally {
    const traces = await tracing.stop();
    const summary = summarise(traces, { away, touches, limited });
    rows.push({ failure, ...summary, boundMs: withoutMs });
    console.log(table(rows.slice(-1)).join('\n'));
    assert.deepEqual(summary.missing, [], 'no answer is missing');
    assert.deepEqual(summary.changed, [], 'no answer about what is not touched changes');
    assert.ok(summary.mostUpAtOnce <= 1, 'what is limited is up in one region at a time');
    assert.ok(summary.longestWithoutMs <= withoutMs, `for ${summary.longestWithoutMs} ms it was up nowhere`);
  }
}

const names = (nodes: readonly LabNode[]): readonly string[] => nodes.map(({ name }) => name);

async function answers(node: string, service: string, status: number): Promise<void> {
  await until(
    `${node} answers ${status} for ${service}`,
    async () => (await reported(lab.node(node), service)) === status,
  );
}

/** Until so much time has gone by: for failures that must change nothing however long they last. */
async function lasts(ms: number): Promise<void> {
  const sinceMs = performance.now();
  await until('it has lasted', () => performance.now() - sinceMs > ms, { withinMs: 2 * ms });
}

test('a region that is cut off releases what the other one then takes over', async () => {
  await survive('region cut', {
    touches: (service) => service === 'db' || service === 'wfe',
    withoutMs: takenOverMs,
    async happens() {
      await Promise.all(['east', 'witness'].map((other) => lab.cutLink('west', other)));
      await Promise.all(
        serving(lab).map(({ name, region }) => answers(name, 'wfe', region === 'east' ? 200 : 503)),
      );
      await Promise.all(['east', 'witness'].map((other) => lab.healLink('west', other)));
    },
  });
});

test('a cut between two regions that both hear the witness changes nothing', async () => {
  await survive('link cut', {
    async happens() {
      await lab.cutLink('east', 'west');
      await lasts(times.lostAfterMs + times.staleAfterMs);
      await lab.healLink('east', 'west');
    },
  });
});

test('a link that comes and goes changes nothing', async () => {
  await survive('link flapping', {
    async happens() {
      for (const ms of [200, 500, 1000, 1700, 300, 1700, 1000, 500]) {
        await Promise.all(['east', 'witness'].map((other) => lab.cutLink('west', other)));
        await lasts(ms);
        await Promise.all(['east', 'witness'].map((other) => lab.healLink('west', other)));
        await lasts(ms);
      }
    },
  });
});

test("the end of the leader's agent changes nothing", async () => {
  const leader = await leaderOf(lab, 'east');
  await survive("leader's agent killed", {
    away: [leader.name],
    async happens() {
      const agent = (await leader.docker(['ps', '--quiet', '--filter', 'name=msa_agent'])).trim();
      await leader.docker(['kill', agent]);
      await until('it is gone', async () => (await reported(leader, 'news')) === undefined);
    },
  });
});

test("the end of the leader's engine changes nothing", async () => {
  const leader = await leaderOf(lab, 'east');
  await survive("leader's engine stopped", {
    away: [leader.name],
    async happens() {
      await leader.stopEngine();
      await leader.startEngine();
    },
  });
});

test("when the leader's node is cut off, that node alone releases", async () => {
  const leader = await leaderOf(lab, 'east');
  await survive("leader's node cut", {
    touches: (service, node) => service === 'ledger' && node === leader.name,
    async happens() {
      await leader.cut();
      await answers(leader.name, 'ledger', 503);
      await leader.heal();
    },
  });
});

test('a region whose managers have lost their quorum serves on, but for what another one may take over', async () => {
  const lost = [lab.node('east-m2'), lab.node('east-m3')];
  await survive('quorum lost', {
    away: names(lost),
    touches: (service) => service === 'ledger',
    withoutMs: takenOverMs,
    async happens() {
      await Promise.all(lost.map((node) => node.killEngine()));
      await Promise.all(['west-m1', 'west-w1'].map((name) => answers(name, 'ledger', 200)));
      await Promise.all(lost.map((node) => node.startEngine()));
    },
  });
});

test('new images, one agent after the other, change nothing', async () => {
  await survive('rolling image update', {
    away: names(lab.nodes),
    async happens() {
      for (const region of regionsOf(lab)) await replaceAgents(lab, region);
    },
  });
});

test('new rules, one agent after the other, change nothing and reach all', async () => {
  const file = path.join(import.meta.dirname, 'stacks/rules-2.json');
  await survive('rolling rules update', {
    away: names(serving(lab)),
    async happens() {
      for (const region of ['east', 'west']) {
        await roll(lab, region, { MSA_RULES_FILE: file, MSA_RULES_NAME: 'msa-rules-2' });
      }
    },
  });
  for (const node of serving(lab)) {
    const { rulesVersion } = await api<{ readonly rulesVersion: number }>(node, 'status');
    assert.equal(rulesVersion, 2, node.name);
  }
});

test('a whole region that stops and starts leaves the other as it was', async () => {
  const region = lab.region('east');
  await survive('whole region restarted', {
    away: names(region),
    touches: (service) => service === 'ledger',
    withoutMs: takenOverMs,
    async happens() {
      await Promise.all(region.map((node) => node.stopEngine()));
      await answers('west-w1', 'ledger', 200);
      await Promise.all(region.map((node) => node.startEngine()));
    },
  });
});
