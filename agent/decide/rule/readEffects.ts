/** Reads what a rule does: the effects in its `then` and `else`. */

import { parseServiceId } from '../catalogue.ts';
import type { FactTable } from './factTable.ts';
import { createFields, type Fields } from './fields.ts';
import { brief, type JsonNode, plainValue } from './jsonText.ts';
import { type Complain, checkKnown, type KnownNames } from './readingScope.ts';
import type { RuleEffect, TemplateJson, VerdictEffect } from './rule.ts';
import { emptyTemplate, parseTemplate, type Template } from './template.ts';

export interface EffectScope {
  readonly complain: Complain;
  readonly facts: FactTable;
  readonly known: KnownNames;
}

const verdictKeys = ['state', 'report', 'priority'];
const effectKeys = ['service', 'services', ...verdictKeys, 'webhook', 'notify', 'message'];
const mostEffects = 100;

/** One effect, or a list of them. */
export function readEffects(
  node: JsonNode | undefined,
  what: string,
  scope: EffectScope,
): readonly RuleEffect[] {
  if (node === undefined) return [];
  const nodes = node.kind === 'array' ? node.items : [node];
  if (nodes.length > mostEffects) {
    scope.complain(node.at, `"${what}" has more than ${mostEffects} effects`, 'split the rule');
    return [];
  }
  return nodes.flatMap((one) => readEffect(one, what, scope) ?? []);
}

function readEffect(node: JsonNode, what: string, scope: EffectScope): RuleEffect | undefined {
  const fields = createFields(
    node,
    `"${what}"`,
    effectKeys,
    scope.complain,
    '{ "service": "wfe", "report": "down" }',
  );
  if (fields === undefined) return undefined;
  const kinds = [
    fields.node('webhook') !== undefined ? ('webhook' as const) : undefined,
    fields.node('notify') !== undefined ? ('notify' as const) : undefined,
    fields.node('service') !== undefined || fields.node('services') !== undefined
      ? ('verdict' as const)
      : undefined,
  ].filter((kind) => kind !== undefined);
  const [kind, another] = kinds;
  const set = verdictKeys.find((key) => fields.node(key) !== undefined);
  if (kind === undefined && set !== undefined) {
    scope.complain(
      node.at,
      `"${what}" sets "${set}" of no service`,
      'say of which, as in "service": "wfe"; "*" is all of this region',
    );
    return undefined;
  }
  if (kind === undefined || another !== undefined) {
    scope.complain(
      node.at,
      kind === undefined
        ? `"${what}" does nothing`
        : `"${what}" has both "${kind}" and "${another === 'verdict' ? 'service' : another}"`,
      'each effect has one of "service", "services", "webhook", "notify"; several effects stand in a list',
    );
    return undefined;
  }
  if (kind === 'verdict') return readVerdictEffect(fields, what, scope);
  return kind === 'webhook' ? readWebhook(fields, scope) : readNotify(fields, scope);
}

function readVerdictEffect(fields: Fields, what: string, scope: EffectScope): VerdictEffect | undefined {
  const services = readTargets(fields, scope);
  const state = fields.word('state', ['up', 'down']);
  const report = fields.word('report', ['up', 'down', 'drain']);
  const priority = fields.number('priority', Number.isFinite, 'a number');
  const message = readMessage(fields, scope);
  if (services === undefined) return undefined;
  const sets = [...verdictKeys, 'message'].some((key) => fields.node(key) !== undefined);
  if (!sets && fields.isStrange) return undefined;
  if (!sets) {
    scope.complain(
      fields.at,
      `"${what}" names a service but sets nothing on it`,
      'add "report", "state", "priority" or "message"',
    );
    return undefined;
  }
  return {
    kind: 'verdict',
    services,
    ...(state === undefined ? {} : { state }),
    ...(report === undefined ? {} : { report }),
    ...(priority === undefined ? {} : { priority }),
    ...(message === undefined ? {} : { message }),
  };
}

function readTargets(fields: Fields, scope: EffectScope): readonly string[] | '*' | undefined {
  const one = fields.node('service');
  const several = fields.node('services');
  if (one !== undefined && several !== undefined) {
    scope.complain(several.at, 'both "service" and "services"', 'write one of the two');
    return undefined;
  }
  const node = one ?? several;
  if (node === undefined || isMisnamed(node, one === undefined ? 'services' : 'service', scope))
    return undefined;
  const text = several === undefined ? fields.text('service') : undefined;
  if (text === '*' || (several?.kind === 'scalar' && several.value === '*')) return '*';
  const names = several === undefined ? (text === undefined ? undefined : [text]) : fields.texts('services');
  if (names === undefined) return undefined;
  for (const name of names) {
    const id = parseServiceId(name);
    if (id === undefined || id.region !== undefined) {
      scope.complain(
        node.at,
        id === undefined ? `"${name}" names no service` : `"${name}" is a service of another region`,
        'a rule sets services of its own region: name them without a region, or "*" for all',
      );
      return undefined;
    }
    if (!checkKnown(id, node.at, scope)) return undefined;
  }
  return names;
}

/** Several services in "service", or one in "services". */
function isMisnamed(node: JsonNode, key: 'service' | 'services', { complain }: EffectScope): boolean {
  const value = plainValue(node);
  const names = typeof value === 'string' && value.includes(',') ? value.split(/\s*,\s*/) : value;
  const isList = Array.isArray(names);
  const isRight = key === 'service' ? !isList : value === '*' || typeof value !== 'string';
  if (isRight) return false;
  complain(
    node.at,
    key === 'service' ? '"service" names one service' : '"services" is not a list',
    `write "${isList ? 'services' : 'service'}": ${brief(names)}`,
  );
  return true;
}

function readWebhook(fields: Fields, scope: EffectScope): RuleEffect | undefined {
  const node = fields.node('webhook');
  const webhook =
    node === undefined
      ? undefined
      : createFields(
          node,
          '"webhook"',
          ['url', 'method', 'headers', 'body'],
          scope.complain,
          '{ "url": "http://…" }',
        );
  if (webhook === undefined) return undefined;
  const url = webhook.text('url');
  const method =
    webhook.node('method') === undefined
      ? 'POST'
      : webhook.word('method', ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
  const headers = readHeaders(webhook.node('headers'), scope);
  const message = readMessage(fields, scope) ?? emptyTemplate;
  if (webhook.node('url') === undefined)
    scope.complain(webhook.at, '"webhook" has no "url"', 'add "url": "http://…"');
  if (url !== undefined && !isHttp(url))
    scope.complain(
      webhook.node('url')?.at ?? webhook.at,
      `"${url}" is no address`,
      'write http://… or https://…',
    );
  const bodyNode = webhook.node('body');
  const body = bodyNode === undefined ? undefined : readBody(bodyNode, scope);
  if (url === undefined || method === undefined || headers === undefined) return undefined;
  return { kind: 'webhook', url, method, headers, message, ...(body === undefined ? {} : { body }) };
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function readHeaders(
  node: JsonNode | undefined,
  scope: EffectScope,
): Readonly<Record<string, string>> | undefined {
  if (node === undefined) return {};
  const headers: Record<string, string> = {};
  const entries = node.kind === 'object' ? node.entries : undefined;
  for (const { key, value } of entries ?? []) {
    if (value.kind === 'scalar' && typeof value.value === 'string' && /^[\w-]+$/.test(key))
      headers[key] = value.value;
    else scope.complain(value.at, `the header "${key}" is not a text`, 'write it in double quotes');
  }
  if (entries !== undefined) return headers;
  scope.complain(node.at, '"headers" is not an object', 'write {"X-Name": "value"}');
  return undefined;
}

function readBody(node: JsonNode, scope: EffectScope): TemplateJson {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string'
        ? { kind: 'text', text: readTemplate(node.value, node.at, scope) }
        : { kind: 'plain', value: node.value };
    case 'array':
      return { kind: 'list', items: node.items.map((item) => readBody(item, scope)) };
    case 'object':
      return { kind: 'object', entries: node.entries.map(({ key, value }) => [key, readBody(value, scope)]) };
  }
}

function readNotify(fields: Fields, scope: EffectScope): RuleEffect | undefined {
  const channel = fields.text('notify');
  const message = readMessage(fields, scope);
  if (message === undefined)
    scope.complain(fields.at, '"notify" has no "message"', 'add "message": what people should read');
  return channel === undefined || message === undefined ? undefined : { kind: 'notify', channel, message };
}

function readMessage(fields: Fields, scope: EffectScope): Template | undefined {
  const text = fields.text('message');
  return text === undefined ? undefined : readTemplate(text, fields.node('message')?.at ?? fields.at, scope);
}

function readTemplate(text: string, at: number, scope: EffectScope): Template {
  const read = parseTemplate(text, (fact) => scope.facts.indexOf(fact));
  if (read.ok) return read.template;
  scope.complain(at, read.message, read.hint);
  return emptyTemplate;
}
