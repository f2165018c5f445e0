/**
 * Runs a trial: goes through its time, from one instant at which anything may change to the next, lets the regions decide
 * until they have settled, and compares what is with what is expected. Pure.
 */

import type { Effect, Override } from '../../model.ts';
import type { RuleSet } from '../rule/rule.ts';
import { checkClaim, checkEffects, checkExpectation, type Difference, type Seen } from './compare.ts';
import { createLinks, type Links } from './links.ts';
import { createTrialRegions, type TrialRegions } from './regions.ts';
import { createTrialServices, type PlanOf, type StackService, type TrialServices } from './services.ts';
import type { Claimed, Trial, TrialEvent, TrialStep } from './trial.ts';

export interface TrialInput {
  readonly trial: Trial;
  readonly rules: RuleSet;
  /** The services of the trial's stack file, by name. */
  readonly stack: Readonly<Record<string, StackService>>;
  /** How labels become a plan. */
  readonly planOf: PlanOf;
}

export interface TrialResult {
  readonly trial: Trial;
  /** None: it passed. */
  readonly differences: readonly Difference[];
}

/** More instants than this in one trial are a mistake. */
const mostInstants = 10_000;
const mostDifferences = 20;

export function runTrial(input: TrialInput): TrialResult {
  const { trial } = input;
  const names = Object.keys(trial.given);
  const links = createLinks(names, trial.settings, trial.startMs);
  const services = createTrialServices(input);
  const priorities = trial.settings.regionPriority;
  const regions = createTrialRegions({ names, priorities, rules: input.rules, links });
  for (const name of names) regions.place(name, services.in(name));
  regions.acquaint(trial.startMs);
  const run = createRun({ trial, names, links, services, regions });
  for (const step of trial.steps) {
    run.passTo(trial.startMs + step.atMs);
    run.step(step);
  }
  return { trial, differences: run.differences() };
}

interface RunDeps {
  readonly trial: Trial;
  readonly names: readonly string[];
  readonly links: Links;
  readonly services: TrialServices;
  readonly regions: TrialRegions;
}

function createRun({ trial, names, links, services, regions }: RunDeps) {
  const found: Difference[] = [];
  const broken = new Set<Claimed>();
  const known = new Set<string>();
  let begun: (readonly [string, Effect])[] = [];
  let nowMs = trial.startMs;
  let instants = 0;

  const seen = (): Seen => ({
    nowMs,
    startMs: trial.startMs,
    regions: names.flatMap((name) => {
      const decided = regions.decided(name);
      return decided === undefined ? [] : [{ name, decision: decided.decision }];
    }),
  });

  /** Each claim is told of once: the first instant is the one to look at. */
  function check(claims: readonly Claimed[], wanted: boolean): void {
    for (const claimed of claims) {
      const difference = broken.has(claimed) ? undefined : checkClaim(claimed, wanted, seen(), begun);
      if (difference === undefined) continue;
      broken.add(claimed);
      found.push(difference);
    }
  }

  function gatherEffects(): void {
    for (const { name, decision } of seen().regions)
      for (const effect of decision.effects) {
        const key = `${name} ${effect.key}`;
        if (known.has(key)) continue;
        known.add(key);
        begun.push([name, effect]);
      }
  }

  function settle(): void {
    for (const name of names) regions.place(name, services.in(name));
    const settled = regions.settle(nowMs, () => {
      gatherEffects();
      check(trial.never, false);
    });
    if (!settled)
      found.push({
        where: trial.where,
        atMs: nowMs - trial.startMs,
        what: 'the regions',
        expected: 'come to rest',
        got: 'go on changing: each decision makes another region decide otherwise',
      });
    check(trial.always, true);
  }

  return {
    /** Lets time pass until just before that instant. */
    passTo(untilMs: number): void {
      for (;;) {
        const nextMs = Math.min(links.nextMs(), regions.nextMs());
        if (nextMs >= untilMs || nextMs <= nowMs || ++instants > mostInstants) break;
        nowMs = nextMs;
        links.move(nowMs);
        settle();
      }
      nowMs = untilMs;
      links.move(nowMs);
    },
    step(step: TrialStep): void {
      for (const event of step.events) apply(event);
      links.move(nowMs);
      settle();
      const now = seen();
      for (const expectation of step.expect) found.push(...checkExpectation(expectation, now));
      if (step.effects === undefined) return;
      found.push(...checkEffects(step.effects, begun, now));
      begun = [];
    },
    differences: (): readonly Difference[] => [...services.problems(), ...found].slice(0, mostDifferences),
  };

  function apply(event: TrialEvent): void {
    switch (event.kind) {
      case 'set':
        services.set(event, nowMs);
        break;
      case 'labels':
        services.label(event.id, event.labels);
        break;
      case 'cut':
      case 'heal':
        links[event.kind](event.region, event.from);
        break;
      case 'stop':
      case 'start':
        links[event.kind](event.region);
        break;
      case 'override':
        for (const name of event.region === undefined ? names : [event.region])
          regions.override(name, event.service, overrideOf(event));
    }
  }

  function overrideOf({ service, report }: TrialEvent & { readonly kind: 'override' }): Override | undefined {
    return report === undefined
      ? undefined
      : { service, report, owner: 'the test', reason: 'as the test says', setAtMs: nowMs };
  }
}
