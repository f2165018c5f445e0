/** What the rules say of one service in one field, in the order in which they apply. */

import type { Json, Reason } from '../model.ts';
import type { Outcome, Outcomes } from './outcomes.ts';
import { type Rule, ruleSource, type VerdictEffect } from './rule/rule.ts';
import { fillTemplate } from './rule/template.ts';
import type { Word } from './structure.ts';

export interface Said {
  readonly outcome: Outcome;
  readonly effect: VerdictEffect;
  readonly message: string | undefined;
}

/** The words in force of rules that pass the filter, on effects that set the field. */
export function wordsInForce(
  words: readonly Word[],
  field: 'state' | 'report' | 'priority',
  outcomes: Outcomes,
  filter: (rule: Rule) => boolean = () => true,
): readonly Said[] {
  const said: Said[] = [];
  for (const { rule, branch, effect } of words) {
    if (effect[field] === undefined || !filter(rule)) continue;
    const outcome = outcomes.of(rule);
    if (outcome.memory.branch === branch) said.push({ outcome, effect, message: messageOf(effect, outcomes) });
  }
  return said;
}

/** The effect's own message, filled in; undefined where it has none. */
export function messageOf(effect: VerdictEffect, outcomes: Outcomes): string | undefined {
  return effect.message === undefined
    ? undefined
    : fillTemplate(effect.message, (fact) => outcomes.read(fact).value);
}

/** The reason that such a word leaves. */
export function wordReason(
  { outcome, message }: Pick<Said, 'outcome' | 'message'>,
  says: string,
  sets?: { readonly field: 'state' | 'report' | 'priority' | 'message'; readonly value: Json },
): Reason {
  const { rule, answer, inputs, memory } = outcome;
  const held = answer === undefined && rule.unknown === 'hold' ? ' (held: what it reads is unknown)' : '';
  const because = message ?? `its condition is ${memory.branch === 'then' ? 'true' : 'false'}`;
  return {
    step: sets?.field === 'priority' ? 'priority' : 'rule',
    source: ruleSource(rule),
    says: `${says}: ${because}${held}`,
    ...(sets === undefined ? {} : { sets }),
    inputs,
  };
}
