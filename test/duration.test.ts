import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from '../agent/duration.ts';

test('lengths of time are read as people write them', () => {
  assert.equal(parseDuration('500ms'), 500);
  assert.equal(parseDuration('5s'), 5_000);
  assert.equal(parseDuration('1.5h'), 5_400_000);
  assert.equal(parseDuration('1m30s'), 90_000);
  assert.equal(parseDuration('0s'), 0);
});

test('what has no unit, or something beside it, is no length of time', () => {
  for (const text of ['', '5', '5 s', 's', '-5s', '5s!', '5x', '1m 30', 'x5s']) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

test('lengths of time are written with their two largest units', () => {
  assert.equal(formatDuration(0), '0ms');
  assert.equal(formatDuration(350), '350ms');
  assert.equal(formatDuration(90_000), '1m 30s');
  assert.equal(formatDuration(3_600_000), '1h');
  assert.equal(formatDuration(2 * 86_400_000 + 3_600_000 + 61_000), '2d 1h');
});
