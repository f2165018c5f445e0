/** The facts that a set of rules reads, each once, numbered in the order in which they were met. */

import { type FactRef, factName } from '../catalogue.ts';

export interface FactTable {
  readonly all: readonly FactRef[];
  /** The number of the fact, given to it at the first asking. */
  indexOf(fact: FactRef): number;
}

export function createFactTable(): FactTable {
  const all: FactRef[] = [];
  const byName = new Map<string, number>();
  return {
    all,
    indexOf(fact) {
      const name = factName(fact);
      const known = byName.get(name);
      if (known !== undefined) return known;
      byName.set(name, all.length);
      all.push(fact);
      return all.length - 1;
    },
  };
}
