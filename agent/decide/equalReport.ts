/** Are two views of a report alike in all they say? Then the older one is kept, and what is made of it stands. */

import type { Json } from '../model.ts';
import { equalJson } from './equalJson.ts';
import type { ReportView } from './work.ts';

export function equalReport(one: ReportView, other: ReportView): boolean {
  return equalJson(plain(one), plain(other));
}

function plain({ reasons, root, was, ...rest }: ReportView): Json {
  return {
    ...rest,
    was: was ?? null,
    root: { ...root },
    reasons: reasons.map((reason) => ({
      step: reason.step,
      source: reason.source,
      says: reason.says,
      sets: reason.sets === undefined ? null : { ...reason.sets },
      inputs: reason.inputs.map((input) => ({
        fact: input.fact,
        value: input.value,
        sinceMs: input.sinceMs ?? null,
        note: input.note ?? null,
      })),
    })),
  };
}
