/** Probing on a fake clock over a network that the test plays: what the tests of probing share. */

import assert from 'node:assert/strict';
import type { Log, Observation, Outcome, ProbePlan, ProbeTarget } from '../../agent/model.ts';
import { createProbers, type Probers } from '../../agent/probe/probers.ts';
import { createProbing } from '../../agent/probe/probing.ts';
import { createFakeClock } from '../fakeClock.ts';
import { httpHow, planFor, targetFor } from './target.ts';

export const pass: Outcome = { result: 'pass', properties: {} };
export const refused: Outcome = { result: 'fail', reason: 'refused', detail: 'nothing listens there' };
export const late: Outcome = { result: 'fail', reason: 'timeout', detail: 'no answer' };

interface Asked {
  readonly instance: string;
  readonly atMs: number;
  readonly signal: AbortSignal;
  answer(outcome: Outcome): void;
}

/** Probing on a fake clock, with a network that answers what `reply` says, or, where it says nothing, when the test does. */
export function createBench(options: { limit?: number; random?: () => number } = {}) {
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

export function target(
  instance: string,
  plan: Partial<ProbePlan> = {},
  changes: Partial<ProbeTarget> = {},
): ProbeTarget {
  return targetFor(planFor(httpHow(80), plan), { instance, ...changes });
}

export function many(count: number): readonly ProbeTarget[] {
  return Array.from({ length: count }, (_, index) => target(`task${index}`));
}

export function only(observations: readonly Observation[]): Observation {
  const [observation, ...others] = observations;
  assert.ok(observation !== undefined && others.length === 0);
  return observation;
}
