/** What is different between two decisions, for logs, events and people. */

import type { Decision, Report, State, Verdict } from '../model.ts';

/** One service whose state or report is not what it was. */
export interface Change {
  readonly service: string;
  /** Absent: the service is new. */
  readonly from?: { readonly state: State; readonly report: Report };
  /** Absent: the service is gone. */
  readonly to?: { readonly state: State; readonly report: Report };
  /** A first verdict, or up after unknown, is none. */
  readonly notable: boolean;
  /** What happened and why: `wfe is down (was up): db is down …`. */
  readonly sentence: string;
}

/** The changes, by name of the service. */
export function changes(before: Decision | undefined, after: Decision): readonly Change[] {
  const names = new Set([...Object.keys(before?.verdicts ?? {}), ...Object.keys(after.verdicts)]);
  return [...names]
    .toSorted()
    .flatMap((name) => changeOf(name, before?.verdicts[name], after.verdicts[name]) ?? []);
}

function changeOf(service: string, from: Verdict | undefined, to: Verdict | undefined): Change | undefined {
  if (to === undefined) {
    if (from === undefined) return undefined;
    return { service, from: pick(from), notable: true, sentence: `${service} is gone (was ${from.report})` };
  }
  if (from?.state === to.state && from.report === to.report) return undefined;
  const was = from === undefined ? '' : ` (was ${tell(from, to)})`;
  return {
    service,
    ...(from === undefined ? {} : { from: pick(from) }),
    to: pick(to),
    notable: from !== undefined && !(from.report === 'unknown' && to.report === 'up'),
    sentence: `${service} is ${tell(to, from)}${was}: ${withoutLead(to)}`,
  };
}

function pick({ state, report }: Verdict): { readonly state: State; readonly report: Report } {
  return { state, report };
}

/** The report; with the state, where that is another, and something to tell apart. */
function tell(verdict: Verdict, other: Verdict | undefined): string {
  const { state, report } = verdict;
  const plain =
    state === report && (other === undefined || other.state === other.report || other.report !== report);
  return plain ? report : `${report}, state ${state}`;
}

/** `down because db is down` after `wfe is down` would say it twice. */
function withoutLead({ message, report }: Verdict): string {
  for (const lead of [`${report} because `, `${report}: `])
    if (message.startsWith(lead)) return message.slice(lead.length);
  return message;
}
