/**
 * Reads the file of channels: pure. Secrets stand in files of their own, which it only names.
 *
 *     channels:
 *       on-call:
 *         webhook:
 *           url: https://alerts.example.org/msa          # or urlFile
 *           secretFile: /run/secrets/on-call             # signs the messages; whsec_…
 *           headers: { X-Team: shop, Authorization: { valueFile: /run/secrets/on-call-token } }
 *       chat:
 *         slack: { urlFile: /run/secrets/chat-url }
 *     rules: { secretFile: /run/secrets/rules }            # signs the webhooks of rules
 *
 * YAML, or JSON. It is strict: what is not known is refused, and all that is wrong is said at once.
 */

import { isReservedHeader } from './request.ts';
import { type Complaint, createYamlReader, type Field, type YamlReader } from './yamlFields.ts';

/** A value that stands in the file, or in one that it names. */
export type Value = { readonly kind: 'plain'; readonly text: string } | FileValue;

export interface FileValue {
  readonly kind: 'file';
  readonly path: string;
  /** Where it is named. */
  readonly line: number;
}

export type ChannelPlan =
  | {
      readonly kind: 'webhook';
      readonly url: Value;
      readonly headers: Readonly<Record<string, Value>>;
      readonly secret: FileValue | undefined;
    }
  | { readonly kind: 'slack'; readonly url: Value };

export interface ChannelsPlan {
  readonly channels: ReadonlyMap<string, ChannelPlan>;
  readonly ruleSecret: FileValue | undefined;
}

export type ChannelsRead =
  | { readonly ok: true; readonly plan: ChannelsPlan }
  | { readonly ok: false; readonly complaints: readonly Complaint[] };

export function parseChannels(text: string): ChannelsRead {
  const reader = createYamlReader(text);
  const plan = reader.root === undefined ? undefined : readPlan(reader, reader.root);
  if (plan === undefined || reader.complaints.length > 0) return { ok: false, complaints: reader.complaints };
  return { ok: true, plan };
}

function readPlan(reader: YamlReader, root: Field): ChannelsPlan | undefined {
  const top = reader.fields(root, 'the file', ['channels', 'rules']);
  const named = top?.get('channels');
  const channels = new Map<string, ChannelPlan>();
  for (const [name, field] of (named === undefined ? undefined : reader.fields(named, '"channels"')) ?? []) {
    if (!/^[\w][\w.-]{0,62}$/.test(name))
      reader.complain(field, `"${name}" is not a name`, 'use letters, digits, "-", "_" and ".", at most 63');
    const channel = readChannel(reader, field, `channel ${name}`);
    if (channel !== undefined) channels.set(name, channel);
  }
  const rules = top?.get('rules');
  const ofRules = rules === undefined ? undefined : reader.fields(rules, '"rules"', ['secretFile']);
  return top === undefined
    ? undefined
    : { channels, ruleSecret: readFileValue(reader, ofRules, 'secretFile') };
}

function readChannel(reader: YamlReader, field: Field, what: string): ChannelPlan | undefined {
  const kinds = reader.fields(field, what, ['webhook', 'slack']);
  if (kinds === undefined) return undefined;
  const webhook = kinds.get('webhook');
  const slack = kinds.get('slack');
  if ((webhook === undefined) === (slack === undefined)) {
    const message = webhook === undefined ? `${what} says no way to send` : `${what} says two ways to send`;
    reader.complain(field, message, 'write one of webhook, slack below it');
    return undefined;
  }
  return webhook === undefined ? readSlack(reader, slack ?? null, what) : readWebhook(reader, webhook, what);
}

function readSlack(reader: YamlReader, field: Field, what: string): ChannelPlan | undefined {
  // The address is all that it takes to post, so it is a secret.
  const fields = reader.fields(field, `slack of ${what}`, ['urlFile']);
  if (fields === undefined) return undefined;
  const url = readFileValue(reader, fields, 'urlFile');
  if (url === undefined && !fields.has('urlFile'))
    reader.complain(
      field,
      `slack of ${what} has no urlFile`,
      "name the file that holds Slack's webhook address",
    );
  return url === undefined ? undefined : { kind: 'slack', url };
}

function readWebhook(reader: YamlReader, field: Field, what: string): ChannelPlan | undefined {
  const fields = reader.fields(field, `webhook of ${what}`, ['url', 'urlFile', 'secretFile', 'headers']);
  if (fields === undefined) return undefined;
  const secret = readFileValue(reader, fields, 'secretFile');
  const headers = readHeaders(reader, fields.get('headers'), what);
  if (fields.has('url') === fields.has('urlFile')) {
    const message = fields.has('url') ? `has both url and urlFile` : `has no url`;
    reader.complain(field, `webhook of ${what} ${message}`, 'write one of url, urlFile');
    return undefined;
  }
  const url = fields.has('urlFile')
    ? readFileValue(reader, fields, 'urlFile')
    : readPlainUrl(reader, fields.get('url') ?? null, what);
  return url === undefined ? undefined : { kind: 'webhook', url, headers, secret };
}

function readPlainUrl(reader: YamlReader, field: Field, what: string): Value | undefined {
  const text = reader.text(field, `url of ${what}`);
  if (text === undefined) return undefined;
  const wrong = whatIsWrongWithUrl(text);
  if (wrong === undefined) return { kind: 'plain', text };
  reader.complain(field, `url of ${what} ${wrong.message}`, wrong.hint);
  return undefined;
}

/** Undefined: nothing is. The words never hold the address. */
export function whatIsWrongWithUrl(
  text: string,
): { readonly message: string; readonly hint: string } | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return { message: 'is no address', hint: 'write http://… or https://…' };
  if (url.username === '' && url.password === '') return undefined;
  return {
    message: 'holds a user or a password',
    hint: 'put them into a header, its value in a file: Authorization: { valueFile: … }',
  };
}

const secretHeader = /authorization|cookie|token|secret|password|api-?key/i;

function readHeaders(
  reader: YamlReader,
  field: Field | undefined,
  what: string,
): Readonly<Record<string, Value>> {
  const headers: [string, Value][] = [];
  const fields = field === undefined ? undefined : reader.fields(field, `headers of ${what}`);
  for (const [name, value] of fields ?? []) {
    const read = readHeader(reader, name, value, what);
    if (read !== undefined) headers.push([name, read]);
  }
  return Object.fromEntries(headers);
}

function readHeader(reader: YamlReader, name: string, field: Field, what: string): Value | undefined {
  const header = `header ${name} of ${what}`;
  if (!/^[\w-]+$/.test(name))
    reader.complain(field, `${header} is not a header's name`, 'use letters, digits and "-"');
  if (isReservedHeader(name)) reader.complain(field, `${header} is set by the agent itself`, 'leave it out');
  if (reader.isMap(field))
    return readFileValue(reader, reader.fields(field, header, ['valueFile']), 'valueFile');
  const text = reader.text(field, header);
  if (text === undefined) return undefined;
  if (secretHeader.test(name))
    reader.complain(field, `${header} holds a secret`, 'put it into a file: { valueFile: /run/secrets/… }');
  else if (!isHeaderValue(text))
    reader.complain(
      field,
      `${header} holds letters that a header can't`,
      'write it in one line of plain letters',
    );
  return { kind: 'plain', text };
}

export function isHeaderValue(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

function readFileValue(
  reader: YamlReader,
  fields: ReadonlyMap<string, Field> | undefined,
  key: string,
): FileValue | undefined {
  const field = fields?.get(key);
  const path = field === undefined ? undefined : reader.text(field, key);
  return field === undefined || path === undefined
    ? undefined
    : { kind: 'file', path, line: reader.lineOf(field) };
}
