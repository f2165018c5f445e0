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

const none: readonly Word[] = [];

export const noWords: WordsOn = {
  state: none,
  priority: none,
  report: none,
  early: none,
  placement: none,
  message: none,
};

type Lists = { -readonly [Field in keyof WordsOn]?: Word[] };

export function sortWords(
  names: readonly string[],
  rules: readonly Rule[],
  ruleSet: RuleSet,
): ReadonlyMap<string, WordsOn> {
  const isPlace = ruleSet.facts.map((fact) => fact.kind === 'place');
  const isDecidedLate = ruleSet.facts.map((fact) => stageOf(fact) === 'report');
  const sorted = new Map<string, Lists>(names.map((name) => [name, {}]));
  for (const rule of rules) {
    const isPlacement = rule.condition.reads.some((fact) => isPlace[fact] === true);
    const isLate = rule.condition.reads.some((fact) => isDecidedLate[fact] === true);
    for (const branch of ['then', 'else'] as const)
      for (const effect of rule[branch]) {
        if (effect.kind !== 'verdict') continue;
        const word: Word = { rule, branch, effect };
        const fields = fieldsOf(effect, isPlacement, isLate);
        for (const name of namesOf(effect, names)) add(sorted.get(name), fields, word);
      }
  }
  return new Map([...sorted].map(([name, lists]) => [name, { ...noWords, ...lists }]));
}

function add(lists: Lists | undefined, fields: readonly (keyof WordsOn)[], word: Word): void {
  if (lists === undefined) return;
  for (const field of fields) {
    const list = lists[field];
    if (list === undefined) lists[field] = [word];
    else list.push(word);
  }
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
