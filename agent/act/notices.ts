/**
 * Puts together what the label `msa.notify` asks to be told: pure.
 *
 * All that changed within one decision is one message for each channel. What a failed dependency explains is told in the line
 * of its cause, and what came back with it, too. The key names channel and instant, so that a message whose occasion stands
 * for a while, or that a new leader finds again, is told once.
 */

import type { Decision, Effect, Facts, Report, Verdict } from '../model.ts';

type Notify = Extract<Effect, { readonly kind: 'notify' }>;

/** More than this nobody reads in a message. */
const MOST_LINES = 20;
const MOST_NAMES = 20;

/** The decision's effects, in their order, with what labels ask to be told grouped at the end. */
export function groupNotices(decision: Decision, services: Facts['services']): readonly Effect[] {
  const told: Told[] = [];
  const others: Effect[] = [];
  for (const effect of decision.effects) {
    const service = effect.kind === 'notify' && isNotice(effect) ? effect.service : undefined;
    const verdict = service === undefined ? undefined : decision.verdicts[service];
    if (effect.kind === 'notify' && verdict !== undefined) told.push({ effect, verdict });
    else others.push(effect);
  }
  const groups = Map.groupBy(told, ({ effect, verdict }) => keyOf(effect.channel, verdict));
  const context = { verdicts: decision.verdicts, services, region: decision.region };
  return [...others, ...Array.from(groups, ([key, group]) => noticeOf(key, group, context))];
}

/** Does a label ask for it? Such news is told even when it is no longer so; what a rule asks for is not. */
export function isNotice(effect: Effect): boolean {
  return effect.kind === 'notify' && /^labels? /.test(effect.source);
}

/** What changed at one instant was decided together. */
function keyOf(channel: string, { reportSinceMs }: Verdict): string {
  return `notice/${channel}@${reportSinceMs}`;
}

interface Told {
  readonly effect: Notify;
  readonly verdict: Verdict;
}

interface Context {
  readonly verdicts: Decision['verdicts'];
  readonly services: Facts['services'];
  readonly region: string;
}

function noticeOf(key: string, group: readonly Told[], context: Context): Notify {
  const [first] = group;
  const names = group.map(({ verdict }) => verdict.service).toSorted();
  const alone = names.length === 1 ? names[0] : undefined;
  return {
    kind: 'notify',
    key,
    source: alone === undefined ? `labels msa.notify of ${list(names)}` : `label msa.notify of ${alone}`,
    channel: first?.effect.channel ?? '',
    ...(alone === undefined ? {} : { service: alone }),
    message: messageOf(group, context),
  };
}

function messageOf(group: readonly Told[], context: Context): string {
  const members = new Map(group.map((told) => [told.verdict.service, told]));
  const byCause = Map.groupBy(members.keys(), (service) => causeOf(service, members, context));
  const lines = Array.from(byCause, ([cause, services]) => {
    const explained = services.filter((service) => service !== cause).toSorted();
    const line = members.get(cause)?.effect.message ?? headline(cause, context);
    if (explained.length === 0) return line;
    return `${line}; ${context.verdicts[cause]?.report === 'up' ? 'with it' : 'because of it'}: ${list(explained)}`;
  }).toSorted();
  const rest = lines.length - MOST_LINES;
  return [...lines.slice(0, MOST_LINES), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
}

/** A cause that is not itself to be told: its label does not ask for it. */
function headline(service: string, { verdicts, region }: Context): string {
  return `${service} in ${region}: ${verdicts[service]?.message ?? 'unknown'}`;
}

/** The service at the bottom of the change; the service itself where nothing else explains it. */
function causeOf(service: string, members: ReadonlyMap<string, Told>, context: Context): string {
  const seen = new Set<string>();
  let cause = service;
  for (let next: string | undefined = service; next !== undefined && !seen.has(next); ) {
    cause = next;
    seen.add(cause);
    next = explanation(cause, members, context);
  }
  return cause;
}

/** The next service on the way to the cause: what it depends on, that fell and took it along, or that came back with it. */
function explanation(
  service: string,
  members: ReadonlyMap<string, Told>,
  { verdicts, services }: Context,
): string | undefined {
  const verdict = verdicts[service];
  if (verdict === undefined) return undefined;
  if (verdict.report !== 'up') return blamed(verdict, verdicts);
  const needs = services[service]?.plan.dependsOn ?? [];
  return needs.find((need) => need.region === undefined && members.get(need.service)?.verdict.report === 'up')
    ?.service;
}

/** The dependency that had the last word on the state or the report; one of another region is told in the service's own line. */
function blamed({ because }: Verdict, verdicts: Decision['verdicts']): string | undefined {
  const last = because.findLast(({ sets }) => sets?.field === 'state' || sets?.field === 'report');
  if (last?.step !== 'dependency') return undefined;
  const name = /^(.+)\.(?:state|report)$/.exec(last.inputs[0]?.fact ?? '')?.[1];
  const report: Report | undefined = name === undefined ? undefined : verdicts[name]?.report;
  return report === undefined || report === 'up' ? undefined : name;
}

function list(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return [...names.slice(0, MOST_NAMES), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}
