/** The documents of the feeds: written, carried and read back; and what is read of documents that others got wrong. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbeHow } from '../../agent/model.ts';
import {
  createRegionReader,
  type RegionShare,
  readNode,
  writeObservations,
  writeRegion,
} from '../../agent/share/documents.ts';
import { createFeed, type Feed } from '../../agent/share/feed.ts';
import { instance, observation, plan, share, verdict } from './facts.ts';
import { agentInfo } from './region.ts';

/** As a follower gets them: other objects with the same content. */
const carried = (feed: Feed): Map<string, object> =>
  new Map(Object.entries(JSON.parse(JSON.stringify(Object.fromEntries(feed.docs)))));

/** A share with every kind of document, and every optional part of each. */
function fullShare(): RegionShare {
  const http: ProbeHow = {
    kind: 'http',
    scheme: 'https',
    host: 'db.example',
    port: 443,
    path: '/',
    expect: [{ from: 200, to: 299 }],
    contains: 'ok',
    properties: true,
    headers: { accept: '*/*' },
    auth: 'token',
  };
  const hows: ProbeHow[] = [
    http,
    { kind: 'tcp', port: 1 },
    { kind: 'docker' },
    { kind: 'push', ttlMs: 1 },
    { kind: 'none' },
  ];
  const plans = hows.map((how, at) =>
    plan(`s${at}`, {
      probe: { ...plan('x').probe, how, schedule: '* * * * *' },
      stack: 'demo',
      wanted: 2,
      maxRegions: 1,
      variantOf: 'family',
      capability: 3,
      healthyMin: { kind: 'percent', percent: 51 },
      dependsOn: [{ service: 'db' }, { region: 'west', service: 'db' }],
      prefers: [{ service: 'db', property: 'write', priority: 10_000 }],
      damping: { penalty: 1, suppress: 2, reuse: 1, halfLifeMs: 1 },
      maintenance:
        at === 0 ? { kind: 'always' } : { kind: 'window', cron: '0 2 * * *', lengthMs: 1, timeZone: 'UTC' },
      problems: [{ code: 'bad-label', message: 'm', hint: 'h', service: 's' }],
    }),
  );
  const services = plans.map(
    (each) =>
      [
        each.name,
        {
          plan: each,
          instances: [
            instance(`${each.name}-1`, 'n1', { problem: { code: 'no-way', message: 'm', hint: 'h' } }),
          ],
        },
      ] as const,
  );
  const info = agentInfo('n1', { prefers: 'n1' });
  const remote = {
    state: 'up',
    eligible: true,
    willing: true,
    priority: 1,
    report: 'drain',
    healthy: 1,
    total: 1,
    properties: { write: 1 },
    claim: { able: true, blocked: 0, unwanted: 0, priority: 1 },
  } as const;
  const remembered = {
    state: 'up',
    stateSinceMs: 1,
    report: 'up',
    reportSinceMs: 1,
    stateWas: 'down',
    reportWas: 'drain',
    lastUpAtMs: 1,
    penalty: 1,
    penaltyAtMs: 1,
    suppressed: true,
  } as const;
  return share('n1', [], {
    services: Object.fromEntries(services),
    agents: [{ info, heard: true, sinceMs: 1 }],
    verdicts: { s0: verdict('s0') },
    memory: {
      services: { s0: remembered },
      rules: { 'a/b': { branch: 'then', branchSinceMs: 1, trueSinceMs: 1, answer: true } },
    },
    outbox: [],
    overrides: {
      '*': { service: '*', report: 'drain', owner: 'ann', reason: 'r', setAtMs: 1, expiresAtMs: 2 },
    },
    regions: {
      west: { name: 'west', freshness: 'fresh', sinceMs: 1, via: 'north', services: { db: remote } },
    },
  });
}

test('a region’s share is read as it was written', () => {
  const feed = createFeed({ epoch: 'e' });
  writeRegion(feed, fullShare());
  const { share: read, unreadable } = createRegionReader()(carried(feed));
  assert.equal(unreadable, 0);
  const shared = fullShare();
  const services = Object.entries(shared.services).map(([name, facts]) => [
    name,
    { ...facts, instances: facts.instances.map((each) => ({ ...each, service: name })) },
  ]);
  assert.deepEqual(read, { ...shared, services: Object.fromEntries(services) });
});

test('a share written again changes nothing; one changed verdict is one changed document', () => {
  const feed = createFeed({ epoch: 'e' });
  writeRegion(feed, share('n1', ['wfe', 'app', 'db']));
  const before = feed.seq;
  writeRegion(feed, share('n1', ['wfe', 'app', 'db']));
  assert.equal(feed.seq, before);
  const next = share('n1', ['wfe', 'app', 'db']);
  writeRegion(feed, { ...next, verdicts: { ...next.verdicts, app: verdict('app', { report: 'down' }) } });
  assert.deepEqual(Object.keys(feed.read({ epoch: 'e', seq: before })?.docs ?? {}), ['verdict/app']);
});

test('a service that is gone is gone from the share, with all that belongs to it', () => {
  const feed = createFeed({ epoch: 'e' });
  writeRegion(feed, share('n1', ['wfe', 'db']));
  writeRegion(feed, share('n1', ['wfe']));
  assert.deepEqual(
    [...feed.docs.keys()].filter((key) => key.includes('db')),
    [],
  );
});

test('services that did not change stay the same objects from one reading to the next', () => {
  const feed = createFeed({ epoch: 'e' });
  writeRegion(feed, share('n1', ['wfe', 'db']));
  const read = createRegionReader();
  const docs = carried(feed);
  const first = read(docs).share;
  docs.set('plan/db', plan('db', { priority: 7 }));
  const second = read(docs).share;
  assert.equal(second?.services.wfe, first?.services.wfe);
  assert.notEqual(second?.services.db, first?.services.db);
});

test('without a decision there is nothing to go on from', () => {
  const feed = createFeed({ epoch: 'e' });
  writeRegion(feed, share('n1', ['wfe']));
  const docs = carried(feed);
  docs.delete('decision');
  assert.equal(createRegionReader()(docs).share, undefined);
  docs.set('decision', { leader: 7 });
  assert.deepEqual(createRegionReader()(docs), { unreadable: 1 });
});

test('documents of the wrong shape are left out and counted; unknown kinds and unknown fields pass', () => {
  const feed = createFeed({ epoch: 'e' });
  writeRegion(feed, share('n1', ['wfe', 'db']));
  const docs = carried(feed);
  docs.set('verdict/db', { ...verdict('db'), report: 'sideways' });
  docs.set('plan/db', {});
  docs.set('memory/rule/r', []);
  docs.set('verdict/wfe', { ...verdict('wfe'), colour: 'green' });
  docs.set('horoscope/wfe', { sign: 'lion' });
  docs.set('verdict/__proto__', { ...verdict('__proto__') });
  const { share: read, unreadable } = createRegionReader()(docs);
  assert.equal(unreadable, 3);
  assert.deepEqual(Object.keys(read?.verdicts ?? {}), ['wfe', '__proto__']);
  assert.deepEqual(Object.keys(read?.services ?? {}), ['wfe']);
});

test('a node’s feed is read as it was written, and what is no longer observed is deleted', () => {
  const feed = createFeed({ epoch: 'e' });
  const agent = agentInfo('n1');
  feed.set('agent', agent);
  writeObservations(feed, [observation('t1', 'wfe', 'n1'), observation('t2', 'wfe', 'n1')]);
  writeObservations(feed, [observation('t2', 'wfe', 'n1', 'sick')]);
  assert.deepEqual(readNode(carried(feed)), {
    agent,
    observations: [observation('t2', 'wfe', 'n1', 'sick')],
    unreadable: 0,
  });
});

test('an agent’s unreadable words are counted, and its readable ones count', () => {
  const docs = new Map<string, object>([
    ['agent', { node: 'n1' }],
    ['instance/t1', { instance: 't1' }],
    ['instance/t2', observation('t2', 'wfe', 'n1')],
  ]);
  assert.deepEqual(readNode(docs), { observations: [observation('t2', 'wfe', 'n1')], unreadable: 2 });
});
