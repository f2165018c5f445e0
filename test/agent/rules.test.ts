/** Rule files that change while an agent runs: what load balancers hear, and what people see. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestRegion } from './region.ts';

/** Takes wfe out of service, with that message. */
const rules = (message: string) =>
  JSON.stringify({
    version: 1,
    rules: [
      {
        name: 'closed',
        if: { up: 'wfe' },
        // biome-ignore lint/suspicious/noThenProperty: it is the word of the rule language.
        then: { service: 'wfe', report: 'down', message },
      },
    ],
  });

const alone = {
  nodes: ['m1'],
  services: { wfe: { on: ['m1'] } },
  rules: { 'shop.json': rules('closed on Sundays') },
};
const message = (words: string) => (answer: { readonly message: string }) => answer.message.includes(words);

test('new rules are in force without a restart', async () => {
  await using region = await createTestRegion(alone);
  await region.start('m1');
  await region.until('m1', 'wfe', message('closed on Sundays'));
  region.writeRules('shop.json', rules('closed for good'));
  const answers = await region.until('m1', 'wfe', message('closed for good'));
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([503]));
});

test('new rules with a mistake are refused: the old ones stay, and the page says which file, where, and what to do', async () => {
  await using region = await createTestRegion(alone);
  await region.start('m1');
  await region.until('m1', 'wfe', message('closed on Sundays'));
  region.writeRules('shop.json', rules('closed for good').replace('"up"', '"upp"'));
  // A file without a mistake beside it does not count either: all or nothing.
  region.writeRules('other.json', '{ "version": 1, "rules": [] }');
  await region.pass(5_000);
  assert.deepEqual(await region.problems('m1'), ['rules-refused']);
  assert.match(
    await region.page('m1'),
    /New rules are refused, the ones before stay: shop\.json:1:\d+: .*upp/,
  );
  assert.match(await region.page('m1'), /did you mean .*up/);
  assert.match((await region.ask('m1', 'wfe')).message, /closed on Sundays/);

  region.writeRules('shop.json', rules('closed for good'));
  await region.until('m1', 'wfe', message('closed for good'));
  assert.deepEqual(await region.problems('m1'), []);
});

test('an agent whose first rules have a mistake goes on by the labels alone, and says so', async () => {
  await using region = await createTestRegion({ ...alone, rules: { 'shop.json': '{ "version": 1, ' } });
  await region.start('m1');
  await region.until('m1', 'wfe', ({ report }) => report === 'up');
  assert.deepEqual(await region.problems('m1'), ['rules-refused']);
});
