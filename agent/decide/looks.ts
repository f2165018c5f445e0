/**
 * Which rules must be asked in each decision, whatever changed: those that read what has no source to watch. Most can be asked
 * once all states are decided, and touch only whom they speak of anew; the rest hang on what is decided service by service.
 */

import { type FactRef, stageOf } from './catalogue.ts';
import type { FactSources } from './factSources.ts';
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
  const stages = facts.map(stageOf);
  const isLoose = (fact: number) => sources.isLoose[fact] === true;
  const mustLook = rules.map(({ stage, condition: { reads } }) =>
    reads.some((fact) => isLoose(fact) || (stage === 'state' && stages[fact] === 'state')),
  );
  const canSettle = rules.map(
    ({ stage, condition: { reads } }) =>
      stage !== 'state' && reads.every((fact) => stages[fact] === 'instances' || stages[fact] === 'state'),
  );
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
