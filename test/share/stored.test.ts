/** What of a stored decision is believed after a restart. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Report, ServiceMemory } from '../../agent/model.ts';
import type { RegionShare } from '../../agent/share/documents.ts';
import { BELIEVED_FOR_MS, disown, outdate, resume } from '../../agent/share/stored.ts';
import { instance, plan, share, verdict } from './facts.ts';

const SAVED = 1_000_000;
const SOON = SAVED + 12_000;
const LATE = SAVED + BELIEVED_FOR_MS + 1;

const soon = { savedAtMs: SAVED, nowMs: SOON, otherRegions: false };
const soonAmongRegions = { ...soon, otherRegions: true };

function reports({ verdicts }: RegionShare): Record<string, Report> {
  return Object.fromEntries(Object.entries(verdicts).map(([name, { report }]) => [name, report]));
}

/** A share in which `db` may run in one region, `wfe` depends on it, and `mail` has nothing to do with either. */
function limitedShare(over: Partial<RegionShare> = {}): RegionShare {
  const facts = (name: string, more: object) => ({
    plan: plan(name, more),
    instances: [instance(name, 'n1')],
  });
  return share('n1', ['db', 'wfe', 'mail'], {
    services: {
      db: facts('db', { maxRegions: 1 }),
      wfe: facts('wfe', { dependsOn: [{ service: 'app' }] }),
      app: facts('app', { dependsOn: [{ region: 'east', service: 'db' }] }),
      mail: facts('mail', { dependsOn: [{ region: 'west', service: 'db' }] }),
    },
    verdicts: { db: verdict('db'), wfe: verdict('wfe'), app: verdict('app'), mail: verdict('mail') },
    ...over,
  });
}

test('a decision of a few seconds ago is believed as it is, and marked as from disk', () => {
  const before = share('n1', ['wfe', 'db']);
  const after = resume(before, soon);
  assert.equal(after.decision.storedAtMs, SAVED);
  assert.equal(after.decision.inTouch, false);
  assert.deepEqual(after.verdicts, before.verdicts);
  assert.deepEqual(after.services, before.services);
  assert.deepEqual(after.memory, before.memory);
});

test('no agent and no region that was heard before the restart counts as heard', () => {
  const info = { ...agent, node: 'n2' };
  const before = share('n1', ['wfe'], {
    agents: [{ info, heard: true, sinceMs: 1 }],
    regions: {
      west: { name: 'west', freshness: 'fresh', sinceMs: 1, services: {} },
      north: { name: 'north', freshness: 'lost', sinceMs: 1, services: {} },
    },
  });
  const after = resume(before, soonAmongRegions);
  assert.deepEqual(after.agents, [{ info, heard: false, sinceMs: SOON }]);
  assert.equal(after.regions.west?.freshness, 'stale');
  assert.equal(after.regions.north?.freshness, 'lost');
});

test('a wait for `for` goes on where it was: the time away does not count', () => {
  const waiting = { branch: 'else', trueSinceMs: SAVED - 12_000, answer: true } as const;
  const inForce = { branch: 'then', branchSinceMs: 5, trueSinceMs: 5, answer: true } as const;
  const before = share('n1', [], { memory: { services: {}, rules: { waiting, inForce } } });
  const { rules } = resume(before, soon).memory;
  assert.equal(rules.waiting?.trueSinceMs, SOON - 12_000);
  assert.deepEqual(rules.inForce, inForce);
});

test('where there are other regions, an up of what is limited is not believed, nor of what depends on it', () => {
  const after = resume(limitedShare(), soonAmongRegions);
  assert.deepEqual(reports(after), { db: 'unknown', wfe: 'unknown', app: 'unknown', mail: 'up' });
  assert.match(after.verdicts.db?.message ?? '', /until other regions are heard/);
  assert.deepEqual(reports(resume(limitedShare(), soon)), { db: 'up', wfe: 'up', app: 'up', mail: 'up' });
});

test('a word that is disowned says nothing of what is limited, and everything else as before', () => {
  const before = limitedShare();
  const after = disown(before, SOON);
  assert.deepEqual(reports(after), { db: 'unknown', wfe: 'unknown', app: 'unknown', mail: 'up' });
  assert.equal(after.agents, before.agents);
  assert.equal(disown(after, SOON + 1000), after, 'once is enough');
});

test('what a rule has placed is limited as well', () => {
  const because = [{ step: 'placement', source: 'rule one-region', says: 'chosen', inputs: [] }] as const;
  const before = share('n1', ['db'], { verdicts: { db: verdict('db', { because }) } });
  assert.deepEqual(reports(resume(before, soonAmongRegions)), { db: 'unknown' });
});

test('a limited service that was up is not remembered as up, and no hold keeps it from coming back', () => {
  const up: ServiceMemory = {
    state: 'up',
    stateSinceMs: 1,
    report: 'up',
    reportSinceMs: 1,
    lastUpAtMs: SAVED - 1,
  };
  const before = limitedShare({ memory: { services: { db: up, wfe: up }, rules: {} } });
  const { services } = resume(before, soonAmongRegions).memory;
  assert.deepEqual(services.db, { state: 'up', stateSinceMs: 1, report: 'unknown', reportSinceMs: SOON });
  assert.deepEqual(services.wfe, up);
});

test('a limited service that was down stays down, with its hold', () => {
  const down: ServiceMemory = {
    state: 'up',
    stateSinceMs: 1,
    report: 'down',
    reportSinceMs: 1,
    lastUpAtMs: 1,
  };
  const before = limitedShare({
    verdicts: { db: verdict('db', { report: 'down' }) },
    memory: { services: { db: down }, rules: {} },
  });
  const after = resume(before, soonAmongRegions);
  assert.deepEqual(reports(after), { db: 'down' });
  assert.deepEqual(after.memory.services.db, down);
});

test('after ten minutes nothing that was seen is believed, whichever way the clock went', () => {
  for (const nowMs of [LATE, SAVED - BELIEVED_FOR_MS - 1]) {
    const after = resume(share('n1', ['wfe']), { ...soon, nowMs });
    assert.deepEqual(reports(after), { wfe: 'unknown' });
    assert.equal(after.verdicts.wfe?.state, 'unknown');
    assert.equal(after.services.wfe?.instances[0]?.health, 'unknown');
    assert.equal(after.memory.services.wfe?.state, 'unknown');
    assert.equal(after.memory.services.wfe?.report, 'unknown');
  }
  assert.deepEqual(reports(resume(share('n1', ['wfe']), { ...soon, nowMs: SAVED + BELIEVED_FOR_MS })), {
    wfe: 'up',
  });
});

test('what people and rules have settled stands however old it is', () => {
  const override = { service: 'wfe', report: 'drain', owner: 'ann', reason: 'disk', setAtMs: 1 } as const;
  const inForce = { branch: 'then', branchSinceMs: 5, trueSinceMs: 5, answer: true } as const;
  const waiting = { branch: 'none', trueSinceMs: 5 } as const;
  const before = share('n1', ['wfe'], {
    overrides: { wfe: override },
    memory: { services: {}, rules: { inForce, waiting } },
  });
  const after = resume(before, { ...soon, nowMs: LATE });
  assert.deepEqual(after.overrides, { wfe: override });
  assert.deepEqual(after.memory.rules, { inForce, waiting: { branch: 'none' } });
  assert.deepEqual(after.services.wfe?.plan, before.services.wfe?.plan);
});

test('an up comes out as up or unknown, and everything else is never up; outdating twice changes nothing more', () => {
  const report = fc.constantFrom<Report>('up', 'down', 'drain', 'unknown');
  const scene = fc.record({
    reports: fc.tuple(report, report, report),
    otherRegions: fc.boolean(),
    awayMs: fc.integer({ min: -2 * BELIEVED_FOR_MS, max: 2 * BELIEVED_FOR_MS }),
  });
  fc.assert(
    fc.property(scene, ({ reports: [db, app, wfe], otherRegions, awayMs }) => {
      const before = limitedShare({
        verdicts: {
          db: verdict('db', { report: db }),
          app: verdict('app', { report: app }),
          wfe: verdict('wfe', { report: wfe }),
        },
      });
      const nowMs = SAVED + awayMs;
      const after = resume(before, { savedAtMs: SAVED, nowMs, otherRegions });
      for (const [name, now] of Object.entries(reports(after))) {
        assert.ok(now === 'unknown' || now === before.verdicts[name]?.report);
        if (Math.abs(awayMs) > BELIEVED_FOR_MS) assert.equal(now, 'unknown');
      }
      if (otherRegions) assert.notEqual(after.verdicts.db?.report, 'up');
      const outdated = outdate(after, nowMs);
      assert.deepEqual(outdate(outdated, nowMs + 1), outdated);
    }),
  );
});

const agent = {
  hostname: 'host',
  version: '1',
  protocol: 1,
  manager: false,
  raftLeader: false,
  rulesVersion: 1,
  rulesHash: '',
  hears: [],
  managers: 1,
  startedAtMs: 1,
  ready: true,
  problems: [],
};
