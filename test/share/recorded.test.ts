/** An agent of the release before: what it said was recorded, and is said again to the agent as it is now. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { createCopy } from '../../agent/share/copy.ts';
import { createRegionReader, readNode } from '../../agent/share/documents.ts';
import { readExport, speakerOf } from '../../agent/share/exportFeed.ts';
import { createFeed } from '../../agent/share/feed.ts';
import { type Answer, PROTOCOL, readAnswer, readCursor } from '../../agent/share/wire.ts';
import { createSubject } from './listener.ts';

const conversation = z
  .object({ exchanges: z.array(z.object({ ask: z.string(), answer: z.record(z.string(), z.json()) })) })
  .parse(JSON.parse(readFileSync(new URL('recorded/protocol1.json', import.meta.url), 'utf8')));

/** What was said of one feed, in order; `over` is said besides, as by a newer release of the same protocol. */
function said(feed: string, over: object = {}): readonly Answer[] {
  return conversation.exchanges
    .filter(({ ask }) => ask.startsWith(`/v1/feeds/${feed}?`))
    .map(({ answer }) => readAnswer({ ...answer, ...over }) ?? assert.fail('this is no answer'));
}

/** A copy after each answer. */
function follow(feed: string, over: object = {}): readonly ReadonlyMap<string, object>[] {
  const copy = createCopy(1_000);
  return said(feed, over).map((answer) => {
    assert.deepEqual(copy.take(answer).ok, true);
    return new Map(copy.docs);
  });
}

test('its region feed is understood whole, with every document', () => {
  const read = createRegionReader();
  const [first, changed, quiet] = follow('region').map((docs) => read(docs));
  for (const each of [first, changed, quiet]) assert.equal(each?.unreadable, 0);
  assert.equal(first?.share?.verdicts.db?.report, 'up');
  assert.equal(first?.share?.services.wfe?.instances[0]?.health, 'sick');
  assert.equal(first?.share?.overrides.wfe?.owner, 'ann');
  assert.equal(first?.share?.memory.rules.failover?.branch, 'then');
  assert.equal(first?.share?.regions.east?.services.db?.priority, 5);
  assert.equal(first?.share?.regions.north?.via, 'east');
  assert.equal(first?.share?.agents[0]?.info.leader, 'w1');
  assert.equal(changed?.share?.verdicts.db?.report, 'down');
  assert.deepEqual(changed?.share?.lingering, new Set(['db']));
  assert.deepEqual(quiet?.share?.decision.revision.number, 2);
});

test('its node feed is understood', () => {
  const [first, changed] = follow('node').map(readNode);
  assert.equal(first?.unreadable, 0);
  assert.equal(first?.agent?.node, 'w2');
  assert.equal(first?.applied?.number, 1);
  assert.equal(changed?.applied?.number, 2);
  assert.equal(changed?.observations[0]?.health, 'sick');
});

test('what it tells other regions, and passes on, is understood', () => {
  const [first, changed] = follow('export').map(readExport);
  assert.equal(first?.unreadable, 0);
  assert.equal(first?.services.db?.holding, true);
  assert.equal(first?.services.db?.claim?.able, true);
  assert.deepEqual(first?.hears, new Set(['east']));
  assert.equal(changed?.services.db?.report, 'down');
  assert.equal(changed?.services.db?.holding, true, 'it lingers');
  const [whole] = said('export');
  assert.deepEqual(whole && speakerOf(whole, new Map()), { name: 'west', speaks: true });
  assert.equal(readExport(follow('via/east')[1] ?? new Map()).services.db?.report, 'down');
});

test('it may say more than is known here, under the same protocol', () => {
  const docs = follow('export', { minor: 3, weather: 'fine' });
  assert.equal(readExport(docs[0] ?? new Map()).services.db?.report, 'up');
});

test('a protocol that could be misread is refused, in words', () => {
  const [first] = said('export', { protocol: PROTOCOL + 1 });
  assert.ok(first);
  const taken = createCopy(1_000).take(first);
  assert.match(taken.ok ? '' : taken.failure.detail, /speaks protocol 2, this agent only 1/);
});

test('what it asked is answered in the form that it knows', async () => {
  await using subject = await createSubject();
  for (const { ask, answer } of conversation.exchanges.filter((each) =>
    /feeds\/(node|region)\?/.test(each.ask),
  )) {
    const { status, body } = await subject.get(ask.replace(/wait=\d+/, 'wait=0'));
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(z.record(z.string(), z.json()).parse(body)), Object.keys(answer));
    assert.equal(readAnswer(body)?.protocol, answer.protocol);
  }
  const cursor = /after=([^&]+)/.exec(conversation.exchanges.at(-1)?.ask ?? '')?.[1] ?? '';
  assert.ok(readCursor(cursor));
  assert.equal(createFeed({ epoch: 'another' }).read(readCursor(cursor))?.full, true);
});
