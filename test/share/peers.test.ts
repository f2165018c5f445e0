/** Agents of one region together, over real sockets: who leads, and what each of them learns. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeRegion } from '../../agent/share/documents.ts';
import { createFakeClock, type FakeClock } from '../fakeClock.ts';
import { observation, share, verdict } from './facts.ts';
import { createMember, keyring, type Member, selfInfo, until } from './region.ts';

/** Cuts links between members, by the addresses of both ends. */
function createLinks() {
  const cuts = new Set<string>();
  return {
    cuts,
    reach: (from: string) => (to: string) => !cuts.has(`${from}>${to}`),
    cut(a: Member, b: Member): void {
      cuts.add(`${a.node}>${b.address}`);
      cuts.add(`${b.node}>${a.address}`);
    },
  };
}

async function createRegion(clock: FakeClock, managers: readonly string[], workers: readonly string[] = []) {
  const links = createLinks();
  const members: Member[] = [];
  for (const node of [...managers, ...workers]) {
    const manager = managers.includes(node);
    members.push(await createMember({ clock, node, manager, canReach: links.reach(node) }));
  }
  const byNode = (node: string): Member => {
    const member = members.find((each) => each.node === node);
    if (member === undefined) throw new Error(`no member ${node}`);
    return member;
  };
  return {
    links,
    members,
    member: byNode,
    tellAll(): void {
      for (const member of members) member.tell(members);
    },
    leaders: (): string => members.map(({ node, peers }) => `${node}:${peers.leader() ?? '-'}`).join(' '),
    async [Symbol.asyncDispose]() {
      for (const member of members) await member[Symbol.asyncDispose]();
    },
  };
}

test('managers and workers agree on one leader within milliseconds, and take their roles', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b', 'c'], ['w']);
  region.member('b').self = selfInfo('b', { raftLeader: true });
  const startMs = clock.now();
  region.tellAll();
  await until(clock, () => region.leaders() === 'a:b b:b c:b w:b', 'b leads');
  assert.ok(clock.now() - startMs < 200);
  assert.deepEqual(
    region.members.map(({ peers }) => peers.role()),
    ['follower', 'leader', 'follower', 'follower'],
  );
  assert.deepEqual(region.member('c').peers.self()?.hears, ['a', 'b', 'c']);
  await until(clock, () => region.members.every(({ peers }) => peers.settled()), 'everyone was asked');
});

test('the leader learns every node’s view, all learn the decision, and a change travels alone', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b'], ['w']);
  region.tellAll();
  const [a, w] = [region.member('a'), region.member('w')];
  w.tell(region.members, { observations: [observation('t1', 'wfe', 'w')] });
  await until(
    clock,
    () => a.peers.seen().get('w')?.observations.length === 1,
    'the leader sees what the worker sees',
  );
  assert.deepEqual(a.peers.seen().get('w'), { heard: true, observations: [observation('t1', 'wfe', 'w')] });

  const names = Array.from({ length: 50 }, (_, n) => `service${n}`);
  const decided = share('a', names);
  writeRegion(a.regionFeed, decided);
  await until(
    clock,
    () => w.peers.region()?.verdicts.service7 !== undefined,
    'the worker knows the decision',
  );
  assert.deepEqual(w.peers.region()?.verdicts, decided.verdicts);
  const before = w.regionFeed.seq;
  writeRegion(a.regionFeed, {
    ...decided,
    verdicts: { ...decided.verdicts, service7: verdict('service7', { report: 'down' }) },
  });
  await until(clock, () => w.peers.region()?.verdicts.service7?.report === 'down', 'the change');
  assert.equal(w.regionFeed.seq, before + 1);
});

test('when the leader dies another leads, and goes on from what was shared', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b', 'c'], ['w']);
  region.tellAll();
  const [a, b, c, w] = [region.member('a'), region.member('b'), region.member('c'), region.member('w')];
  await until(clock, () => region.leaders() === 'a:a b:a c:a w:a', 'a leads');
  writeRegion(a.regionFeed, share('a', ['wfe']));
  await until(clock, () => [b, c, w].every(({ peers }) => peers.region() !== undefined), 'all know');
  const diedAtMs = clock.now();
  await a[Symbol.asyncDispose]();
  await until(clock, () => [b, c, w].every(({ peers }) => peers.leader() === 'b'), 'b leads');
  assert.ok(clock.now() - diedAtMs < 1_500, `${clock.now() - diedAtMs} ms`);
  assert.equal(b.peers.role(), 'leader');
  assert.equal(b.peers.region()?.decision.leader, 'a');
  assert.equal(b.peers.agents().find(({ info }) => info.node === 'a')?.heard, false);
  writeRegion(b.regionFeed, share('b', ['wfe']));
  await until(clock, () => w.peers.region()?.decision.leader === 'b', 'the worker follows b');
});

test('an agent that says it is not ready any more hands over at once', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b', 'c']);
  region.tellAll();
  await until(clock, () => region.leaders() === 'a:a b:a c:a', 'a leads');
  const startMs = clock.now();
  region.member('a').self = selfInfo('a', { ready: false });
  region.member('a').tell(region.members);
  await until(clock, () => region.leaders() === 'a:b b:b c:b', 'b leads');
  assert.ok(clock.now() - startMs < 200);
});

test('the highest rules version leads at once', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b', 'c'], ['w']);
  region.tellAll();
  await until(clock, () => region.leaders() === 'a:a b:a c:a w:a', 'a leads');
  region.member('c').self = selfInfo('c', { rulesVersion: 2 });
  region.member('c').tell(region.members);
  await until(clock, () => region.leaders() === 'a:c b:c c:c w:c', 'c leads');
});

test('an agent that is cut off leads nobody, keeps the last word, and joins again', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b', 'c'], ['w']);
  const [a, b, c, w] = [region.member('a'), region.member('b'), region.member('c'), region.member('w')];
  region.tellAll();
  await until(clock, () => region.leaders() === 'a:a b:a c:a w:a', 'a leads');
  writeRegion(a.regionFeed, share('a', ['wfe']));
  await until(clock, () => w.peers.region() !== undefined && b.peers.region() !== undefined, 'all know');
  // The worker stays with the minority.
  for (const other of [b, c]) for (const side of [a, w]) region.links.cut(side, other);
  await until(
    clock,
    () => b.peers.leader() === 'b' && a.peers.leader() === undefined,
    'b leads, a steps back',
    5,
  );
  await until(clock, () => w.peers.leader() === undefined, 'the worker has no leader', 5);
  assert.deepEqual([a.peers.role(), w.peers.role()], ['caretaker', 'caretaker']);
  assert.equal(w.peers.region()?.verdicts.wfe?.report, 'up');
  writeRegion(b.regionFeed, share('b', ['wfe', 'new']));
  region.links.cuts.clear();
  await until(clock, () => region.leaders() === 'a:a b:a c:a w:a', 'all together', 5);
});

test('where only one link is cut, no two agents ever lead, and both ends learn the decision', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b', 'c']);
  const [a, b, c] = [region.member('a'), region.member('b'), region.member('c')];
  region.tellAll();
  await until(clock, () => region.leaders() === 'a:a b:a c:a', 'a leads');
  region.links.cut(a, b);
  const endMs = clock.now() + 8_000;
  await until(
    clock,
    () => {
      const leading = region.members.filter(({ peers }) => peers.role() === 'leader');
      assert.ok(leading.length <= 1, region.leaders());
      return clock.now() > endMs;
    },
    'eight seconds',
    5,
  );
  // b prefers itself now, but c hears a: b gets no majority, and follows a by way of c.
  assert.deepEqual([a.peers.role(), b.peers.role(), c.peers.role()], ['leader', 'follower', 'follower']);
  assert.equal(b.peers.self()?.prefers, 'b');
  writeRegion(a.regionFeed, share('a', ['wfe']));
  await until(clock, () => b.peers.region()?.decision.leader === 'a', 'b learns what a decides');
});

test('a worker that alone can’t reach the leader learns the decision by way of another manager', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b', 'c'], ['w']);
  const [a, w] = [region.member('a'), region.member('w')];
  region.links.cut(a, w);
  region.tellAll();
  await until(clock, () => region.leaders() === 'a:a b:a c:a w:a', 'a leads');
  writeRegion(a.regionFeed, share('a', ['wfe']));
  await until(clock, () => w.peers.region()?.decision.leader === 'a', 'the worker knows');
  assert.equal(w.peers.role(), 'follower');
});

test('a restarted agent has the last decision before it is ready, and what it saw before stands till then', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b']);
  const [a, b] = [region.member('a'), region.member('b')];
  region.tellAll();
  b.tell(region.members, { observations: [observation('t1', 'wfe', 'b')] });
  await until(
    clock,
    () => a.peers.seen().get('b')?.heard === true && region.leaders() === 'a:a b:a',
    'a leads',
  );
  writeRegion(a.regionFeed, share('a', ['wfe']));
  await b[Symbol.asyncDispose]();
  const port = Number(b.address.split(':')[1]);
  await using again = await createMember({ clock, node: 'b', port, self: { ready: false } });
  again.tell([a, again]);
  await until(clock, () => again.peers.region()?.verdicts.wfe?.report === 'up', 'the last decision');
  await until(clock, () => again.peers.settled() && again.peers.leader() === 'a', 'it settles', 5);
  await until(clock, () => a.peers.agents()[0]?.info.ready === false, 'a knows that b started again', 5);
  assert.deepEqual(a.peers.seen().get('b'), { heard: false, observations: [observation('t1', 'wfe', 'b')] });
  again.self = selfInfo('b');
  again.tell([a, again], { observations: [observation('t1', 'wfe', 'b', 'sick')] });
  await until(clock, () => a.peers.seen().get('b')?.heard === true, 'b is ready', 5);
  assert.equal(a.peers.seen().get('b')?.observations[0]?.health, 'sick');
});

test('a restarted leader has its own last decision back from the others', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b', 'c']);
  const [a, b, c] = [region.member('a'), region.member('b'), region.member('c')];
  region.tellAll();
  await until(clock, () => region.leaders() === 'a:a b:a c:a', 'a leads');
  writeRegion(a.regionFeed, share('a', ['wfe']));
  await until(clock, () => b.peers.region() !== undefined && c.peers.region() !== undefined, 'all know');
  await a[Symbol.asyncDispose]();
  await using again = await createMember({
    clock,
    node: 'a',
    port: Number(a.address.split(':')[1]),
    self: { ready: false },
  });
  again.tell([again, b, c]);
  await until(clock, () => again.peers.region()?.verdicts.wfe?.report === 'up', 'its decision is back');
  assert.notEqual(b.peers.region(), undefined);
});

test('nobody leads because others say so', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b', 'c', 'd']);
  const [a, b, c] = [region.member('a'), region.member('b'), region.member('c')];
  // a hears three of four managers, of which only b prefers it too; b still counts three managers, so two are enough for it.
  for (const other of [a, b]) region.links.cuts.add(`c>${other.address}`);
  a.tell(region.members);
  b.tell([a, b, c]);
  c.tell(region.members);
  await until(clock, () => b.peers.leader() === 'a', 'b sees a majority for a');
  await until(clock, () => a.peers.agents().some(({ info }) => info.leader === 'a'), 'a knows');
  assert.equal(a.peers.leader(), undefined);
  assert.equal(a.peers.role(), 'caretaker');
});

test('a node that left the Swarm is followed no longer', async () => {
  const clock = createFakeClock();
  await using region = await createRegion(clock, ['a', 'b'], ['w']);
  region.tellAll();
  const a = region.member('a');
  await until(clock, () => a.peers.agents().length === 2, 'all are there');
  a.tell([a, region.member('b')]);
  assert.deepEqual(
    a.peers.agents().map(({ info }) => info.node),
    ['b'],
  );
});

test('an agent that answers for another node is not listened to, and people are told', async () => {
  const clock = createFakeClock();
  await using a = await createMember({ clock, node: 'a' });
  await using b = await createMember({ clock, node: 'b' });
  b.tell([b]);
  a.tell([a, { ...b, node: 'c' }]);
  await until(clock, () => a.peers.problems().length > 0, 'the problem');
  assert.equal(a.peers.problems()[0]?.code, 'peer-elsewhere');
  assert.deepEqual(a.peers.agents(), []);
  assert.equal(a.log.lines.filter(({ level }) => level === 'warn').length, 1);
});

test('an agent with another secret is no peer: both sides say so, and no token is logged', async () => {
  const clock = createFakeClock();
  await using a = await createMember({ clock, node: 'a' });
  await using b = await createMember({ clock, node: 'b', keys: keyring('the secret of somebody else') });
  for (const each of [a, b]) each.tell([a, b]);
  await until(clock, () => a.peers.problems().length > 0 && b.peers.problems().length > 0, 'the problem');
  assert.equal(a.peers.problems()[0]?.code, 'peer-token');
  assert.match(a.peers.problems()[0]?.message ?? '', /key that is not known/);
  assert.equal(a.peers.leader(), undefined);
  assert.ok(![...a.log.lines, ...b.log.lines].some((line) => JSON.stringify(line).includes('eyJ')));
});

test('an agent alone, without a Swarm, leads itself', async () => {
  const clock = createFakeClock();
  await using a = await createMember({ clock, node: 'a' });
  a.tell([a]);
  assert.equal(a.peers.role(), 'leader');
  assert.equal(a.peers.settled(), true);
});
