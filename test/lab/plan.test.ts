import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodesOf, parsePlan } from '../../scripts/lab/plan.ts';

test('words give the size of each region', () => {
  assert.deepEqual(parsePlan(['east=3m+1w', 'west=1m']), {
    east: { managers: 3, workers: 1 },
    west: { managers: 1, workers: 0 },
  });
});

for (const wrong of [
  'east',
  'east=',
  'east=0m',
  'east=1w',
  'East=1m',
  'e/st=1m',
  'east=1m+w',
  '=1m',
  'east=100m',
]) {
  test(`"${wrong}" is refused, with an example of what is meant`, () => {
    assert.throws(() => parsePlan([wrong]), /is not a region: write each once, as in east=3m\+1w/);
  });
}

test('a region named twice, and no region at all, are refused', () => {
  assert.throws(() => parsePlan(['east=1m', 'east=1m']), /write each once/);
  assert.throws(() => parsePlan([]), /needs a region/);
});

test('each node has a name that tells its region and role, and an address of its own', () => {
  const nodes = nodesOf(parsePlan(['east=2m+1w', 'west=1m']));
  assert.deepEqual(
    nodes.map(({ name, address }) => `${name} ${address}`),
    ['east-m1 10.77.1.1', 'east-m2 10.77.1.2', 'east-w1 10.77.1.101', 'west-m1 10.77.2.1'],
  );
});
