/** While every agent is replaced by another one: by a new image, with new keys, with new rules. Nothing is to change meanwhile. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { createSecret } from '../../scripts/lab/stacks.ts';
import { api, firstSecret, replaceAgents, roll, serving } from './federated.ts';
import { lab, names, survive } from './surviving.ts';

/** Registers the tests; they leave the lab with other keys and rules. */
export function replacingTests(): void {
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
        const env = { SECRET_NAME: 'msa_secret_1_0', MSA_RULES_FILE: file, MSA_RULES_NAME: 'msa-rules-2' };
        await Promise.all(['east', 'west'].map((region) => roll(lab, region, env)));
      },
    });
    for (const node of serving(lab)) {
      const { rulesVersion } = await api<{ readonly rulesVersion: number }>(node, 'status');
      assert.equal(rulesVersion, 2, node.name);
    }
  });
}

/** In east and, at the same time, in the others one after the other: two of three regions are always there. */
async function everywhere(update: (region: string) => Promise<void>): Promise<void> {
  const others = async (): Promise<void> => {
    await update('west');
    await update('witness');
  };
  await Promise.all([update('east'), others()]);
}
