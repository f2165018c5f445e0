/**
 * Two regions and a witness, while links, agents, engines and whole regions fail. On every node a client asks for every service
 * 20 times a second; the record is judged, and its sum printed as the table that docs/reliability.md explains.
 */

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Lab, type LabNode, openLab } from '../../scripts/lab/lab.ts';
import { createSecret, reported } from '../../scripts/lab/stacks.ts';
import { until } from '../../scripts/lab/until.ts';
import {
  api,
  asUsual,
  createFederatedLab,
  firstSecret,
  leaderOf,
  limited,
  replaceAgents,
  roll,
  serving,
  times,
  trace,
} from './federated.ts';
import { type Expected, type Summary, summarise } from './record.ts';
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

interface Failure extends Partial<Pick<Expected, 'away' | 'times' | 'touches'>> {
  /** How long a limited service may be up nowhere. Untouched ones never are, but for the way of an answer. */
  readonly withoutMs?: number;
  /** Breaks something, and waits for what comes of it. */
  readonly breaks: () => Promise<void>;
  readonly mends?: () => Promise<void>;
}

/** Records all nodes from before the failure until all is as usual again, and judges the record. */
async function survive(failure: string, expected: Failure): Promise<void> {
  const { away = [], touches = () => false, withoutMs = 1000, breaks, mends } = expected;
  await asUsual(lab);
  const tracing = trace(lab);
  let summary: Summary;
  try {
    await breaks();
  } finally {
    await mends?.();
    await asUsual(lab);
    summary = summarise(await tracing.stop(), { ...expected, away, touches, limited });
    rows.push({ failure, ...summary, boundMs: withoutMs });
  }
  assert.deepEqual(summary.missing.slice(0, 9), [], `missing answers: ${summary.missing.length}`);
  assert.deepEqual(summary.changed.slice(0, 9), [], `changed answers: ${summary.changed.length}`);
  assert.deepEqual(summary.overlaps, [], 'what is limited is up in one region at a time');
  assert.ok(summary.longestWithoutMs <= withoutMs, `for ${summary.longestWithoutMs} ms it was up nowhere`);
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
  await until('it has lasted', () => performance.now() - sinceMs > ms, { withinMs: 2 * ms + 1000 });
}

/** All links of west to the others. */
const cutWest = () => Promise.all(['east', 'witness'].map((other) => lab.cutLink('west', other)));
const healWest = async () => {
  await Promise.all(['east', 'witness'].map((other) => lab.healLink('west', other)));
};

test('a region that is cut off releases what the other one then takes over', async () => {
  await survive('region cut', {
    touches: (service) => service === 'db' || service === 'wfe',
    withoutMs: takenOverMs,
    async breaks() {
      await cutWest();
      await Promise.all(
        serving(lab).map(({ name, region }) => answers(name, 'wfe', region === 'east' ? 200 : 503)),
      );
    },
    mends: healWest,
  });
});

test('a cut between two regions that both hear the witness changes nothing', async () => {
  await survive('link cut', {
    async breaks() {
      await lab.cutLink('east', 'west');
      await lasts(times.lostAfterMs + times.staleAfterMs);
    },
    mends: () => lab.healLink('east', 'west'),
  });
});

test('links that come and go change nothing', async () => {
  await survive('link flapping', {
    async breaks() {
      for (const ms of [200, 1000, 500, 800, 1000, 300, 1000, 700, 1000]) {
        await cutWest();
        await lasts(ms);
        await healWest();
        await lasts(ms);
      }
    },
    mends: healWest,
  });
});

test("the end of the leader's agent changes nothing", async () => {
  const leader = await leaderOf(lab, 'east');
  await survive("leader's agent killed", {
    away: [leader.name],
    async breaks() {
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
    // An engine that comes back may start its old task first, and then another one in its place.
    times: 2,
    breaks: () => leader.stopEngine(),
    mends: () => leader.startEngine(),
  });
});

test("when the leader's node is cut off, that node alone releases", async () => {
  const leader = await leaderOf(lab, 'east');
  await survive("leader's node cut", {
    touches: (service, node) => service === 'ledger' && node === leader.name,
    async breaks() {
      await leader.cut();
      await answers(leader.name, 'ledger', 503);
    },
    mends: () => leader.heal(),
  });
});

test('a region whose managers lose their quorum serves on, but for what another one may take over', async () => {
  const lost = [lab.node('east-m2'), lab.node('east-m3')];
  await survive('quorum lost', {
    away: names(lost),
    times: 2,
    touches: (service) => service === 'ledger',
    withoutMs: takenOverMs,
    async breaks() {
      await Promise.all(lost.map((node) => node.killEngine()));
      await Promise.all(['west-m1', 'west-w1'].map((name) => answers(name, 'ledger', 200)));
    },
    async mends() {
      await Promise.all(lost.map((node) => node.startEngine()));
    },
  });
});

/** In east and, at the same time, in the others one after the other: two of three regions are always there. */
async function everywhere(update: (region: string) => Promise<void>): Promise<void> {
  const others = async (): Promise<void> => {
    await update('west');
    await update('witness');
  };
  await Promise.all([update('east'), others()]);
}

test('new images, one agent after the other, change nothing', async () => {
  await survive('rolling image update', {
    away: names(lab.nodes),
    async breaks() {
      await everywhere((region) => replaceAgents(lab, region));
    },
  });
});

// Told to one agent after the other, in three steps, as docs/security.md has it: each accepts what another one may sign with.
const next = 'the second secret of the lab';
for (const [step, secrets] of [
  ['behind the old one', [firstSecret, next]],
  ['before the old one', [next, firstSecret]],
  ['alone', [next]],
] as const) {
  test(`a new secret ${step} changes nothing`, async () => {
    const name = `msa_secret_${secrets.length}_${secrets.indexOf(next)}`;
    await survive(`key rotation: new ${step}`, {
      away: names(lab.nodes),
      async breaks() {
        await everywhere(async (region) => {
          await createSecret(lab, region, secrets.join('\n'), name);
          await roll(lab, region, { SECRET_NAME: name });
        });
      },
    });
  });
}

test('new rules, one agent after the other, change nothing and reach all', async () => {
  const file = path.join(import.meta.dirname, 'stacks/rules-2.json');
  await survive('rolling rules update', {
    away: names(serving(lab)),
    async breaks() {
      for (const region of ['east', 'west']) {
        await roll(lab, region, {
          SECRET_NAME: 'msa_secret_1_0',
          MSA_RULES_FILE: file,
          MSA_RULES_NAME: 'msa-rules-2',
        });
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
    times: 2,
    touches: (service) => service === 'ledger',
    withoutMs: takenOverMs,
    async breaks() {
      await Promise.all(region.map((node) => node.stopEngine()));
      await answers('west-w1', 'ledger', 200);
    },
    async mends() {
      await Promise.all(region.map((node) => node.startEngine()));
    },
  });
});
