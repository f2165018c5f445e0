/**
 * Which rules must be asked in each decision, whatever changed: those that read what has no source to watch. Most can be asked
 * once all states are decided, and touch only whom they speak of anew; the rest hang on what is decided service by service.
 */

import { type FactRef, stageOf } from './catalogue.ts';
import type { FactSources } from './factSources.ts';
import { readsAny } from './readsAny.ts';
import type { Rule } from './rule/rule.ts';

export interface Looks {
  /** By the rule's number: it must be asked. */
  readonly mustLook: readonly boolean[];
  /** By the rule's number: it can be asked once all states are decided. */
  readonly canSettle: readonly boolean[];
  /** The rules that must be asked and can be asked then. */
  readonly afterStates: readonly number[];
  /** The services that the rest of those that must be asked speak of, and those whose messages tell such facts. */
  readonly always: ReadonlySet<string>;
}

export function sortLooks(
  rules: readonly Rule[],
  facts: readonly FactRef[],
  sources: FactSources,
  { targetsOf }: { readonly targetsOf: readonly (readonly string[] | undefined)[] },
): Looks {
  const isLoose = (fact: number) => sources.isLoose[fact] === true;
  const readsLoose = readsAny(facts, (_, index) => isLoose(index));
  const readsState = readsAny(facts, (fact) => stageOf(fact) === 'state');
  const readsLater = readsAny(facts, (fact) => stageOf(fact) === 'priority' || stageOf(fact) === 'report');
  const mustLook = rules.map((rule) => readsLoose(rule) || (rule.stage === 'state' && readsState(rule)));
  const canSettle = rules.map((rule) => rule.stage !== 'state' && !readsLater(rule));
  const always = new Set<string>();
  for (const { index, then, else: otherwise } of rules) {
    const tells = [...then, ...otherwise].some(
      (effect) => effect.kind === 'verdict' && effect.message?.facts.some(isLoose) === true,
    );
    const isLate = mustLook[index] === true && canSettle[index] !== true;
    if (tells || isLate) for (const service of targetsOf[index] ?? []) always.add(service);
  }
  const afterStates = rules.flatMap(({ index }) =>
    mustLook[index] === true && canSettle[index] === true ? [index] : [],
  );
  return { mustLook, canSettle, afterStates, always };
}
