/** Whose word a copy of the region's feed takes, and when. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFeed } from '../../agent/share/feed.ts';
import type { Follower } from '../../agent/share/follower.ts';
import { createRegionCopy } from '../../agent/share/regionCopy.ts';

interface Followed {
  readonly origin: string;
  ended: boolean;
  /** The followed agent's feed reads so from now on. */
  say(docs: Readonly<Record<string, object>>): void;
}

/** A copy whose followers the test speaks for. */
function createSubject() {
  const feed = createFeed({ epoch: 'own' });
  const followed: Followed[] = [];
  const copy = createRegionCopy({
    feed,
    onChange: () => {},
    follow(origin, _feed, onChange) {
      const docs = new Map<string, object>();
      const each: Followed = {
        origin,
        ended: false,
        say(said) {
          docs.clear();
          for (const [key, doc] of Object.entries(said)) docs.set(key, doc);
          onChange();
        },
      };
      followed.push(each);
      const follower: Follower = {
        docs,
        heard: true,
        sinceMs: 0,
        heardAtMs: 0,
        asked: true,
        failure: undefined,
        [Symbol.dispose]() {
          each.ended = true;
        },
      };
      return follower;
    },
  });
  return { feed, copy, last: (): Followed | undefined => followed.at(-1), followed };
}

const decided = (by: string): Record<string, object> => ({ decision: { by }, 'verdict/wfe': { by } });

test('the leader’s word replaces what is here, and what it no longer says is gone', () => {
  const { feed, copy, last } = createSubject();
  copy.aim('http://a', true);
  last()?.say(decided('a'));
  last()?.say({ decision: { by: 'a again' } });
  assert.deepEqual(Object.fromEntries(feed.docs), { decision: { by: 'a again' } });
});

test('without a leader another’s copy fills what is empty, and what that one takes back is taken back here', () => {
  const { feed, copy, last } = createSubject();
  copy.aim('http://b', false);
  last()?.say(decided('b'));
  assert.deepEqual(feed.docs.get('decision'), { by: 'b' });
  last()?.say(decided('b, that has released'));
  assert.deepEqual(feed.docs.get('decision'), { by: 'b, that has released' });
  last()?.say(stored('b, that started anew', 4));
  assert.deepEqual(feed.docs.get('decision'), { by: 'b, that has released' });
});

test('without a leader another’s copy replaces nothing that is from elsewhere', () => {
  const { feed, copy, last } = createSubject();
  copy.aim('http://b', false);
  last()?.say(decided('b'));
  feed.set('decision', { by: 'this agent' });
  last()?.say(decided('b later'));
  assert.deepEqual(feed.docs.get('decision'), { by: 'this agent' });
});

test('what the leader said stands when it leads no more, whatever it says then', () => {
  const { feed, copy, last } = createSubject();
  copy.aim('http://b', true);
  last()?.say(decided('b'));
  copy.aim('http://b', false);
  last()?.say(decided('b alone'));
  assert.deepEqual(feed.docs.get('decision'), { by: 'b' });
});

test('where the one that is followed turns out to lead, its word counts at once', () => {
  const { feed, copy, last, followed } = createSubject();
  feed.set('decision', { by: 'an older leader' });
  copy.aim('http://b', false);
  last()?.say(decided('b'));
  assert.deepEqual(feed.docs.get('decision'), { by: 'an older leader' });
  copy.aim('http://b', true);
  assert.deepEqual(feed.docs.get('decision'), { by: 'b' });
  assert.equal(followed.length, 1);
});

const stored = (by: string, storedAtMs: number): Record<string, object> => ({ decision: { by, storedAtMs } });

test('what is from disk gives way to anybody who heard more, and to what was stored later', () => {
  const { feed, copy, last } = createSubject();
  feed.set('decision', { by: 'own disk', storedAtMs: 5 });
  copy.aim('http://b', false);
  last()?.say(stored('an older disk', 4));
  assert.deepEqual(feed.docs.get('decision'), { by: 'own disk', storedAtMs: 5 });
  last()?.say(stored('a newer disk', 6));
  assert.deepEqual(feed.docs.get('decision'), { by: 'a newer disk', storedAtMs: 6 });
  last()?.say(decided('b'));
  assert.deepEqual(feed.docs.get('decision'), { by: 'b' });
});

test('what somebody has from disk never replaces what was heard, not even from whoever is about to lead', () => {
  const { feed, copy, last } = createSubject();
  feed.set('decision', { by: 'a leader that was heard' });
  copy.aim('http://b', true);
  last()?.say(stored('disk of the next leader', 9));
  assert.deepEqual(feed.docs.get('decision'), { by: 'a leader that was heard' });
  last()?.say(decided('b'));
  assert.deepEqual(feed.docs.get('decision'), { by: 'b' });
});

test('a leader that has decided nothing yet takes nothing away', () => {
  const { feed, copy, last } = createSubject();
  feed.set('decision', { by: 'an older leader' });
  copy.aim('http://a', true);
  last()?.say({});
  last()?.say({ 'plan/wfe': {} });
  assert.deepEqual(Object.fromEntries(feed.docs), { decision: { by: 'an older leader' } });
});

test('it follows one at a time, and nobody once this agent leads itself', () => {
  const { copy, followed } = createSubject();
  copy.aim('http://a', true);
  copy.aim('http://b', true);
  assert.deepEqual(
    followed.map(({ origin, ended }) => [origin, ended]),
    [
      ['http://a', true],
      ['http://b', false],
    ],
  );
  copy.aim(undefined, true);
  assert.ok(followed.every(({ ended }) => ended));
  assert.equal(copy.settled, true);
});
