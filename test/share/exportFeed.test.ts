/** What a region tells others, and what it never tells. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegionFacts, RemoteService } from '../../agent/model.ts';
import { readExport, speakerOf, writeExport, writeVia } from '../../agent/share/exportFeed.ts';
import { createFeed, type Feed } from '../../agent/share/feed.ts';
import { readAnswer } from '../../agent/share/wire.ts';
import { instance, plan, share, verdict } from './facts.ts';

const carried = (feed: Feed): Map<string, object> =>
  new Map(Object.entries(JSON.parse(JSON.stringify(Object.fromEntries(feed.docs)))));

const remote: RemoteService = {
  ...{ state: 'up', eligible: true, willing: true, priority: 7, report: 'up', healthy: 1, total: 1 },
  properties: { write: true },
  holding: true,
};

const region = (name: string, over: Partial<RegionFacts> = {}): RegionFacts => ({
  ...{ name, freshness: 'fresh', sinceMs: 1, services: { db: remote } },
  ...over,
});

const exported = (names: readonly string[]) => {
  const word = share('a', names);
  const services = Object.entries(word.services).map(([name, facts]) => [
    name,
    { ...facts, plan: plan(name, { exported: true }) },
  ]);
  return { ...word, services: Object.fromEntries(services) };
};

test('other regions get of each service what a verdict says, and nothing of its instances or reasons', () => {
  const feed = createFeed({ epoch: 'e' });
  const claim = { able: true, blocked: 0, unwanted: 0, priority: 3 };
  const word = {
    ...exported(['db']),
    verdicts: { db: verdict('db', { claim, properties: { write: true } }) },
  };
  writeExport(feed, 'east', word);
  assert.deepEqual(readExport(carried(feed)), {
    services: {
      db: {
        ...{ state: 'up', eligible: true, willing: true, priority: 0, report: 'up', healthy: 1, total: 1 },
        ...{ properties: { write: true }, holding: true, claim },
      },
    },
    hears: new Set(),
    unreadable: 0,
  });
  assert.deepEqual([...feed.docs.keys()], ['region', 'service/db']);
});

test('what is not exported never leaves', () => {
  const feed = createFeed({ epoch: 'e' });
  const word = exported(['db', 'secret']);
  writeExport(feed, 'east', {
    ...word,
    services: {
      ...word.services,
      secret: { plan: plan('secret', { exported: false }), instances: [instance('s1', 'n1')] },
    },
    lingering: new Set(['secret']),
  });
  assert.ok(!JSON.stringify(Object.fromEntries(feed.docs)).includes('secret'));
});

test('a service is held while it is reported up, and while it lingers', () => {
  const feed = createFeed({ epoch: 'e' });
  const holding = (report: 'up' | 'down' | 'drain', lingering: readonly string[]) => {
    const word = exported(['db']);
    const verdicts = { db: verdict('db', { report }) };
    writeExport(feed, 'east', { ...word, verdicts, lingering: new Set(lingering) });
    return readExport(feed.docs).services.db?.holding;
  };
  assert.equal(holding('up', []), true);
  assert.equal(holding('down', ['db']), true);
  assert.equal(holding('down', []), false);
  assert.equal(holding('drain', []), false);
});

test('an agent without a word of its leader takes back what it told, and says that it does not speak', () => {
  const feed = createFeed({ epoch: 'e' });
  writeExport(feed, 'east', exported(['db']));
  writeExport(feed, 'east', undefined);
  assert.deepEqual([...feed.docs], [['region', { name: 'east', speaks: false }]]);
});

test('the same word again changes nothing, and a change is one document', () => {
  const feed = createFeed({ epoch: 'e' });
  const names = Array.from({ length: 50 }, (_, n) => `s${n}`);
  const word = exported(names);
  writeExport(feed, 'east', word);
  const { seq } = feed;
  writeExport(feed, 'east', { ...word });
  assert.equal(feed.seq, seq);
  writeExport(feed, 'east', {
    ...word,
    verdicts: { ...word.verdicts, s7: verdict('s7', { report: 'down' }) },
  });
  assert.deepEqual(Object.keys(feed.read({ epoch: 'e', seq })?.docs ?? {}), ['service/s7']);
});

test('a region tells whom it hears itself; who came by way of a third, or fell silent, is not passed on', () => {
  const feed = createFeed({ epoch: 'e' });
  const regions = {
    west: region('west'),
    north: region('north', { via: 'west' }),
    south: region('south', { freshness: 'stale' }),
  };
  writeExport(feed, 'east', { ...exported([]), regions });
  assert.deepEqual(readExport(carried(feed)).hears, new Set(['west']));
  const passedOn = (name: keyof typeof regions) => {
    const via = createFeed({ epoch: 'v' });
    writeVia(via, name, regions[name]);
    return [...via.docs];
  };
  assert.deepEqual(passedOn('west'), [
    ['region', { name: 'west', speaks: true }],
    ['service/db', remote],
  ]);
  assert.deepEqual(passedOn('north'), [['region', { name: 'north', speaks: false }]]);
  assert.deepEqual(passedOn('south'), [['region', { name: 'south', speaks: false }]]);
});

test('documents of a newer agent pass, with fields and kinds that are unknown here; wrong ones are left out and counted', () => {
  const read = readExport(
    new Map<string, object>([
      ['region', { name: 'west', speaks: true, mood: 'fine' }],
      ['service/db', { ...remote, holding: false, weight: 3 }],
      ['service/__proto__', { ...remote }],
      ['service/broken', { ...remote, state: 'sideways' }],
      ['heard/east', { heard: true, sinceMs: 3 }],
      ['heard/north', { heard: 'yes' }],
      ['weather/west', { rain: true }],
    ]),
  );
  assert.deepEqual(Object.keys(read.services), ['db', '__proto__']);
  assert.equal(read.services.db?.holding, false);
  assert.deepEqual(read.hears, new Set(['east']));
  assert.equal(read.unreadable, 2);
});

test('who speaks is read from an answer, or from what is known where it did not change', () => {
  const answer = (docs: object, full = false) => {
    const read = readAnswer({ protocol: 1, epoch: 'e', seq: 1, full, docs });
    assert.ok(read);
    return read;
  };
  const known = new Map([['region', { name: 'west', speaks: true }]]);
  assert.equal(speakerOf(answer({}), known)?.speaks, true);
  assert.equal(speakerOf(answer({ region: { name: 'west', speaks: false } }), known)?.speaks, false);
  assert.equal(speakerOf(answer({ region: null }), known), undefined);
  assert.equal(speakerOf(answer({}, true), known), undefined);
  assert.equal(speakerOf(answer({ region: { name: 3 } }), known), undefined);
});
