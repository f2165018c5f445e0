/** One service: its verdict, the whole why, its instances, and what its labels say. */

import type { HealthyMin, InstanceFacts, Outcome, ServicePlan, ServiceRef, Verdict } from '../../model.ts';
import { problemsOf } from '../problems.ts';
import { own } from '../serviceName.ts';
import { type Explain, serviceLine, type Timings } from '../views.ts';
import { elsewhereSection } from './agents.ts';
import { type Html, html, when } from './html.ts';
import type { Page, PageView } from './layout.ts';
import { healthMark, reportMark, reportTone, stateMark, symbol } from './marks.ts';
import { planFacts } from './planFacts.ts';
import { problemList } from './problemList.ts';
import { reasonTree } from './reasonTree.ts';
import { ago, clockTime, lasting } from './times.ts';

/** The page of a service that is known to be in the picture. */
export function servicePage(
  view: PageView,
  service: string,
  { explain, timings }: { readonly explain: Explain; readonly timings: Timings },
): Page {
  const { picture, nowMs } = view;
  const facts = own(picture.facts.services, service);
  const { decision } = picture;
  const text = decision && explain(decision, service, nowMs)?.text;
  return {
    title: `${service}: ${serviceLine(picture, service).report} · ${picture.facts.region} · MSA`,
    main: html`<nav id="path" aria-label="Path"><a href="/">${picture.facts.region}</a> / ${service}</nav>
${verdictSection(view, service)}
${problemList(problemsOf(picture, service), { linked: false })}
<section id="why" aria-labelledby="why-title"><h2 id="why-title">Why</h2>
${decision === undefined ? html`<p class="empty">Nothing is decided yet.</p>` : reasonTree(decision, service, nowMs)}
${text === undefined ? undefined : html`<details id="as-text"><summary>The same as text</summary><pre>${text}</pre></details>`}
</section>
${instancesSection(view, facts?.instances ?? [], timings)}
${elsewhereSection(view, service)}
${facts === undefined ? undefined : planSection(view, facts.plan)}`,
  };
}

function verdictSection({ picture, nowMs }: PageView, service: string): Html {
  const verdict = own(picture.decision?.verdicts, service);
  const { report, state, message } = serviceLine(picture, service);
  const override = own(picture.facts.overrides, service);
  return html`<div id="summary" class="summary ${reportTone(report, state)}">${symbol(reportTone(report, state))}<div>
<h1>${service} <span>is reported ${report}</span></h1>
<p>${message}</p>
</div></div>
<div id="verdict">
${
  override &&
  html`<p class="banner calm">${symbol('calm')}<span><b>Overridden to ${override.report}</b> by ${override.owner}: ${override.reason}${
    override.expiresAtMs === undefined
      ? ' (until taken back)'
      : html` (until ${clockTime(override.expiresAtMs)})`
  }</span></p>`
}
${verdict && verdictFacts(verdict, nowMs)}
</div>`;
}

function verdictFacts(verdict: Verdict, nowMs: number): Html {
  const properties = Object.entries(verdict.properties).map(([name, value]) =>
    value === true ? name : `${name} = ${JSON.stringify(value)}`,
  );
  return html`<dl class="facts">
<div><dt>should it get traffic</dt><dd>${reportMark(verdict.report, verdict.state)} <small>for ${lasting(verdict.reportSinceMs, nowMs)}</small></dd></div>
<div><dt>could it run</dt><dd>${stateMark(verdict.state)} <small>for ${lasting(verdict.stateSinceMs, nowMs)}</small></dd></div>
<div><dt>healthy</dt><dd>${verdict.healthy} of ${verdict.total}</dd></div>
<div><dt>eligible</dt><dd>${verdict.eligible ? 'yes' : 'no'}</dd></div>
<div><dt>priority</dt><dd>${verdict.priority}</dd></div>
${when(properties.length > 0, () => html`<div><dt>properties</dt><dd>${properties.join(', ')}</dd></div>`)}
</dl>`;
}

function instancesSection(
  { picture, nowMs }: PageView,
  instances: readonly InstanceFacts[],
  timings: Timings,
): Html {
  if (instances.length === 0) {
    return html`<section id="instances" aria-labelledby="instances-title"><h2 id="instances-title">Instances</h2><p class="empty">None is known.</p></section>`;
  }
  const hostnames = new Map(picture.nodes.map(({ id, hostname }) => [id, hostname]));
  return html`<section id="instances" aria-labelledby="instances-title"><h2 id="instances-title">Instances</h2>
<table class="cards">
<thead><tr><th scope="col">Instance</th><th scope="col">Health</th><th scope="col">For</th><th scope="col">Node</th><th scope="col">Last answer</th><th scope="col">Asked</th></tr></thead>
<tbody>${instances.map((instance) => {
    const timing = timings.get(instance.id);
    return html`<tr>
<th scope="row"><code title="${instance.id}">${instance.id.slice(0, 12)}</code></th>
<td>${healthMark(instance.health, instance.stale)}</td>
<td data-label="for">${lasting(instance.sinceMs, nowMs)}</td>
<td data-label="on">${hostnames.get(instance.node) ?? instance.node}</td>
<td class="why">${outcomeWords(instance.outcome)}${timing && html` <small>${ago(timing.lastAtMs, nowMs)}, took ${Math.round(timing.latencyMs)} ms</small>`}</td>
<td class="asked">${instance.asked === '' ? html`<small>Docker's own word</small>` : html`<code>${instance.asked}</code>`}</td>
</tr>`;
  })}</tbody>
</table></section>`;
}

function outcomeWords(outcome: Outcome): string {
  if (outcome.result === 'pass') return 'pass';
  return `${outcome.result}: ${outcome.detail === '' ? outcome.reason : outcome.detail}`;
}

function planSection({ picture }: PageView, plan: ServicePlan): Html {
  const dependants = Object.values(picture.facts.services)
    .filter((other) => other.plan.dependsOn.some((on) => on.region === undefined && on.service === plan.name))
    .map((other): ServiceRef => ({ service: other.plan.name }));
  const statuses = Object.entries(plan.statusByReport).map(([report, status]) => `${report} ${status}`);
  return html`<section id="plan" aria-labelledby="plan-title"><h2 id="plan-title">What its labels say</h2>
<dl class="facts">
${planFacts(plan).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
<div><dt>up with</dt><dd>${healthyMinWords(plan.healthyMin)}</dd></div>
${when(plan.dependsOn.length > 0, () => html`<div><dt>depends on</dt><dd>${references(plan.dependsOn)}</dd></div>`)}
${when(dependants.length > 0, () => html`<div><dt>needed by</dt><dd>${references(dependants)}</dd></div>`)}
<div><dt>load balancers get</dt><dd><a href="/report/${encodeURIComponent(plan.name)}"><code>/report/${plan.name}</code></a> <small>${statuses.join(', ')}</small></dd></div>
</dl></section>`;
}

function healthyMinWords(min: HealthyMin): string {
  if (min.kind === 'percent') return `${min.percent} % of its instances healthy`;
  return min.count === 1 ? 'one healthy instance' : `${min.count} healthy instances`;
}

function references(all: readonly ServiceRef[]): readonly Html[] {
  return all.map(({ region, service }, index) => {
    const comma = index === 0 ? '' : ', ';
    return region === undefined
      ? html`${comma}<a href="/services/${encodeURIComponent(service)}">${service}</a>`
      : html`${comma}${region}/${service}`;
  });
}
