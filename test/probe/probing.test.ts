import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Log, Observation, Outcome, ProbePlan, ProbeTarget } from '../../agent/model.ts';
import { createProbers, type Probers } from '../../agent/probe/probers.ts';
import { createProbing } from '../../agent/probe/probing.ts';
import { createFakeClock, settle } from '../fakeClock.ts';
import { httpHow, planFor, targetFor } from './target.ts';

const pass: Outcome = { result: 'pass', properties: {} };
const refused: Outcome = { result: 'fail', reason: 'refused', detail: 'nothing listens there' };
const late: Outcome = { result: 'fail', reason: 'timeout', detail: 'no answer' };

interface Asked {
  readonly instance: string;
  readonly atMs: number;
  readonly signal: AbortSignal;
  answer(outcome: Outcome): void;
}

/** Probing on a fake clock, with a network that answers what `reply` says, or, where it says nothing, when the test does. */
function createBench(options: { limit?: number; random?: () => number } = {}) {
  const clock = createFakeClock(0);
  const real = createProbers({ clock });
  const asked: Asked[] = [];
  const lines: string[] = [];
  const bench = { reply: (_instance: string): Outcome | undefined => pass, changes: 0 };

  const probers: Probers = (target) => {
    const way = real(target);
    if (way.kind === 'known') return way;
    const { instance } = target;
    const ask = (signal: AbortSignal) =>
      new Promise<Outcome>((resolve) => {
        signal.addEventListener('abort', () => resolve(late));
        asked.push({ instance, atMs: clock.now(), signal, answer: resolve });
        const outcome = bench.reply(instance);
        if (outcome !== undefined) resolve(outcome);
      });
    return { ...way, ask };
  };
  const write = (_fields: object, line: string) => lines.push(line);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const onChange = () => {
    bench.changes += 1;
  };
  const { random = () => 0.5, limit = 100 } = options;
  const probing = createProbing({ probers, clock, random, log, limit, onChange });
  return Object.assign(bench, { clock, probing, asked, lines });
}

function target(
  instance: string,
  plan: Partial<ProbePlan> = {},
  changes: Partial<ProbeTarget> = {},
): ProbeTarget {
  return targetFor(planFor(httpHow(80), plan), { instance, ...changes });
}

function many(count: number): readonly ProbeTarget[] {
  return Array.from({ length: count }, (_, index) => target(`task${index}`));
}

function only(observations: readonly Observation[]): Observation {
  const [observation, ...others] = observations;
  assert.ok(observation !== undefined && others.length === 0);
  return observation;
}

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
