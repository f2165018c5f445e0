/** Puts together what the steps have found out of one service. */

import type { Reason, Verdict } from '../model.ts';
import type { Said } from './said.ts';
import { wordReason } from './words.ts';
import type { Work } from './work.ts';

/** The verdict; the words are those that set a message and nothing else, of which the last one counts. */
export function makeVerdict(work: Work, messages: readonly Said[]): Verdict {
  const { state, priority, report, claim, isReady, view } = work;
  const said = messages.map((one): Reason => {
    const message = one.message ?? '';
    return { ...wordReason(one, 'message', { field: 'message', value: message }), says: message };
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
    ...(isReady === undefined ? {} : { ready: isReady }),
  };
}
