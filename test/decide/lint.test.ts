/** What is legal and odd is told; what is neither is not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lintRules } from '../../agent/decide/lint/lintRules.ts';
import type { Json } from '../../agent/model.ts';
import { cases, reportRules, ruleSetOf } from './cases.ts';
import { rules } from './make.ts';

const down = { service: 'app', report: 'down' };

function findings(...list: readonly Json[]): readonly string[] {
  return lintRules(rules(...list)).map(({ rule, message }) => `${rule}: ${message}`);
}

const rule = (condition: Json, more: { readonly [key: string]: Json } = {}) => ({
  name: 'r',
  if: condition,
  then: down,
  ...more,
});

test('a condition that contradicts itself is never true', () => {
  const never = 'r: the condition is never true, so its "then" never happens';
  assert.deepEqual(findings(rule({ and: [{ up: 'db' }, { '!': { up: 'db' } }] })), [never]);
  assert.deepEqual(
    findings(rule({ and: [{ '>': [{ healthy: 'db' }, 3] }, { '<': [{ healthy: 'db' }, 4] }] })),
    [never],
  );
  assert.deepEqual(findings(rule({ and: [{ has: ['db', 'role', 'a'] }, { has: ['db', 'role', 'b'] }] })), [
    never,
  ]);
  assert.deepEqual(findings(rule({ '<': [{ healthy: 'db' }, 0] })), [never]);
});

test('a condition with a way out of every case is always true, and its else never happens', () => {
  const always = 'r: the condition is always true, so its "else" never happens';
  assert.deepEqual(findings(rule({ or: [{ up: 'db' }, { '!': { up: 'db' } }] }, { else: down })), [always]);
  assert.deepEqual(findings(rule({ '>=': [{ healthy: 'db' }, 0] })), ['r: the condition is always true']);
});

test('what may be either way, or can not be told, is not complained of', () => {
  for (const condition of [
    true,
    { up: 'db' },
    { '>': [{ healthy: 'db' }, { healthy: 'app' }] },
    { '>': [{ '+': [{ healthy: 'db' }, 1] }, 2] },
    { and: [{ '>': [{ healthy: 'db' }, 3] }, { '<': [{ healthy: 'db' }, 5] }] },
    { '==': [{ var: 'region.name' }, 'east'] },
    { or: [{ lost: 'west' }, { '!': { up: 'west/db' } }] },
  ])
    assert.deepEqual(findings(rule(condition)), [], JSON.stringify(condition));
});

test('a rule that a later one always overwrites is told, with that one', () => {
  const later = (more: { readonly [key: string]: Json }) => ({
    name: 'later',
    order: 5,
    if: { up: 'db' },
    then: { service: '*', report: 'up' },
    ...more,
  });
  const hidden =
    'r: the "report" of its "then" never shows: the rule "later" (test.json:1) comes later and always overwrites it';
  assert.deepEqual(findings(rule({ up: 'db' }), later({})), [hidden]);
  assert.deepEqual(findings(rule({ up: 'x' }), later({ if: true })), [hidden]);
  assert.deepEqual(
    findings(rule({ up: 'db' }, { regions: ['east'] }), later({ regions: ['east', 'west'] })),
    [hidden],
  );
  for (const more of [
    { if: { up: 'other' } },
    { regions: ['east'] },
    { for: '1m' },
    { order: -1 },
    { then: { service: 'b', report: 'up' } },
  ])
    assert.deepEqual(findings(rule({ up: 'db' }), later(more)), [], JSON.stringify(more));
});

test('regions whose rules read the report that the other sets are a loop, and state breaks it', () => {
  const follows = (own: string, other: string, field: string) => ({
    ...{ name: own, regions: [own], if: { '==': [{ var: `${other}/app.${field}` }, 'up'] }, then: down },
  });
  assert.deepEqual(findings(follows('east', 'west', 'report'), follows('west', 'east', 'report')), [
    'east: a feedback loop between regions: it sets the report of app in east by the report of app in west, which depends on it in turn',
    'west: a feedback loop between regions: it sets the report of app in west by the report of app in east, which depends on it in turn',
  ]);
  assert.deepEqual(findings(follows('east', 'west', 'state'), follows('west', 'east', 'state')), []);
  assert.deepEqual(findings(follows('east', 'west', 'report')), []);
});

test('one rule for every region that reads the report of every region is a loop by itself', () => {
  const found = findings(rule({ reported: '*/db' }, { then: { service: 'app', report: 'down' } }), {
    ...{ name: 's', if: { reported: '*/app' }, then: { service: 'db', report: 'down' } },
  });
  assert.equal(found.length, 2);
  assert.match(found[0] ?? '', /feedback loop between regions/);
});

test('reports that are set by each other within a region are told', () => {
  const found = findings(rule({ reported: 'db' }), {
    name: 's',
    if: { reported: 'app' },
    then: { service: 'db', report: 'down' },
  });
  assert.equal(
    found[0],
    'r: it sets the report of app by the report of db, which depends on it in turn: one of the two is what was decided the last time',
  );
});

test('looking for what is odd never throws, whatever the rules', () => {
  fc.assert(
    fc.property(reportRules, (list) => {
      lintRules(ruleSetOf(list));
    }),
    cases(200),
  );
});
