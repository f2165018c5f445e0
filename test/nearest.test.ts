import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../agent/nearest.ts';

test('the nearest known word is what a misspelt one most likely meant', () => {
  assert.equal(nearest('depnds-on', ['depends-on', 'priority']), 'depends-on');
  assert.equal(nearest('bd', ['db', 'app']), 'db');
  assert.equal(nearest('WFE', ['wfe']), 'wfe');
  assert.equal(nearest('exactly', ['exactly', 'exactlx']), 'exactly');
});

test('a word that is like none of the known ones meant none of them', () => {
  assert.equal(nearest('x', ['db', 'app']), undefined);
  assert.equal(nearest('depends-on', ['priority', 'healthy.min']), undefined);
  assert.equal(nearest('anything', []), undefined);
});
