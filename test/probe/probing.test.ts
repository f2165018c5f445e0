import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../fakeClock.ts';
import { createBench, late, many, only, pass, refused, target } from './probingBench.ts';

describe('probing', () => {
  it('asks a new target at once, and is ready when all have answered', async () => {
    const { probing, asked } = createBench();
    await using _ = probing;
    probing.follow(many(2));
    assert.equal(asked.length, 2);
    assert.equal(probing.ready, false);
    assert.equal(probing.observations()[0]?.health, 'unknown');
    await settle();
    assert.equal(probing.ready, true);
    assert.deepEqual(
      probing.observations().map(({ instance, health, asked }) => [instance, health, asked]),
      [
        ['task0', 'healthy', 'http://127.0.0.1:80/health'],
        ['task1', 'healthy', 'http://127.0.0.1:80/health'],
      ],
    );
  });

  it('wakes the loop when an answer changes something, and only then', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    probing.follow(many(1));
    await settle();
    assert.equal(bench.changes, 1);
    await bench.clock.advance(60_000);
    assert.ok(bench.asked.length > 10);
    assert.equal(bench.changes, 1);
    bench.reply = () => refused;
    await bench.clock.advance(60_000);
    // The first fail is one change, the third, which makes it sick, the other.
    assert.equal(bench.changes, 3);
  });

  it('is ready where nothing is to be followed, but not before that is known', async () => {
    await using probing = createBench().probing;
    assert.equal(probing.ready, false);
    probing.follow([]);
    assert.equal(probing.ready, true);
  });

  it('stays ready when new targets come', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    probing.follow([]);
    bench.reply = () => undefined;
    probing.follow(many(1));
    assert.equal(probing.ready, true);
  });

  it('gives the same objects while nothing changed, also when the targets are said again', async () => {
    const { probing, clock } = createBench();
    await using _ = probing;
    probing.follow(many(3));
    await settle();
    const before = probing.observations();
    await clock.advance(30_000);
    probing.follow(many(3));
    assert.equal(probing.observations(), before);
  });

  it('gives a new object only for the instance that changed', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    probing.follow(many(2));
    await settle();
    const before = probing.observations();
    bench.reply = (instance) => (instance === 'task1' ? refused : pass);
    await bench.clock.advance(2_600);
    const after = probing.observations();
    assert.equal(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
    assert.equal(after[1]?.outcome, refused);
    assert.equal(after[1]?.health, 'healthy');
  });

  it('keeps latencies out of observations', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    bench.reply = () => undefined;
    probing.follow(many(1));
    await bench.clock.advance(120);
    bench.asked[0]?.answer(pass);
    await settle();
    assert.deepEqual([...probing.timings()], [['task0', { lastAtMs: 0, latencyMs: 120 }]]);
    const before = only(probing.observations());
    await bench.clock.advance(2_500);
    bench.asked[1]?.answer(pass);
    await settle();
    assert.equal(probing.timings().get('task0')?.lastAtMs, 2_500);
    assert.equal(only(probing.observations()), before);
  });

  it('logs each change of an outcome once', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    probing.follow(many(1));
    await bench.clock.advance(30_000);
    assert.equal(bench.lines.length, 1);
  });
});

describe('probing, over time,', () => {
  it('asks fast while outcomes disagree with health, so that fall × fast holds', async () => {
    const bench = createBench({ random: () => 0.999 });
    await using probing = bench.probing;
    probing.follow([target('task1')]);
    await settle();
    bench.reply = () => refused;
    await bench.clock.advance(5_000);
    const failedAtMs = bench.asked.at(-1)?.atMs ?? 0;
    assert.ok(failedAtMs > 0);
    while (only(probing.observations()).health !== 'sick') await bench.clock.advance(10);
    assert.ok(bench.clock.now() - failedAtMs <= 2 * 1_000 + 10);
    assert.equal(only(probing.observations()).sinceMs, bench.asked.at(-1)?.atMs);
  });

  it('spreads targets that began together over one interval', async () => {
    let seed = 0;
    const random = () => {
      seed = (seed + 0.618) % 1;
      return seed;
    };
    const { probing, asked, clock } = createBench({ limit: 1_000, random });
    await using _ = probing;
    probing.follow(many(500));
    await settle();
    asked.length = 0;
    await clock.advance(5_000);
    const perSecond = [0, 1, 2, 3, 4].map(
      (second) => asked.filter(({ atMs }) => Math.floor(atMs / 1_000) === second).length,
    );
    for (const count of perSecond) assert.ok(count > 60 && count < 180, `${perSecond}`);
  });

  it('takes an answer that does not come in time as what the prober says at the deadline', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    bench.reply = () => undefined;
    probing.follow([target('task1', { timeoutMs: 2_000 })]);
    await bench.clock.advance(1_999);
    assert.equal(only(probing.observations()).health, 'unknown');
    await bench.clock.advance(1);
    assert.equal(only(probing.observations()).outcome, late);
  });

  it('never asks a target twice at once, even where answers take longer than the interval', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    bench.reply = () => undefined;
    probing.follow([target('task1', { timeoutMs: 60_000 })]);
    await bench.clock.advance(50_000);
    assert.equal(bench.asked.length, 1);
    bench.asked[0]?.answer(pass);
    await bench.clock.advance(0);
    assert.equal(bench.asked.length, 2);
  });

  it('lets only so many probes be under way, and the others wait their turn', async () => {
    const bench = createBench({ limit: 3 });
    await using probing = bench.probing;
    bench.reply = () => undefined;
    probing.follow(many(5));
    assert.deepEqual(
      bench.asked.map(({ instance }) => instance),
      ['task0', 'task1', 'task2'],
    );
    bench.asked[1]?.answer(pass);
    await settle();
    assert.deepEqual(bench.asked.map(({ instance }) => instance).slice(3), ['task3']);
    await bench.clock.advance(2_000);
    assert.ok(bench.asked.some(({ instance }) => instance === 'task4'));
    assert.equal(probing.ready, false);
  });

  it('follows a schedule in place of an interval, after a first question at once', async () => {
    const { probing, asked, clock } = createBench();
    await using _ = probing;
    probing.follow([target('task1', { schedule: '*/15 * * * *' })]);
    await clock.advance(31 * 60_000);
    assert.deepEqual(
      asked.map(({ atMs }) => atMs / 60_000),
      [0, 15, 30],
    );
  });

  it('falls back on the interval where the schedule is not one', async () => {
    const { probing, asked, clock } = createBench();
    await using _ = probing;
    probing.follow([target('task1', { schedule: 'nonsense' })]);
    await clock.advance(60_000);
    assert.ok(asked.length > 10);
  });
});
