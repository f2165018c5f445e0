/** The reference of the rules shows what the code does. That rules/ holds it, test/documents.test.ts checks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderRulesReference } from '../../agent/decide/reference.ts';
import { loadRules } from '../../agent/decide/rule/load.ts';
import { ownOperators, standardOperators } from '../../agent/decide/rule/operators.ts';

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
