/** The status page: what gets traffic, what does not and why, and who says so. */

import type { InstanceFacts } from '../../model.ts';
import { allProblems } from '../problems.ts';
import { own, serviceNames } from '../serviceName.ts';
import { type ServiceLine, serviceLine } from '../views.ts';
import { agentsSection, regionsSection } from './agents.ts';
import { type Html, html, when } from './html.ts';
import type { Page, PageView } from './layout.ts';
import { healthTone, reportMark, reportTone, symbol } from './marks.ts';
import { problemList } from './problemList.ts';
import { lasting } from './times.ts';

/** Which services are shown. */
export interface Filter {
  /** Part of a name or of a stack; empty: all. */
  readonly text: string;
  readonly onlyNotUp: boolean;
}

/** With fewer services than this, looking is quicker than filtering. */
const fewServices = 12;
const mostDots = 12;
const mostNamed = 5;

export function overviewPage(view: PageView, filter: Filter): Page {
  const { picture } = view;
  const lines = serviceNames(picture).map((name) => serviceLine(picture, name));
  const shown = lines.filter((line) => passes(line, filter));
  const notUp = lines.filter(({ report }) => report !== 'up').length;
  return {
    title: `${notUp === 0 ? '' : `${notUp} not up · `}${picture.facts.region} · MSA`,
    main: html`${summary(view, lines)}
${problemList(allProblems(picture), { linked: true })}
<section id="services" aria-labelledby="services-title">
<div class="title"><h2 id="services-title">Services</h2>${filterForm(lines, filter)}</div>
${shown.length === 0 ? nothing(lines, filter) : byStack(shown).map(([stack, some]) => serviceTable(view, stack, some))}
</section>
${regionsSection(view)}
${agentsSection(view)}`,
  };
}

/** One sentence that says it all. */
function summary({ picture }: PageView, lines: readonly ServiceLine[]): Html {
  const missing = lines.filter(({ report }) => report !== 'up');
  const faulty = missing.filter(({ report, state }) => reportTone(report, state) !== 'calm');
  const names = missing.slice(0, mostNamed).map(({ service }) => service);
  const rest = missing.length - names.length;
  const tone =
    picture.decision === undefined
      ? 'dim'
      : missing.length === 0
        ? 'good'
        : faulty.length === 0
          ? 'calm'
          : 'bad';
  const sentence =
    picture.decision === undefined
      ? 'Nothing is decided yet.'
      : lines.length === 0
        ? 'No services here yet.'
        : missing.length === 0
          ? lines.length === 1
            ? 'The one service here gets traffic.'
            : `All ${lines.length} services get traffic.`
          : `${missing.length} of ${lines.length} services ${missing.length === 1 ? 'gets' : 'get'} no traffic.`;
  return html`<div id="summary" class="summary ${tone}">${symbol(tone)}<div><h1>${sentence}</h1>${when(
    missing.length > 0 && picture.decision !== undefined,
    () =>
      html`<p>${names.map((name, index) => html`${index === 0 ? '' : ', '}${link(name)}`)}${
        rest > 0 ? ` and ${rest} more` : ''
      }</p>`,
  )}</div></div>`;
}

function filterForm(lines: readonly ServiceLine[], { text, onlyNotUp }: Filter): Html | undefined {
  if (lines.length <= fewServices && text === '' && !onlyNotUp) return undefined;
  const query = text === '' ? '' : `q=${encodeURIComponent(text)}`;
  const current = (is: boolean) => (is ? html`aria-current="true"` : undefined);
  return html`<form class="filter" role="search" action="/">
<nav aria-label="Which services"><a href="/?${query}" ${current(!onlyNotUp)}>all</a><a href="/?${query}${query === '' ? '' : '&'}show=not-up" ${current(onlyNotUp)}>not up</a></nav>
${when(onlyNotUp, () => html`<input type="hidden" name="show" value="not-up">`)}
<input id="q" type="search" name="q" value="${text}" placeholder="name or stack" aria-label="Part of a name or stack">
</form>`;
}

function nothing(lines: readonly ServiceLine[], filter: Filter): Html {
  if (lines.length === 0) {
    return html`<p class="empty">Label a Swarm service with <code>msa.enable=true</code> or any other <code>msa.*</code> label, and it appears here.</p>`;
  }
  if (filter.onlyNotUp && filter.text === '') return html`<p class="empty">Every service is reported up.</p>`;
  return html`<p class="empty">None of the ${lines.length} services is like that. <a href="/">Show all</a></p>`;
}

function serviceTable(view: PageView, stack: string, lines: readonly ServiceLine[]): Html {
  return html`<table class="cards">
<caption>${stack === '' ? 'without a stack' : html`stack <b>${stack}</b>`}</caption>
<thead><tr><th scope="col">Service</th><th scope="col">Report</th><th scope="col">For</th><th scope="col">Healthy</th><th scope="col">Why</th></tr></thead>
<tbody>${lines.map((line) => serviceRow(view, line))}</tbody>
</table>`;
}

function serviceRow({ picture, nowMs }: PageView, line: ServiceLine): Html {
  const instances = own(picture.facts.services, line.service)?.instances ?? [];
  return html`<tr>
<th scope="row">${link(line.service)}</th>
<td>${reportMark(line.report, line.state)}${differing(line)}</td>
<td data-label="for">${line.reportSinceMs === undefined ? '–' : lasting(line.reportSinceMs, nowMs)}</td>
<td data-label="healthy">${instanceDots(instances)}<span class="count">${line.total === 0 ? '–' : `${line.healthy} of ${line.total}`}</span></td>
<td class="why">${line.message}${when(line.problems > 0, () => html` <span class="mark warn">${symbol('warn')}${line.problems === 1 ? 'a problem' : `${line.problems} problems`}</span>`)}</td>
</tr>`;
}

/** A state is worth a word only where the report is not simply the same. */
function differing({ report, state }: ServiceLine): Html | undefined {
  if (report === state) return undefined;
  const words = { up: 'able to run', down: 'unable to run', unknown: 'may be unable to run' };
  return html`<small class="state">${words[state]}</small>`;
}

/** One dot for each instance; the words beside them say the same. */
function instanceDots(instances: readonly InstanceFacts[]): Html | undefined {
  if (instances.length === 0 || instances.length > mostDots) return undefined;
  return html`<span class="dots" aria-hidden="true">${instances.map(({ health, stale }) => html`<i class="${healthTone(health, stale)}"></i>`)}</span>`;
}

function passes({ service, stack, report }: ServiceLine, { text, onlyNotUp }: Filter): boolean {
  const sought = text.toLowerCase();
  return (
    (!onlyNotUp || report !== 'up') &&
    (service.toLowerCase().includes(sought) || (stack ?? '').toLowerCase().includes(sought))
  );
}

/** Stacks by name; services without one come last. */
function byStack(
  lines: readonly ServiceLine[],
): readonly (readonly [stack: string, lines: readonly ServiceLine[]])[] {
  const groups = new Map<string, ServiceLine[]>();
  for (const line of lines) {
    const stack = line.stack ?? '';
    groups.set(stack, [...(groups.get(stack) ?? []), line]);
  }
  return [...groups].sort(([one], [other]) => (one === '' ? 1 : other === '' ? -1 : one < other ? -1 : 1));
}

function link(service: string): Html {
  return html`<a href="/services/${encodeURIComponent(service)}">${service}</a>`;
}
