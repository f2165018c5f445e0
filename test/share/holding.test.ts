/** What lingers: services that some agent may still answer `up` for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Report } from '../../agent/model.ts';
import { createHolding, type Holder } from '../../agent/share/holding.ts';

const silentForMs = 20_000;

function start(verdicts: Record<string, { report: Report }>) {
  const holding = createHolding({ epoch: 'life', silentForMs });
  holding.begin(0);
  const first = holding.decided(verdicts);
  return {
    holding,
    first,
    lingers: (holders: readonly Holder[], nowMs = 1) => [...holding.lingering(holders, nowMs)],
  };
}

const heard = (node: string, number: number, epoch = 'life'): Holder => ({
  ...{ node, heard: true, sinceMs: 0 },
  applied: { epoch, number },
});

test('a service lingers from the decision that takes it out until every agent has applied it', () => {
  const { holding, lingers } = start({ db: { report: 'up' }, wfe: { report: 'up' } });
  assert.deepEqual(lingers([heard('b', 1), heard('c', 1)]), []);
  assert.equal(holding.decided({ db: { report: 'down' }, wfe: { report: 'up' } }).number, 2);
  assert.deepEqual(lingers([heard('b', 1), heard('c', 1)]), ['db']);
  assert.deepEqual(lingers([heard('b', 2), heard('c', 1)]), ['db']);
  assert.deepEqual(lingers([heard('b', 2), heard('c', 2)]), []);
});

test('up again before all have applied it, it does not linger: it is held', () => {
  const { holding, lingers } = start({ db: { report: 'up' } });
  holding.decided({ db: { report: 'down' } });
  holding.decided({ db: { report: 'up' } });
  assert.deepEqual(lingers([heard('b', 1)]), []);
});

test('the same verdicts again are the same decision', () => {
  const verdicts = { db: { report: 'up' as const } };
  const { holding, first } = start(verdicts);
  assert.deepEqual(holding.decided(verdicts), first);
});

test('whoever starts to lead believes nobody’s old word', () => {
  const { holding, lingers } = start({ db: { report: 'down' } });
  assert.deepEqual(lingers([heard('b', 9, 'another life')]), ['db']);
  assert.deepEqual(lingers([heard('b', 1)]), []);
  holding.begin(50);
  assert.equal(holding.decided({ db: { report: 'down' } }).number, 2);
  assert.deepEqual(lingers([heard('b', 1)], 51), ['db']);
  assert.deepEqual(lingers([heard('b', 2)], 51), []);
});

test('a silent agent counts until it has released by itself; its last word stands meanwhile', () => {
  const { holding, lingers } = start({ db: { report: 'up' } });
  holding.decided({ db: { report: 'down' } });
  const silent = (number: number): Holder => ({ ...heard('b', number), heard: false, sinceMs: 1_000 });
  assert.deepEqual(lingers([silent(1)], 1_000 + silentForMs), ['db']);
  assert.deepEqual(lingers([silent(2)], 2_000), []);
  holding.decided({ db: { report: 'up' } });
  holding.decided({ db: { report: 'down' } });
  assert.deepEqual(lingers([silent(2)], 1_001 + silentForMs), []);
});

test('a node without an agent, or whose agent was never heard, counts for as long from the start of leading', () => {
  const { holding, lingers } = start({ db: { report: 'down' } });
  const never: Holder = { node: 'b', heard: false };
  assert.deepEqual(lingers([never], silentForMs), ['db']);
  assert.deepEqual(lingers([never], silentForMs + 1), []);
  holding.begin(100_000);
  holding.decided({ db: { report: 'down' } });
  assert.deepEqual(lingers([never], 100_001), ['db']);
});

test('an agent that is heard but answers from nobody’s word counts as a silent one', () => {
  const { lingers } = start({ db: { report: 'down' } });
  const alone: Holder = { node: 'b', heard: true, sinceMs: 0 };
  assert.deepEqual(lingers([alone], 5_000), ['db']);
  assert.deepEqual(lingers([alone], 5_000 + silentForMs), ['db']);
  assert.deepEqual(lingers([alone], 5_001 + silentForMs), []);
});

test('a node that left the list may still have its agent', () => {
  const { holding, lingers } = start({ db: { report: 'up' } });
  assert.deepEqual(lingers([heard('b', 1)], 1), []);
  holding.decided({ db: { report: 'down' } });
  assert.deepEqual(lingers([], 1_000), ['db']);
  assert.deepEqual(lingers([], 1_001 + silentForMs), []);
});

test('a clock that is set back lets nothing go early', () => {
  const { lingers } = start({ db: { report: 'down' } });
  const silent: Holder = { node: 'b', heard: false, sinceMs: 9_000_000 };
  assert.deepEqual(lingers([silent], 1_000), ['db']);
});

test('whatever the agents said and whenever: nothing is let go that one heard agent has not applied', () => {
  const step = fc.record({
    up: fc.boolean(),
    applies: fc.array(fc.constantFrom('b', 'c', 'd'), { maxLength: 3 }),
    passMs: fc.integer({ min: 0, max: 5_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const holding = createHolding({ epoch: 'life', silentForMs });
      holding.begin(0);
      /** What each agent answers right now, and which decision that is. */
      const answers = new Map(['b', 'c', 'd'].map((node) => [node, { up: true, number: 0 }]));
      let nowMs = 0;
      for (const { up, applies, passMs } of steps) {
        nowMs += passMs;
        const { number } = holding.decided({ db: { report: up ? 'up' : 'down' } });
        for (const node of applies) answers.set(node, { up, number });
        const holders = Array.from(answers, ([node, answer]) => heard(node, answer.number));
        const held = up || holding.lingering(holders, nowMs).has('db');
        assert.ok(held || ![...answers.values()].some((answer) => answer.up));
      }
    }),
  );
});
