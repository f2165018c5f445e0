/** The shipped rules and stacks do what their tests say; and each test would fail if a rule or a label were weakened. */

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { stackServices } from '../../agent/cli/stackServices.ts';
import { runTests, type TestHooks } from '../../agent/cli/test.ts';
import { allPassed, testText } from '../../agent/cli/testText.ts';
import { parseJsonText, plainValue } from '../../agent/decide/rule/jsonText.ts';
import type { Json } from '../../agent/model.ts';

const useCases = [
  ...[
    'dependencies',
    'co-location',
    'limiting-concurrency',
    'remote-regions',
    'most-capable',
    'healthy-region',
  ],
  ...['failover', 'prevent-flapping', 'notification'],
];

/** How an instance is asked is no matter of decisions. */
const isOfProbes = (label: string): boolean => label.startsWith('msa.probe');

test('every test of the shipped rules passes', async () => {
  const files = await runTests(['rules'], undefined);
  assert.ok(
    allPassed(files),
    testText(files, (_style, text) => text, false),
  );
});

test('each use-case has its document, its stack, its rules and their test, and there are no others', () => {
  for (const name of useCases) {
    for (const file of [
      `docs/use-cases/${name}.md`,
      `stacks/use-cases/${name}.yml`,
      `rules/${name}.json`,
      `rules/${name}.test.json`,
    ])
      assert.ok(existsSync(file), file);
    const document = readFileSync(`docs/use-cases/${name}.md`, 'utf8');
    assert.ok(
      document.includes(`stacks/use-cases/${name}.yml`) && document.includes(`rules/${name}.json`),
      name,
    );
  }
  const found = globSync('docs/use-cases/*.md').map((file) => basename(file, '.md'));
  assert.deepEqual(found.toSorted(), ['README', ...useCases].toSorted());
});

test('what the documents show of stacks and rules is what stands in the files', () => {
  const squeeze = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  for (const name of useCases) {
    const document = readFileSync(`docs/use-cases/${name}.md`, 'utf8');
    const stack = new Set(
      readFileSync(`stacks/use-cases/${name}.yml`, 'utf8')
        .split('\n')
        .map((line) => line.trim()),
    );
    for (const line of fencesOf(document, 'yaml').flatMap((text) => text.split('\n')))
      assert.ok(stack.has(line.trim()), `${name}: ${line}`);
    const rules = squeeze(readFileSync(`rules/${name}.json`, 'utf8'));
    for (const text of fencesOf(document, 'jsonc')) assert.ok(rules.includes(squeeze(text)), name);
  }
});

test('a label of a stack is never a bare true or false, which Docker refuses', () => {
  for (const name of useCases)
    assert.doesNotMatch(
      readFileSync(`stacks/use-cases/${name}.yml`, 'utf8'),
      /^ +msa\.\S+: (true|false|yes|no|on|off)$/m,
      name,
    );
});

function fencesOf(document: string, language: string): readonly string[] {
  return [...document.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].flatMap(([, word, text = '']) =>
    word === language ? [text] : [],
  );
}

for (const name of useCases) {
  for (const rule of rulesIn(`rules/${name}.json`)) {
    test(`${name}: its test fails without the rule ${rule}`, async () => {
      await assertFails(name, {
        changeRules: ({ text }) => withRules(text, (one) => (one.name === rule ? [] : [one])),
      });
    });
    test(`${name}: its test fails where the rule ${rule} says the opposite`, async () => {
      const negate = (one: NamedRule): readonly NamedRule[] => [
        one.name === rule ? { ...one, if: { '!': one.if } } : one,
      ];
      await assertFails(name, { changeRules: ({ text }) => withRules(text, negate) });
    });
  }
  for (const [service, label] of await labelsIn(`stacks/use-cases/${name}.yml`)) {
    test(`${name}: its test fails without ${label} of ${service}`, async () => {
      const { [label]: _dropped, ...others } =
        (await stackServices(`stacks/use-cases/${name}.yml`))[service]?.labels ?? {};
      await assertFails(name, { changeLabels: (of, labels) => (of === service ? others : labels) });
    });
  }
}

/** Fails for what it expects, not because it can't be run. */
async function assertFails(name: string, hooks: TestHooks): Promise<void> {
  const [file, ...more] = await runTests([`rules/${name}.test.json`], undefined, hooks);
  assert.deepEqual([file?.problems, more], [[], []]);
  assert.ok(
    file?.results.some(({ differences }) => differences.some(({ what }) => what !== 'labels')),
    'every test still passes',
  );
}

interface NamedRule {
  readonly name: string;
  readonly if: Json;
}

function rulesIn(path: string): readonly string[] {
  return rulesOf(readFileSync(path, 'utf8')).map((rule) => rule.name);
}

function withRules(text: string, change: (rule: NamedRule) => readonly NamedRule[]): string {
  return JSON.stringify({ rules: rulesOf(text).flatMap(change) });
}

function rulesOf(text: string): readonly NamedRule[] {
  const parsed = parseJsonText(text);
  assert.ok(parsed.ok);
  const file = plainValue(parsed.root);
  assert.ok(isObject(file) && Array.isArray(file.rules));
  return file.rules.map((rule: Json) => {
    assert.ok(isObject(rule) && typeof rule.name === 'string' && rule.if !== undefined);
    return { ...rule, name: rule.name, if: rule.if };
  });
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function labelsIn(path: string): Promise<readonly (readonly [string, string])[]> {
  return Object.entries(await stackServices(path)).flatMap(([service, { labels }]) =>
    Object.keys(labels)
      .filter((label) => !isOfProbes(label))
      .map((label) => [service, label] as const),
  );
}
