/** Which rules read facts of some kind. */

import type { FactRef } from './catalogue.ts';
import type { Rule } from './rule/rule.ts';

/** Tells whether a rule reads such a fact. Where there is none, and that is most often, thousands of rules are not gone through. */
export function readsAny(
  facts: readonly FactRef[],
  isSuch: (fact: FactRef, index: number) => boolean,
): (rule: Rule) => boolean {
  const such = facts.map(isSuch);
  if (!such.includes(true)) return () => false;
  return (rule) => rule.condition.reads.some((fact) => such[fact] === true);
}
