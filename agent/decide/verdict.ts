/** Puts together what the steps have found out of one service. */

import type { Reason, Verdict } from '../model.ts';
import type { Memo } from './memo.ts';
import type { Outcome, Outcomes } from './outcomes.ts';
import type { Structure } from './structure.ts';
import type { Work } from './work.ts';
import { messageOf, wordReason } from './words.ts';

/** The verdict; the very same object while nothing of it changes. */
export function makeVerdict(work: Work, structure: Structure, outcomes: Outcomes, memo: Memo<Verdict>): Verdict {
  const messages = messagesOn(work, structure, outcomes);
  const { state, priority, report, claim, view } = work;
  const key = [state, priority, report, claim, view, ...messages.flatMap(({ outcome, message }) => [outcome, message])];
  return memo(key, () => {
    const said = messages.map(({ outcome, message }): Reason => {
      const reason = wordReason({ outcome, message }, 'message', { field: 'message', value: message });
      return { ...reason, says: message };
    });
    return {
      service: work.name,
      state: state?.state ?? 'unknown',
      report: report?.report ?? 'unknown',
      eligible: report?.eligible ?? false,
      willing: report?.willing ?? false,
      priority: priority?.priority ?? 0,
      message: messages.at(-1)?.message ?? report?.message ?? '',
      because: [...(state?.reasons ?? []), ...(priority?.reasons ?? []), ...(report?.reasons ?? []), ...said],
      stateSinceMs: state?.sinceMs ?? 0,
      reportSinceMs: report?.sinceMs ?? 0,
      healthy: view.healthy,
      total: view.total,
      properties: view.properties,
      ...(claim === undefined ? {} : { claim }),
    };
  });
}

/** Effects that set a message and nothing else; the last one is the verdict's. */
function messagesOn(
  work: Work,
  { words }: Structure,
  outcomes: Outcomes,
): readonly { readonly outcome: Outcome; readonly message: string }[] {
  return (words.get(work.name) ?? []).flatMap(({ rule, branch, effect }) => {
    const { state, report, priority } = effect;
    if (effect.message === undefined || state !== undefined || report !== undefined || priority !== undefined) return [];
    const outcome = outcomes.of(rule);
    const message = messageOf(effect, outcomes);
    return outcome.memory.branch !== branch || message === undefined ? [] : [{ outcome, message }];
  });
}
