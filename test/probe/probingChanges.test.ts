import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Log } from '../../agent/model.ts';
import { createProbing } from '../../agent/probe/probing.ts';
import { createFakeClock, settle } from '../fakeClock.ts';
import { createBench, many, only, pass, refused, target } from './probingBench.ts';
import { httpHow, planFor, targetFor } from './target.ts';

describe('probing, when targets change,', () => {
  it('knows at once that Docker is stopping an instance, and asks no more', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    probing.follow([target('task1')]);
    await settle();
    const before = bench.asked.length;
    probing.follow([target('task1', {}, { docker: 'stopping' })]);
    const { health, outcome, asked } = only(probing.observations());
    assert.deepEqual([health, outcome.result, asked], ['sick', 'fail', '']);
    await bench.clock.advance(60_000);
    assert.equal(bench.asked.length, before);
    assert.equal(bench.clock.pending, 0);
  });

  it('does not let an answer that was under way undo that', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    bench.reply = () => undefined;
    probing.follow([target('task1')]);
    probing.follow([target('task1', {}, { docker: 'stopping' })]);
    bench.asked[0]?.answer(pass);
    await settle();
    assert.equal(bench.asked[0]?.signal.aborted, true);
    assert.equal(only(probing.observations()).health, 'sick');
  });

  it('takes the health of Docker at once, without rise and fall', async () => {
    const { probing } = createBench();
    await using _ = probing;
    const plan = planFor({ kind: 'docker' });
    const seen = (['starting', 'healthy', 'unhealthy', 'healthy'] as const).map((docker) => {
      probing.follow([targetFor(plan, { docker })]);
      return only(probing.observations()).health;
    });
    assert.deepEqual(seen, ['unknown', 'healthy', 'sick', 'healthy']);
  });

  it('asks again at once where the plan is new, and keeps the streak', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    probing.follow([target('task1')]);
    await settle();
    bench.reply = () => refused;
    probing.follow([target('task1', { how: httpHow(81) })]);
    assert.equal(bench.asked.length, 2);
    await settle();
    const { health, asked, outcome } = only(probing.observations());
    assert.deepEqual([health, asked, outcome], ['healthy', 'http://127.0.0.1:81/health', refused]);
  });

  it('forgets at once what is gone, and ends what was under way', async () => {
    const bench = createBench({ limit: 1 });
    await using probing = bench.probing;
    bench.reply = () => undefined;
    probing.follow(many(3));
    probing.follow(many(3).slice(2));
    assert.equal(bench.asked[0]?.signal.aborted, true);
    await settle();
    assert.deepEqual(
      bench.asked.map(({ instance }) => instance),
      ['task0', 'task2'],
    );
    assert.equal(only(probing.observations()).instance, 'task2');
  });

  it('starts anew with an instance that comes back', async () => {
    const bench = createBench();
    await using probing = bench.probing;
    probing.follow([target('task1')]);
    await settle();
    probing.follow([]);
    bench.reply = () => refused;
    probing.follow([target('task1')]);
    await settle();
    assert.equal(only(probing.observations()).health, 'sick');
  });

  it('shows a new problem without asking for it', async () => {
    const { probing } = createBench();
    await using _ = probing;
    const problem = { code: 'no-way', message: 'no shared network', hint: 'attach one' };
    const { address, ...lost } = target('task1', {}, { problem });
    assert.ok(address);
    probing.follow([lost]);
    const observation = only(probing.observations());
    assert.equal(observation.problem, problem);
    assert.equal(observation.outcome.result, 'unknown');
    assert.equal(probing.ready, true);
  });

  it('takes a prober that breaks as its own fault', async () => {
    const clock = createFakeClock();
    const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
    await using probing = createProbing({ clock, random: () => 0, log, onChange() {} });
    probing.follow([target('task1', { how: httpHow(1, { headers: { bad: 'two\nlines' } }) })]);
    await settle();
    const { health, outcome } = only(probing.observations());
    assert.equal(health, 'unknown');
    assert.ok(outcome.result === 'unknown' && outcome.reason === 'prober-broke');
  });

  it('leaves nothing behind when it ends', async () => {
    const bench = createBench({ limit: 1 });
    bench.reply = () => undefined;
    bench.probing.follow(many(3));
    await bench.probing[Symbol.asyncDispose]();
    await settle();
    assert.equal(bench.clock.pending, 0);
    assert.equal(bench.asked.length, 1);
    assert.equal(bench.asked[0]?.signal.aborted, true);
  });
});
