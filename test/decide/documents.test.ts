/** What stands in rules/ is what the code says. `UPDATE=1 node --test` writes it anew. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderRulesReference } from '../../agent/decide/reference.ts';
import { loadRules } from '../../agent/decide/rule/load.ts';
import { ownOperators, standardOperators } from '../../agent/decide/rule/operators.ts';
import { rulesSchema } from '../../agent/decide/rule/schema.ts';

const folder = new URL('../../rules/', import.meta.url);

function assertWritten(name: string, text: string): void {
  const file = new URL(name, folder);
  if (process.env.UPDATE === '1') writeFileSync(file, text);
  assert.equal(readFileSync(file, 'utf8'), text, `rules/${name} is old: write it anew with npm run generate`);
}

test('rules/README.md is the reference of the code', () => {
  assertWritten('README.md', renderRulesReference());
});

test('rules/schema.json is the schema of the code', () => {
  assertWritten('schema.json', `${JSON.stringify(rulesSchema(), null, 2)}\n`);
});

test('every example of the reference is a condition or part of one', () => {
  const all = [...Object.entries(ownOperators), ...Object.entries(standardOperators)];
  for (const [name, { example, gives }] of all) {
    const condition = gives === 'number' || gives === 'list' ? { '!!': example } : example;
    const text = JSON.stringify({
      rules: [{ name: 'r', if: condition, then: { notify: 'x', message: 'x' } }],
    });
    const loaded = loadRules([{ name, text }]);
    assert.ok(loaded.ok, `${name}: ${loaded.ok ? '' : loaded.problems[0]?.message}`);
  }
});

test('the rule file in the reference is a good one', () => {
  const [, text = ''] = /```jsonc\n([\s\S]*?)```/.exec(renderRulesReference()) ?? [];
  const loaded = loadRules([{ name: 'README.md', text }]);
  assert.ok(loaded.ok, JSON.stringify(loaded));
});
