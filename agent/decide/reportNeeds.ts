/** What the things that a service depends on make of its report. */

import type { Reason, ReasonInput, Report } from '../model.ts';
import { serviceName } from './catalogue.ts';
import type { Need } from './needs.ts';
import { tellRoot } from './state.ts';
import type { Root, Work } from './work.ts';

interface Judged {
  readonly report: Report;
  readonly reason: Reason;
  readonly root: Root;
  /** Its state says as much, and the state of this service has followed that already. */
  readonly told: boolean;
}

const badness: Readonly<Record<Report, number>> = { up: 0, drain: 1, unknown: 2, down: 3 };

/** The worst that they make of it, and the reasons; nothing where all serve. What the state has said is not said again. */
export function judgeNeeds(
  needs: readonly Need[],
  work: Work,
): { readonly worst: Judged | undefined; readonly reasons: readonly Reason[] } {
  let worst: Judged | undefined;
  const reasons: Reason[] = [];
  for (const need of needs) {
    const judged = judge(need, work);
    if (judged === undefined) continue;
    if (!judged.told || work.state?.state === 'up') reasons.push(judged.reason);
    if (judged.report !== 'up' && badness[judged.report] > badness[worst?.report ?? 'up']) worst = judged;
  }
  return { worst, reasons };
}

function judge({ ref, work: other, reading }: Need, work: Work): Judged | undefined {
  const name = serviceName(ref);
  const source = `label msa.depends-on of ${work.name}`;
  if (other !== undefined) {
    const report = other.report?.report ?? 'unknown';
    if (report === 'up') return undefined;
    const root = other.report?.root ?? { service: name, cause: 'it is not decided' };
    const input = inputOf(name, report, other.report?.sinceMs);
    const says = `${report} because ${name} is ${tellReport(report)}${tellRoot(name, root)}`;
    const told = other.state?.state !== 'up';
    return { report, root, told, reason: { step: 'dependency', source, says, inputs: [input] } };
  }
  const value = reading?.value;
  if (value === 'up') return undefined;
  const report: Report = value === 'down' || value === 'drain' ? value : stays(work);
  const told = typeof value === 'string' ? value : 'unknown';
  const cause = reading?.note ?? `it is ${told}`;
  const says =
    value === undefined
      ? `stays ${report}: whether ${name} serves is unknown (${cause})`
      : `${report} because ${name} is ${told} (${cause})`;
  const input = {
    ...inputOf(name, told, reading?.sinceMs),
    ...(reading?.note === undefined ? {} : { note: reading.note }),
  };
  return {
    report,
    root: { service: name, cause },
    told: false,
    reason: { step: 'dependency', source, says, inputs: [input] },
  };
}

/** Of a region that is silent nobody knows; the report stays up where it was, and never becomes it. */
function stays({ before }: Work): Report {
  if (before === undefined || before.report === 'unknown') return 'unknown';
  return before.report === 'up' ? 'up' : 'down';
}

function tellReport(report: Report): string {
  return report === 'drain' ? 'draining' : `reported ${report}`;
}

function inputOf(name: string, report: Report | string, sinceMs: number | undefined): ReasonInput {
  return { fact: `${name}.report`, value: report, ...(sinceMs === undefined ? {} : { sinceMs }) };
}
