/**
 * Three-valued answers are sound: an answer is given only where it would be the same whatever the unknown facts are.
 *
 * It can't be said as a rule test: there a state and a count of healthy instances come from the same instances, while here
 * each may be anything, or unknown alone. So the condition and the values are shown.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import jsonLogic from 'json-logic-js';
import type { Condition } from '../../agent/decide/rule/condition.ts';
import type { Json } from '../../agent/model.ts';
import { ruleSetOf } from './cases.ts';
import { conditionShown } from './shown.ts';
import { uphold } from './uphold.ts';

const fact = fc.constantFrom('a', 'b', 'c');
const numbers = fc.oneof(
  fact.map((name): Json => ({ healthy: name })),
  fc.nat(2).map((value): Json => value),
);
const conditions = fc.letrec<{ readonly tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    fact.map((name): Json => ({ up: name })),
    fc
      .tuple(fc.constantFrom('<', '>=', '=='), numbers, numbers)
      .map(([op, one, other]): Json => ({ [op]: [one, other] })),
    fc.boolean().map((value): Json => value),
    tie('tree').map((one): Json => ({ '!': one })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all): Json => ({ and: all })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any): Json => ({ or: any })),
    fc.tuple(tie('tree'), tie('tree'), tie('tree')).map((three): Json => ({ if: three })),
    fc.tuple(tie('tree'), tie('tree')).map((two): Json => ({ '===': two })),
  ),
})).tree;

/** A fact: up or down, and how many are healthy; each may be unknown. */
const values = fc.record({
  up: fc.option(fc.boolean(), { nil: undefined }),
  healthy: fc.option(fc.nat(2), { nil: undefined }),
});
const all = fc.record({ a: values, b: values, c: values });

function load(condition: Json): {
  readonly condition: Condition;
  readonly names: readonly (readonly ['a' | 'b' | 'c', 'up' | 'healthy'])[];
} {
  const set = ruleSetOf([{ name: 'r', if: condition, then: { notify: 'x', message: 'x' } }]);
  const [rule] = set.rules;
  assert.ok(rule);
  const names = set.facts.map((one) => {
    assert.ok(one.kind === 'service' && (one.service === 'a' || one.service === 'b' || one.service === 'c'));
    return [one.service, one.field === 'state' ? ('up' as const) : ('healthy' as const)] as const;
  });
  return { condition: rule.condition, names };
}

/** The condition as JSON Logic alone would see it, with every fact known. */
function plain(
  condition: Json,
  given: { readonly [name: string]: { readonly up: boolean; readonly healthy: number } },
): unknown {
  const text = JSON.stringify(condition)
    .replaceAll(/\{"up":"(\w)"\}/g, (_, name: string) => String(given[name]?.up))
    .replaceAll(/\{"healthy":"(\w)"\}/g, (_, name: string) => String(given[name]?.healthy));
  return jsonLogic.apply(JSON.parse(text));
}

test('an answer on unknown facts is the answer on all that they could be', () => {
  uphold({
    cases: fc.record({ written: conditions, given: all }),
    runs: 3000,
    shown: ({ written, given }) => conditionShown(written, given),
    *laws({ written, given }) {
      const { condition, names } = load(written);
      const answer = condition.answer((index) => {
        const [name, field] = names[index] ?? ['a', 'up'];
        const value = given[name][field];
        return typeof value === 'boolean' ? (value ? 'up' : 'down') : value;
      });
      const possible = new Set<unknown>();
      for (const a of worldsOf(given.a))
        for (const b of worldsOf(given.b))
          for (const c of worldsOf(given.c)) possible.add(plain(written, { a, b, c }));
      const isRight = isDeepStrictEqual([...possible], [answer]);
      const could = `it says ${answer}, and could be ${[...possible].join(' or ')}`;
      yield { holds: answer === undefined || isRight, otherwise: could, way: undefined };
      const known = Object.values(given).every((one) => one.up !== undefined && one.healthy !== undefined);
      yield { holds: !known || isRight, otherwise: `all is known, and ${could}`, way: undefined };
    },
  });
});

function worldsOf({
  up,
  healthy,
}: {
  readonly up: boolean | undefined;
  readonly healthy: number | undefined;
}) {
  const ups = up === undefined ? [true, false] : [up];
  const counts = healthy === undefined ? [0, 1, 2] : [healthy];
  return ups.flatMap((one) => counts.map((count) => ({ up: one, healthy: count })));
}
