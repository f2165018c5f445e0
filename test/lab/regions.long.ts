/** Two regions and a witness, while quorum is lost, and while all agents, keys or rules are replaced: `npm run test:long`. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { createSecret } from '../../scripts/lab/stacks.ts';
import { api, firstSecret, replaceAgents, roll, serving } from './federated.ts';
import { answers, lab, names, survive, takenOverMs } from './surviving.ts';

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
