/** Whose word an agent follows: what the leader stands by, not what was shared before. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStanding } from '../../agent/share/standing.ts';

const revision = (epoch: string, number: number) => ({ epoch, number });

test('a copy is believed once it is as new as what the leader answers from', () => {
  const standing = createStanding();
  standing.follow('a');
  assert.equal(standing.believes(revision('life', 3), undefined), false);
  assert.equal(standing.believes(revision('life', 3), revision('life', 4)), false);
  assert.equal(standing.believes(revision('life', 4), revision('life', 4)), true);
  assert.equal(standing.believes(revision('life', 4), revision('life', 5)), true, 'followed without a break');
});

test('a copy of another life is never the leader’s word', () => {
  const standing = createStanding();
  standing.follow('a');
  assert.equal(standing.believes(revision('life', 9), revision('next', 1)), false);
  assert.equal(standing.believes(revision('next', 1), revision('next', 1)), true);
  assert.equal(standing.believes(revision('life', 9), revision('next', 1)), false);
});

test('after a break it is judged anew, though it is the same leader', () => {
  const standing = createStanding();
  standing.follow('a');
  assert.equal(standing.believes(revision('life', 4), revision('life', 4)), true);
  standing.follow(undefined);
  assert.equal(standing.believes(revision('life', 4), revision('life', 4)), false);
  standing.follow('a');
  assert.equal(standing.believes(revision('life', 4), revision('life', 5)), false);
});
