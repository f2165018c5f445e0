/**
 * What if: the same decision code on a changed copy of the facts. Pure: nothing outside is changed or asked.
 *
 * First the decision on the facts as they are; then on the changed ones, at once and at each later instant at which time
 * alone changes something (a `for` that has waited, a hold that ends), as far as one wants to look ahead.
 */

import type { Decision, Effect, Facts, Memory, Report, State } from '../model.ts';
import { createDecider } from './decide.ts';
import { type Explanation, explain } from './explain.ts';
import type { RuleSet } from './rule/rule.ts';

export interface Simulation {
  readonly region: string;
  /** The decision on the facts as they are. */
  readonly before: Decision;
  /** What changes, in the order of time; none: nothing. */
  readonly instants: readonly SimulatedInstant[];
}

interface SimulatedInstant {
  readonly atMs: number;
  /** Since the change of the facts. */
  readonly afterMs: number;
  readonly changes: readonly SimulatedChange[];
  /** The effects that begin. */
  readonly effects: readonly Effect[];
}

export interface SimulatedChange {
  readonly service: string;
  readonly from: { readonly state: State; readonly report: Report; readonly priority: number };
  readonly to: { readonly state: State; readonly report: Report; readonly priority: number };
  readonly message: string;
  readonly explanation: Explanation;
}

const mostInstants = 1_000;

export function simulate(input: {
  readonly rules: RuleSet;
  /** The rules in force, where others are tried. */
  readonly rulesBefore: RuleSet;
  readonly facts: Facts;
  /** The same facts with the changes in them. */
  readonly changed: Facts;
  readonly memory: Memory;
  readonly nowMs: number;
  readonly aheadMs: number;
}): Simulation {
  const { rules, rulesBefore, facts, changed, nowMs, aheadMs } = input;
  const decide = createDecider(rules);
  const start = createDecider(rulesBefore)(facts, input.memory, nowMs);
  const instants: SimulatedInstant[] = [];
  let last = start;
  for (let atMs: number | undefined = nowMs, count = 0; atMs !== undefined && count < mostInstants; count++) {
    const next = decide(changed, last.memory, atMs);
    const instant = {
      atMs,
      afterMs: atMs - nowMs,
      changes: changesBetween(last.decision, next.decision),
      effects: begunIn(last.decision, next.decision),
    };
    if (instant.changes.length + instant.effects.length > 0) instants.push(instant);
    last = next;
    const { wakeAtMs } = next;
    atMs = wakeAtMs !== undefined && wakeAtMs > atMs && wakeAtMs <= nowMs + aheadMs ? wakeAtMs : undefined;
  }
  return { region: facts.region, before: start.decision, instants };
}

function changesBetween(from: Decision, to: Decision): readonly SimulatedChange[] {
  return Object.values(to.verdicts)
    .toSorted((a, b) => (a.service < b.service ? -1 : 1))
    .flatMap((after) => {
      const before = from.verdicts[after.service];
      const explanation = explain(to, after.service);
      if (before === undefined || explanation === undefined) return [];
      const same =
        before.state === after.state && before.report === after.report && before.priority === after.priority;
      if (same) return [];
      const pick = ({ state, report, priority }: typeof after) => ({ state, report, priority });
      return [
        { service: after.service, from: pick(before), to: pick(after), message: after.message, explanation },
      ];
    });
}

function begunIn(from: Decision, to: Decision): readonly Effect[] {
  const known = new Set(from.effects.map(({ key }) => key));
  return to.effects.filter(({ key }) => !known.has(key));
}
