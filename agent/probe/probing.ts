/**
 * Follows the targets of this agent: one watch for each, a limited number of probes under way.
 *
 * Always holds: level-driven. `follow` takes all targets as they are; what is gone is forgotten at once, what is
 * unchanged keeps its streak and its timer, what changed (Docker is stopping it, a label is new) acts at once.
 */

import type { Clock, Log, Observation, ProbeTarget } from '../model.ts';
import { createProbers, type Probers } from './probers.ts';
import { createTurnstile } from './turnstile.ts';
import { createWatch, type Timing, type Watch } from './watch.ts';

export interface Probing extends AsyncDisposable {
  /** All targets of this agent, each time. Of two with the same instance the later counts. */
  follow(targets: readonly ProbeTarget[]): void;
  /** One for each target, in the order followed; the same objects, in the same array, while nothing changed. */
  observations(): readonly Observation[];
  /** For metrics, by instance: when each was last asked, and how long the answer took. */
  timings(): ReadonlyMap<string, Timing>;
  /** True once every target has had a first outcome (`no way` is one too); it stays true when new targets come. */
  readonly ready: boolean;
}

export interface ProbingDeps {
  /** Defaults to the probers of real life. */
  readonly probers?: Probers;
  readonly clock: Clock;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Log;
  /** How many probes may be under way at once; 100 by default. */
  readonly limit?: number;
  /** An answer changed an observation, or made the room ready. Changes that `follow` makes are there when it returns. */
  readonly onChange: () => void;
}

export function createProbing(deps: ProbingDeps): Probing {
  const { clock, random, log } = deps;
  const probers = deps.probers ?? createProbers({ clock });
  const turnstile = createTurnstile(deps.limit ?? 100);
  let watches: ReadonlyMap<string, Watch> = new Map();
  let observations: readonly Observation[] = [];
  let followed = false;
  let ready = false;

  function refresh(): void {
    const now = [...watches.values()].map((watch) => watch.observation);
    const same = now.length === observations.length && now.every((one, index) => one === observations[index]);
    if (!same) observations = now;
    ready ||= followed && [...watches.values()].every((watch) => watch.answered);
  }

  function onChange(): void {
    refresh();
    deps.onChange();
  }

  const watchDeps = { probers, turnstile, clock, random, log, onChange };

  return {
    follow(targets) {
      followed = true;
      const wanted = new Map(targets.map((target) => [target.instance, target]));
      for (const [instance, watch] of watches) if (!wanted.has(instance)) watch.stop();
      const next = new Map<string, Watch>();
      for (const [instance, target] of wanted) {
        const watch = watches.get(instance);
        watch?.follow(target);
        next.set(instance, watch ?? createWatch(target, watchDeps));
      }
      watches = next;
      refresh();
    },
    observations: () => observations,
    timings() {
      const timings = new Map<string, Timing>();
      for (const [instance, { timing }] of watches) if (timing !== undefined) timings.set(instance, timing);
      return timings;
    },
    get ready() {
      return ready;
    },
    async [Symbol.asyncDispose]() {
      for (const watch of watches.values()) watch.stop();
      watches = new Map();
      refresh();
    },
  };
}
