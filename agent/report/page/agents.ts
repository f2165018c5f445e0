/** Who watches: the nodes of this region with their agents, and the other regions. */

import type { AgentSight, RegionFacts, RegionNode } from '../../model.ts';
import { own } from '../serviceName.ts';
import { type Html, html, when } from './html.ts';
import type { PageView } from './layout.ts';
import { freshnessMark, mark } from './marks.ts';
import { ago, lasting } from './times.ts';

/** Nodes and agents, joined by node; an agent whose node is not listed is shown all the same. */
export function agentsSection(view: PageView): Html {
  const { picture } = view;
  const sights = new Map(picture.agents.map((sight) => [sight.info.node, sight]));
  sights.set(picture.self.node, {
    info: picture.self,
    heard: true,
    sinceMs: picture.self.startedAtMs,
  });
  const nodes = new Map(picture.nodes.map((node) => [node.id, node]));
  const ids = [...new Set([...nodes.keys(), ...sights.keys()])].sort((one, other) =>
    label(one) < label(other) ? -1 : 1,
  );
  function label(id: string): string {
    return nodes.get(id)?.hostname ?? sights.get(id)?.info.hostname ?? id;
  }
  return html`<section id="agents" aria-labelledby="agents-title">
<h2 id="agents-title">Nodes and agents</h2>
<table class="cards">
<thead><tr><th scope="col">Node</th><th scope="col">Node is</th><th scope="col">Agent</th><th scope="col">Role</th><th scope="col">Version</th><th scope="col">Rules</th></tr></thead>
<tbody>${ids.map((id) => agentRow(view, label(id), nodes.get(id), sights.get(id)))}</tbody>
</table>
</section>`;
}

function agentRow(
  { picture, nowMs }: PageView,
  hostname: string,
  node: RegionNode | undefined,
  sight: AgentSight | undefined,
): Html {
  const id = sight?.info.node ?? node?.id;
  const manager = node?.manager ?? sight?.info.manager ?? false;
  return html`<tr>
<th scope="row">${hostname}${when(id === picture.self.node, () => html` <small>this agent</small>`)}</th>
<td>${nodeMark(node)} <small>${manager ? 'manager' : 'worker'}</small></td>
<td>${agentMark(sight, nowMs)}</td>
<td data-label="role">${id !== undefined && id === picture.leader ? html`<b>leader</b>` : id === picture.self.node ? picture.role : sight === undefined ? '–' : 'follower'}</td>
<td data-label="version">${sight === undefined ? '–' : html`${sight.info.version} <small>up ${lasting(sight.info.startedAtMs, nowMs)}</small>`}</td>
<td data-label="rules">${sight === undefined ? '–' : html`version ${sight.info.rulesVersion} <small><code>${sight.info.rulesHash}</code></small>`}</td>
</tr>`;
}

function nodeMark(node: RegionNode | undefined): Html {
  if (node === undefined) return mark('dim', 'not listed');
  return mark(node.status === 'ready' ? 'good' : node.status === 'down' ? 'bad' : 'dim', node.status);
}

function agentMark(sight: AgentSight | undefined, nowMs: number): Html {
  if (sight === undefined) return mark('dim', 'never heard');
  if (!sight.heard) return html`${mark('bad', 'silent')} <small>${ago(sight.sinceMs, nowMs)}</small>`;
  return sight.info.ready ? mark('good', 'heard') : mark('warn', 'heard', 'not ready yet');
}

/** The other regions; an empty section where there are none. */
export function regionsSection({ picture, nowMs }: PageView): Html {
  const regions = Object.values(picture.facts.regions);
  if (regions.length === 0) return html`<section id="regions"></section>`;
  return html`<section id="regions" aria-labelledby="regions-title">
<h2 id="regions-title">Other regions</h2>
<table class="cards">
<thead><tr><th scope="col">Region</th><th scope="col">Facts are</th><th scope="col">For</th><th scope="col">Reported up there</th><th scope="col">Heard</th></tr></thead>
<tbody>${regions.map((region) => regionRow(region, nowMs))}</tbody>
</table>
</section>`;
}

function regionRow({ name, freshness, sinceMs, via, services }: RegionFacts, nowMs: number): Html {
  const all = Object.values(services);
  const up = all.filter(({ report }) => report === 'up').length;
  return html`<tr>
<th scope="row">${name}</th>
<td>${freshnessMark(freshness)}</td>
<td data-label="for">${lasting(sinceMs, nowMs)}</td>
<td data-label="up">${up} of ${all.length}</td>
<td data-label="heard">${via === undefined ? 'directly' : `through ${via}`}</td>
</tr>`;
}

/** How one service fares in the other regions; nothing where none tells of it. */
export function elsewhereSection({ picture }: PageView, service: string): Html | undefined {
  const regions = Object.values(picture.facts.regions);
  const told = regions.flatMap((region) => {
    const remote = own(region.services, service);
    return remote === undefined ? [] : [{ region, remote }];
  });
  if (told.length === 0) return undefined;
  return html`<section id="elsewhere" aria-labelledby="elsewhere-title">
<h2 id="elsewhere-title">In other regions</h2>
<table class="cards">
<thead><tr><th scope="col">Region</th><th scope="col">Report</th><th scope="col">State</th><th scope="col">Eligible</th><th scope="col">Priority</th><th scope="col">Healthy</th><th scope="col">Facts are</th></tr></thead>
<tbody>${told.map(
    ({ region, remote }) => html`<tr>
<th scope="row">${region.name}</th>
<td data-label="report">${remote.report}</td>
<td data-label="state">${remote.state}</td>
<td data-label="eligible">${remote.eligible ? 'yes' : 'no'}</td>
<td data-label="priority">${remote.priority}</td>
<td data-label="healthy">${remote.healthy} of ${remote.total}</td>
<td>${freshnessMark(region.freshness)}</td>
</tr>`,
  )}</tbody>
</table>
</section>`;
}
