/** When a region is in touch, and when it is isolated. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isIsolated, majorityAtMs, silenceFromMs, touched } from '../../agent/share/isolation.ts';

test('a majority counts this region: one other of two, two others of three or four', () => {
  assert.equal(majorityAtMs([], 9), 9);
  assert.equal(majorityAtMs([5], 9), 5);
  assert.equal(majorityAtMs([5, 7], 9), 7);
  assert.equal(majorityAtMs([5, 7, 3], 9), 5);
  assert.equal(majorityAtMs([5, 7, 3, 1], 9), 5);
  assert.equal(majorityAtMs([undefined], 9), undefined);
  assert.equal(majorityAtMs([undefined, 7], 9), 7);
  assert.equal(majorityAtMs([undefined, 7, undefined], 9), undefined);
});

test('of two parts that do not hear each other at most one has a majority', () => {
  const regions = fc.integer({ min: 2, max: 9 });
  fc.assert(
    fc.property(
      regions.chain((count) => fc.array(fc.boolean(), { minLength: count, maxLength: count })),
      (sides) => {
        const inTouch = sides.map((side, self) => {
          const others = sides.filter((_, other) => other !== self);
          return (
            majorityAtMs(
              others.map((other) => (other === side ? 1 : undefined)),
              1,
            ) !== undefined
          );
        });
        const parts = new Set(sides.filter((_, at) => inTouch[at]));
        assert.ok(parts.size <= 1);
      },
    ),
  );
});

test('being in touch goes on over small breaks, and starts anew after a long one; old news changes nothing', () => {
  const first = touched(undefined, 100, 30);
  assert.deepEqual(first, { atMs: 100, sinceMs: 100 });
  assert.deepEqual(touched(first, 130, 30), { atMs: 130, sinceMs: 100 });
  assert.deepEqual(touched(first, 131, 30), { atMs: 131, sinceMs: 131 });
  assert.equal(touched(first, 90, 30), first);
});

test('a region is isolated from its start until it is in touch, and when it was not for long enough', () => {
  assert.equal(isIsolated(undefined, 15, 100), true);
  assert.equal(isIsolated({ atMs: 85, sinceMs: 0 }, 15, 100), false);
  assert.equal(isIsolated({ atMs: 84, sinceMs: 0 }, 15, 100), true);
});

test('the silence of others counts from when this region was in touch without a break', () => {
  assert.equal(silenceFromMs({ atMs: 98, sinceMs: 40 }, 3, 100), 40);
  assert.equal(silenceFromMs({ atMs: 90, sinceMs: 40 }, 3, 100), 100);
  assert.equal(silenceFromMs(undefined, 3, 100), 100);
});
