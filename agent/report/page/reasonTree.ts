/** Why a verdict is as it is, as a list of steps; below each step, the services that it read and that are not up, with their own reasons. */

import type { Decision, Json, Reason, ReasonInput, Verdict } from '../../model.ts';
import { own } from '../serviceName.ts';
import { type Html, html, when } from './html.ts';
import { reportMark } from './marks.ts';
import { lasting } from './times.ts';

/** Chains of dependencies longer than this are followed on the next service's own page. */
const deepest = 6;
const mostInputs = 40;

/** The reasons of one service, down to the root causes. */
export function reasonTree(decision: Decision, service: string, nowMs: number): Html {
  const verdict = own(decision.verdicts, service);
  return verdict === undefined
    ? html`<p class="empty">Nothing is decided on it yet.</p>`
    : steps(decision, verdict, nowMs, [service]);
}

function steps(decision: Decision, verdict: Verdict, nowMs: number, path: readonly string[]): Html {
  if (verdict.because.length === 0) return html`<p class="empty">${verdict.message}</p>`;
  return html`<ol class="steps">${verdict.because.map((reason) => {
    const causes = causesOf(decision, reason, path);
    return html`<li class="${reason.sets === undefined ? 'looked' : 'set'}">
<p><span class="step">${reason.step}</span> <b>${reason.says}</b>${
      reason.sets === undefined
        ? undefined
        : html` <small>${reason.sets.field} = ${words(reason.sets.value)}</small>`
    }</p>
<p class="source">${reason.source}</p>
${inputs(reason.inputs, nowMs)}
${causes.map((cause) => causeBranch(decision, cause, nowMs, path))}
</li>`;
  })}</ol>`;
}

function causeBranch(decision: Decision, cause: Verdict, nowMs: number, path: readonly string[]): Html {
  const link = html`<a href="/services/${encodeURIComponent(cause.service)}">${cause.service}</a>`;
  const key = [...path, cause.service];
  if (key.length > deepest)
    return html`<p class="cause">${link} ${reportMark(cause.report, cause.state)}</p>`;
  return html`<details class="cause" id="why-${key.join('-')}" open><summary>${reportMark(cause.report, cause.state)} ${link}: ${cause.message}</summary>
${steps(decision, cause, nowMs, key)}</details>`;
}

/** The local services that a step read and that are not up, save those whose reasons we are in already. */
function causesOf(decision: Decision, { inputs }: Reason, path: readonly string[]): readonly Verdict[] {
  const read = new Set(inputs.map(({ fact }) => serviceOf(fact)));
  return [...read].flatMap((name) => {
    const verdict = name === undefined || path.includes(name) ? undefined : own(decision.verdicts, name);
    return verdict === undefined || verdict.report === 'up' ? [] : [verdict];
  });
}

/** `db` of the fact `db.state`; nothing for facts of other regions and of instances. */
function serviceOf(fact: string): string | undefined {
  return /^([^/#]+)\.(?:state|report|eligible)$/.exec(fact)?.[1];
}

function inputs(all: readonly ReasonInput[], nowMs: number): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<ul class="inputs">${all
    .slice(0, mostInputs)
    .map(
      ({ fact, value, sinceMs, note }) =>
        html`<li><code>${fact}</code> is <b>${words(value)}</b>${
          sinceMs === undefined ? undefined : html`, for ${lasting(sinceMs, nowMs)}`
        }${note === undefined ? undefined : html` <span class="note">${note}</span>`}</li>`,
    )}${when(all.length > mostInputs, () => html`<li>and ${all.length - mostInputs} more</li>`)}</ul>`;
}

function words(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
