/** What the rules may say of each service, sorted by what it sets and by when the rule can be asked. */

import { stageOf } from './catalogue.ts';
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

export const noWords: WordsOn = {
  state: [],
  priority: [],
  report: [],
  early: [],
  placement: [],
  message: [],
};

export function sortWords(
  names: readonly string[],
  rules: readonly Rule[],
  ruleSet: RuleSet,
): ReadonlyMap<string, WordsOn> {
  const known = new Set(names);
  const isPlace = ruleSet.facts.map((fact) => fact.kind === 'place');
  const isDecidedLate = ruleSet.facts.map((fact) => stageOf(fact) === 'report');
  const sorted = new Map<string, { [Field in keyof WordsOn]: Word[] }>();
  for (const rule of rules) {
    const isPlacement = rule.condition.reads.some((fact) => isPlace[fact] === true);
    const isLate = rule.condition.reads.some((fact) => isDecidedLate[fact] === true);
    for (const branch of ['then', 'else'] as const)
      for (const effect of rule[branch]) {
        if (effect.kind !== 'verdict') continue;
        for (const name of effect.services === '*' ? names : new Set(effect.services)) {
          if (!known.has(name)) continue;
          const on = sorted.get(name) ?? {
            state: [],
            priority: [],
            report: [],
            early: [],
            placement: [],
            message: [],
          };
          sorted.set(name, on);
          for (const field of fieldsOf(effect, isPlacement, isLate)) on[field].push({ rule, branch, effect });
        }
      }
  }
  return sorted;
}

function fieldsOf(effect: VerdictEffect, isPlacement: boolean, isLate: boolean): readonly (keyof WordsOn)[] {
  const fields: (keyof WordsOn)[] = [];
  if (effect.state !== undefined) fields.push('state');
  if (effect.priority !== undefined) fields.push('priority');
  if (effect.report !== undefined) fields.push(isPlacement ? 'placement' : 'report');
  if (effect.report !== undefined && !isLate) fields.push('early');
  return fields.length === 0 ? ['message'] : fields;
}
