/** What the rules say right now, and the reasons that it leaves. */

import type { Json, Reason } from '../model.ts';
import type { Outcomes } from './outcomes.ts';
import { ruleSource } from './rule/rule.ts';
import { fillTemplate } from './rule/template.ts';
import type { Said } from './said.ts';
import type { Word } from './sortWords.ts';

/** Gives those of the words that are in force; the very same list while nothing of it changes. */
export type WordsInForce = (words: readonly Word[]) => readonly Said[];

const nothingSaid: readonly Said[] = [];

export function createWordsInForce(outcomes: Outcomes): WordsInForce {
  const last = new Map<readonly Word[], readonly Said[]>();

  /** The word as it was said before, where it still is. */
  function say(word: Word, before: Said | undefined): Said | undefined {
    const outcome = outcomes.of(word.rule);
    const { effect } = word;
    if (outcome.memory.branch !== word.branch) return undefined;
    const stands = before?.outcome === outcome && before.effect === effect;
    if (stands && (effect.message?.facts.length ?? 0) === 0) return before;
    if (effect.message === undefined) return { outcome, effect, message: undefined };
    const told = effect.message.facts.map(outcomes.read);
    if (stands && told.every((reading, index) => reading === before.told?.[index])) return before;
    return {
      outcome,
      effect,
      told,
      message: fillTemplate(effect.message, (fact) => outcomes.read(fact).value),
    };
  }

  return (words) => {
    if (words.length === 0) return nothingSaid;
    const before = last.get(words) ?? nothingSaid;
    let now: Said[] | undefined;
    let count = 0;
    for (const word of words) {
      const said = say(word, before[count]);
      if (said === undefined) continue;
      if (now === undefined && said !== before[count]) now = before.slice(0, count);
      now?.push(said);
      count++;
    }
    if (now === undefined && count < before.length) now = before.slice(0, count);
    if (now === undefined) return before;
    last.set(words, now);
    return now;
  };
}

/** The reason that such a word leaves. */
export function wordReason(
  { outcome, message }: Said,
  says: string,
  sets?: { readonly field: 'state' | 'report' | 'priority' | 'message'; readonly value: Json },
): Reason {
  const { rule, answer, memory } = outcome;
  const held = answer === undefined && rule.unknown === 'hold' ? ' (held: what it reads is unknown)' : '';
  const because = message ?? `its condition is ${memory.branch === 'then' ? 'true' : 'false'}`;
  return {
    step: sets?.field === 'priority' ? 'priority' : 'rule',
    source: ruleSource(rule),
    says: `${says}: ${because}${held}`,
    ...(sets === undefined ? {} : { sets }),
    inputs: outcome.inputs(),
  };
}
