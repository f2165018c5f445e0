/**
 * What a decision asks to be done outside: webhooks and notifications.
 *
 * An effect stands in every decision for as long as its occasion lasts, under one key: whoever carries it out does so once
 * for each key, and before each attempt looks whether it still stands. It stands only while the rule's condition surely is
 * what it should be; while that is unknown nothing is begun. A region that is isolated may be the one that the others have
 * given up: it sends no webhook because of how things are elsewhere, and does so once it is in touch, if that is still so.
 */

import type { Effect, Facts, Json } from '../model.ts';
import type { FactRef } from './catalogue.ts';
import type { Outcomes } from './outcomes.ts';
import { ruleSource, type TemplateJson } from './rule/rule.ts';
import { fillTemplate, type Template } from './rule/template.ts';
import type { Outcome } from './said.ts';
import type { ReportView, Work } from './work.ts';

/** How long a change is news for the channels that a label names. */
const newsMs = 5 * 60_000;

/** The effects of one rule that stand now. */
export function ruleEffects(
  outcome: Outcome,
  facts: readonly FactRef[],
  outcomes: Outcomes,
  { region, isolated }: Pick<Facts, 'region' | 'isolated'>,
): readonly Effect[] {
  const { rule, answer, memory } = outcome;
  const { branch, branchSinceMs } = memory;
  if (branch === 'none' || branchSinceMs === undefined || answer !== (branch === 'then')) return [];
  const occasionMs = Math.max(branchSinceMs, ...changesRead(outcome, facts));
  const isHeldBack =
    isolated === true && rule.condition.reads.some((fact) => isElsewhere(facts[fact], region));
  const fill = (template: Template) => fillTemplate(template, (fact) => outcomes.read(fact).value);
  return rule[branch].flatMap((effect, index): Effect[] => {
    if (effect.kind === 'verdict') return [];
    const key = `${rule.name}/${branch}/${index}@${occasionMs}`;
    const message = fill(effect.message);
    if (effect.kind === 'notify')
      return [{ kind: 'notify', key, source: ruleSource(rule), channel: effect.channel, message }];
    if (isHeldBack) return [];
    const { url, method, headers, body } = effect;
    return [
      {
        ...{ kind: 'webhook', key, rule: rule.name, url, method, headers },
        ...(body === undefined ? {} : { body: fillJson(body, fill) }),
        message: message === '' ? `rule ${rule.name}` : message,
      },
    ];
  });
}

/** How things are in another region, or in any. */
function isElsewhere(fact: FactRef | undefined, region: string): boolean {
  if (fact?.kind === 'freshness') return true;
  return fact?.kind === 'service' && fact.region !== undefined && fact.region !== region;
}

/** A further change of what `changed` follows is an occasion of its own. */
function changesRead({ rule, readings }: Outcome, facts: readonly FactRef[]): readonly number[] {
  return rule.condition.reads.flatMap((fact, index) => {
    const sinceMs = readings[index]?.sinceMs;
    return facts[fact]?.kind === 'changed' && sinceMs !== undefined ? [sinceMs] : [];
  });
}

function fillJson(body: TemplateJson, fill: (template: Template) => string): Json {
  switch (body.kind) {
    case 'text':
      return fill(body.text);
    case 'plain':
      return body.value;
    case 'list':
      return body.items.map((item) => fillJson(item, fill));
    case 'object':
      return Object.fromEntries(body.entries.map(([key, value]) => [key, fillJson(value, fill)]));
  }
}

/** The notifications that the service's own label asks for: its report has changed lately. Its first report is no news. */
export function labelEffects(
  { facts: { plan }, report }: Work,
  region: string,
  nowMs: number,
): readonly Effect[] {
  if (plan.notify.length === 0 || report === undefined) return noEffects;
  if (!isNews(report) || nowMs >= report.sinceMs + newsMs) return noEffects;
  return plan.notify.map((channel) => ({
    kind: 'notify',
    key: `${plan.name}/${channel}@${report.sinceMs}`,
    source: `label msa.notify of ${plan.name}`,
    channel,
    service: plan.name,
    message: `${plan.name} in ${region}: ${report.message}`,
  }));
}

const noEffects: readonly Effect[] = [];

function isNews({ was, report }: ReportView): boolean {
  return was !== undefined && !(was === 'unknown' && report === 'up');
}
