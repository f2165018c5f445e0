/**
 * Looks after one target for as long as it is followed: asks when due, keeps the streak, and holds the observation.
 *
 * Always holds: at most one thing is pending at a time (a timer, a place in the queue, or a question under way), and
 * `drop` ends it. An answer to a question that the target has moved on from is never counted.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Clock, Log, Observation, Outcome, ProbePlan, ProbeTarget } from '../model.ts';
import { nextDue } from './due.ts';
import type { Probers, Question } from './probers.ts';
import { scheduleOf } from './schedule.ts';
import { extend, inTransition, newStreak } from './streak.ts';
import type { Turnstile } from './turnstile.ts';

/** How the last question went, apart from the observation, which must not change with every probe. */
export interface Timing {
  readonly lastAtMs: number;
  readonly latencyMs: number;
}

export interface Watch {
  /** Takes the target as it is now. Where anything of it changed, asks again at once, keeping the streak. */
  follow(target: ProbeTarget): void;
  stop(): void;
  /** The same object for as long as nothing changed. */
  readonly observation: Observation;
  /** Absent until the first answer, and where nobody is asked. */
  readonly timing: Timing | undefined;
  /** Has there been a first outcome, of whatever kind? */
  readonly answered: boolean;
}

export interface WatchDeps {
  readonly probers: Probers;
  readonly turnstile: Turnstile;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** An answer changed the observation. Not called for changes that `follow` itself makes. */
  readonly onChange: () => void;
}

/** What is known without asking needs no repetition: Docker counts the retries of its health checks itself. */
const atOnce = { rise: 1, fall: 1 } as const;

export function createWatch(first: ProbeTarget, deps: WatchDeps): Watch {
  const { probers, turnstile, clock, random, log, onChange } = deps;
  let target = first;
  let way = probers(target);
  let schedule = scheduleIn(target.plan);
  let streak = newStreak(clock.now());
  let observation = observationOf();
  let timing: Timing | undefined;
  let answered = false;
  /** Has the target, as it is now, been asked only once? */
  let firstTime = true;
  /** Ends what is pending. */
  let drop = (): void => {};

  function start(): void {
    firstTime = true;
    if (way.kind === 'ask') enqueue(way);
    else count(way.outcome, atOnce);
  }

  function enqueue(to: Question): void {
    let abandon = (): void => {};
    const leaveQueue = turnstile.enter((leave) => {
      abandon = ask(to, leave);
    });
    drop = () => {
      leaveQueue();
      abandon();
    };
  }

  /** Asks once; gives back how to abandon the question. */
  function ask(to: Question, leave: () => void): () => void {
    const controller = new AbortController();
    const askedAtMs = clock.now();
    let abandoned = false;
    const cancelDeadline = clock.after(target.plan.timeoutMs, () => controller.abort());
    to.ask(controller.signal)
      .catch(broke)
      .then((outcome) => {
        cancelDeadline();
        if (!abandoned) hear(to, outcome, askedAtMs);
        leave();
      });
    return () => {
      abandoned = true;
      controller.abort();
    };
  }

  function hear(to: Question, outcome: Outcome, askedAtMs: number): void {
    timing = { lastAtMs: askedAtMs, latencyMs: Math.max(0, clock.now() - askedAtMs) };
    const changed = count(outcome, target.plan);
    wait(to, askedAtMs);
    firstTime = false;
    if (changed) onChange();
  }

  function wait(to: Question, askedAtMs: number): void {
    const nowMs = clock.now();
    const due = nextDue(target.plan, schedule, {
      nowMs,
      askedAtMs,
      first: firstTime,
      inTransition: inTransition(streak),
      random: random(),
    });
    const then = due.ask ? () => enqueue(to) : () => wait(to, askedAtMs);
    drop = clock.after(Math.max(0, due.atMs - nowMs), then);
  }

  /** Counts an outcome; says whether that changed the observation. */
  function count(outcome: Outcome, counts: Pick<ProbePlan, 'rise' | 'fall'>): boolean {
    answered = true;
    streak = extend(streak, outcome, counts, clock.now());
    const changed = refresh();
    if (changed) {
      const { instance, service, health } = observation;
      log.debug({ instance, service, health, outcome }, `an instance of ${service} answers differently`);
    }
    return changed;
  }

  function refresh(): boolean {
    const now = observationOf();
    if (isDeepStrictEqual(now, observation)) return false;
    observation = now;
    return true;
  }

  function observationOf(): Observation {
    const { instance, service, node, problem } = target;
    const { health, sinceMs, outcome, properties } = streak;
    const asked = way.kind === 'ask' ? way.asked : '';
    const plain = { instance, service, node, health, sinceMs, properties, outcome, asked };
    return problem === undefined ? plain : { ...plain, problem };
  }

  start();
  return {
    follow(next) {
      if (next === target || isDeepStrictEqual(next, target)) return;
      drop();
      drop = () => {};
      target = next;
      way = probers(target);
      schedule = scheduleIn(target.plan);
      refresh();
      start();
    },
    stop: () => drop(),
    get observation() {
      return observation;
    },
    get timing() {
      return timing;
    },
    get answered() {
      return answered;
    },
  };
}

function scheduleIn(plan: ProbePlan): ReturnType<typeof scheduleOf> {
  return plan.schedule === undefined ? undefined : scheduleOf(plan.schedule);
}

/** A header that can't be sent, say. It is the agent that fails here, not the instance. */
function broke(error: unknown): Outcome {
  const detail = `the probe can't be made: ${error instanceof Error ? error.message : String(error)}`;
  return { result: 'unknown', reason: 'prober-broke', detail };
}
