/** Feeds: what a follower gets, and what it costs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCopy } from '../../agent/share/copy.ts';
import { createFeed } from '../../agent/share/feed.ts';
import {
  type Cursor,
  type Delta,
  PROTOCOL,
  readAnswer,
  readCursor,
  writeCursor,
} from '../../agent/share/wire.ts';
import { settle } from '../fakeClock.ts';

const at = (epoch: string, seq: number): Cursor => ({ epoch, seq });

test('a follower without a cursor gets the whole set, and after that only what changed', () => {
  const feed = createFeed({ epoch: 'e' });
  feed.set('a', { n: 1 });
  feed.set('b', { n: 1 });
  assert.deepEqual(feed.read(undefined), {
    epoch: 'e',
    seq: 2,
    full: true,
    docs: { a: { n: 1 }, b: { n: 1 } },
  });
  feed.set('b', { n: 2 });
  assert.deepEqual(feed.read(at('e', 2)), { epoch: 'e', seq: 3, full: false, docs: { b: { n: 2 } } });
  assert.equal(feed.read(at('e', 3)), undefined);
});

test('a deleted document travels as null', () => {
  const feed = createFeed({ epoch: 'e' });
  feed.set('a', {});
  feed.set('b', {});
  feed.delete('a');
  assert.deepEqual(feed.read(at('e', 2))?.docs, { a: null });
});

test('the same content again is no change', () => {
  const feed = createFeed({ epoch: 'e' });
  feed.set('a', { deep: [{ n: 1 }] });
  feed.set('a', { deep: [{ n: 1 }] });
  feed.delete('never there');
  assert.equal(feed.seq, 1);
});

test('an unknown epoch and a cursor ahead of the feed get the whole set', () => {
  const feed = createFeed({ epoch: 'e' });
  feed.set('a', {});
  assert.equal(feed.read(at('other', 1))?.full, true);
  assert.equal(feed.read(at('e', 99))?.full, true);
});

test('a cursor older than the log gets the whole set, and the log stays bounded', () => {
  const feed = createFeed({ epoch: 'e', logLength: 4 });
  for (let n = 1; n <= 100; n += 1) feed.set('counter', { n });
  assert.equal(feed.read(at('e', 1))?.full, true);
  assert.deepEqual(feed.read(at('e', 99)), {
    epoch: 'e',
    seq: 100,
    full: false,
    docs: { counter: { n: 100 } },
  });
});

test('one change among very many documents travels alone', () => {
  const feed = createFeed({ epoch: 'e' });
  for (let n = 0; n < 20_000; n += 1) feed.set(`doc/${n}`, { n });
  const before = feed.seq;
  feed.set('doc/7', { n: -1 });
  assert.deepEqual(feed.read(at('e', before))?.docs, { 'doc/7': { n: -1 } });
});

test('followers at the same cursor share one delta', () => {
  const feed = createFeed({ epoch: 'e' });
  feed.set('a', {});
  feed.set('b', {});
  assert.equal(feed.read(at('e', 1)), feed.read(at('e', 1)));
  assert.equal(feed.read(undefined), feed.read(at('older life', 12)));
});

test('replace deletes what is gone under its prefix, and leaves the rest alone', () => {
  const feed = createFeed({ epoch: 'e' });
  feed.set('x/1', { n: 1 });
  feed.set('x/2', { n: 2 });
  feed.set('y/1', { n: 1 });
  const before = feed.seq;
  feed.replace(
    'x/',
    new Map([
      ['x/2', { n: 2 }],
      ['x/3', { n: 3 }],
    ]),
  );
  assert.deepEqual(feed.read(at('e', before))?.docs, { 'x/1': null, 'x/3': { n: 3 } });
  assert.deepEqual([...feed.docs.keys()].sort(), ['x/2', 'x/3', 'y/1']);
});

test('listeners wake once for all changes of one run, and not after they left', async () => {
  const feed = createFeed({ epoch: 'e' });
  let woken = 0;
  const leave = feed.listen(() => {
    woken += 1;
  });
  feed.set('a', {});
  feed.set('b', {});
  feed.delete('a');
  assert.equal(woken, 0);
  await settle();
  assert.equal(woken, 1);
  leave();
  feed.set('c', {});
  await settle();
  assert.equal(woken, 1);
});

test('whatever happens to a feed, a follower that reads now and then has the same documents', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), key, n: fc.nat(3) }),
    fc.record({ kind: fc.constant('delete' as const), key }),
    fc.record({ kind: fc.constant('read' as const) }),
    fc.record({ kind: fc.constant('restart' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let life = 0;
      let feed = createFeed({ epoch: 'e0', logLength: 3 });
      const copy = createCopy(1_000);
      const read = (): void => {
        const delta = feed.read(copy.cursor);
        if (delta !== undefined) assert.equal(copy.take(overTheWire(delta)).ok, true);
      };
      for (const each of steps) {
        if (each.kind === 'set') feed.set(each.key, { n: each.n });
        else if (each.kind === 'delete') feed.delete(each.key);
        else if (each.kind === 'read') read();
        else feed = createFeed({ epoch: `e${++life}`, logLength: 3 });
      }
      read();
      assert.deepEqual(new Map([...copy.docs].sort()), new Map([...feed.docs].sort()));
    }),
    { numRuns: 1_000 },
  );
});

test('a cursor is read back as it was written, and nonsense is no cursor', () => {
  assert.deepEqual(readCursor(writeCursor(at('0b-c', 12))), at('0b-c', 12));
  for (const bad of [
    '',
    '.',
    'e',
    'e.',
    '.1',
    'e.-1',
    'e.1.5',
    'e.1e9',
    `${'e'.repeat(65)}.1`,
    'e.9999999999999999',
    'é.1',
  ]) {
    assert.equal(readCursor(bad), undefined, bad);
  }
});

function overTheWire(delta: Delta) {
  const answer = readAnswer(JSON.parse(JSON.stringify({ protocol: PROTOCOL, ...delta })));
  assert.ok(answer);
  return answer;
}
