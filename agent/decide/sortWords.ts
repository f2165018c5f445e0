/** What the rules may say of each service, sorted by what it sets and by when the rule can be asked. */

import { stageOf } from './catalogue.ts';
import { readsAny } from './readsAny.ts';
import type { Rule, RuleSet, VerdictEffect } from './rule/rule.ts';

/** One rule's word on one service. */
export interface Word {
  readonly rule: Rule;
  readonly branch: 'then' | 'else';
  readonly effect: VerdictEffect;
}

/** Each list in the order in which the rules apply. */
export interface WordsOn {
  readonly state: readonly Word[];
  readonly priority: readonly Word[];
  /** On the report, save placement. */
  readonly report: readonly Word[];
  /** Those of them whose rules read nothing that is decided service by service: they can be asked before. */
  readonly early: readonly Word[];
  /** On the report, by rules that ask whether this region is among the first. */
  readonly placement: readonly Word[];
  /** Those that set a message and nothing else. */
  readonly message: readonly Word[];
}

const none: readonly Word[] = [];

export const noWords: WordsOn = {
  state: none,
  priority: none,
  report: none,
  early: none,
  placement: none,
  message: none,
};

type Lists = Record<keyof WordsOn, Word[]>;

export function sortWords(
  names: readonly string[],
  rules: readonly Rule[],
  ruleSet: RuleSet,
): ReadonlyMap<string, WordsOn> {
  const readsPlace = readsAny(ruleSet.facts, (fact) => fact.kind === 'place');
  const readsLate = readsAny(ruleSet.facts, (fact) => stageOf(fact) === 'report');
  const sorted = new Map<string, Lists>(names.map((name) => [name, emptyLists()]));
  for (const rule of rules) {
    const isPlacement = readsPlace(rule);
    const isLate = readsLate(rule);
    for (const branch of ['then', 'else'] as const)
      for (const effect of rule[branch]) {
        if (effect.kind !== 'verdict') continue;
        const word: Word = { rule, branch, effect };
        const fields = fieldsOf(effect, isPlacement, isLate);
        for (const name of namesOf(effect, names))
          for (const field of fields) sorted.get(name)?.[field].push(word);
      }
  }
  return sorted;
}

function emptyLists(): Lists {
  return { state: [], priority: [], report: [], early: [], placement: [], message: [] };
}

function namesOf({ services }: VerdictEffect, names: readonly string[]): Iterable<string> {
  if (services === '*') return names;
  return services.length === 1 ? services : new Set(services);
}

function fieldsOf(effect: VerdictEffect, isPlacement: boolean, isLate: boolean): readonly (keyof WordsOn)[] {
  const fields: (keyof WordsOn)[] = [];
  if (effect.state !== undefined) fields.push('state');
  if (effect.priority !== undefined) fields.push('priority');
  if (effect.report !== undefined) fields.push(isPlacement ? 'placement' : 'report');
  if (effect.report !== undefined && !isLate) fields.push('early');
  return fields.length === 0 ? ['message'] : fields;
}
