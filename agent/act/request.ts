/** What is sent for an effect: pure. What it gives holds secrets: it is for sending, not for logs. */

import { createHash, type KeyObject } from 'node:crypto';
import type { Effect, Json, OutboxEntry } from '../model.ts';
import type { Channel, ChannelSet } from './channel.ts';

export interface OutgoingRequest {
  /** The same at each attempt: a receiver tells by it what it has had already. */
  readonly id: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or empty. */
  readonly body: string;
  readonly keys: readonly KeyObject[];
}

type Webhook = Extract<Effect, { readonly kind: 'webhook' }>;
type Notify = Extract<Effect, { readonly kind: 'notify' }>;

/** The request, or undefined where there is no channel of that name. */
export function requestOf(entry: OutboxEntry, region: string, set: ChannelSet): OutgoingRequest | undefined {
  const { effect } = entry;
  const id = idOf(region, entry.key);
  if (effect.kind === 'webhook') return { id, ...webhookRequest(effect, entry, region), keys: set.ruleKeys };
  const channel = set.channels.get(effect.channel);
  return channel === undefined ? undefined : { id, ...channelRequest(channel, effect, entry, region) };
}

/** Standard Webhooks joins the id and what follows by full stops, so it may hold none; keys hold anything. */
function idOf(region: string, key: string): string {
  return `msg_${createHash('sha256')
    .update(JSON.stringify([region, key]))
    .digest('hex')
    .slice(0, 32)}`;
}

function webhookRequest(
  effect: Webhook,
  entry: OutboxEntry,
  region: string,
): Omit<OutgoingRequest, 'id' | 'keys'> {
  const { url, method, rule, message } = effect;
  const body = effect.body ?? event('msa.effect', entry, { region, rule, message });
  return {
    ...{ url, method, headers: withoutReserved(effect.headers) },
    body: bodiless.has(method) && effect.body === undefined ? '' : JSON.stringify(body),
  };
}

const bodiless: ReadonlySet<string> = new Set(['GET', 'DELETE']);

function channelRequest(
  channel: Channel,
  { source, service, message }: Notify,
  entry: OutboxEntry,
  region: string,
): Omit<OutgoingRequest, 'id'> {
  if (channel.kind === 'slack')
    return {
      url: channel.url,
      method: 'POST',
      headers: {},
      body: JSON.stringify({ text: slackText(message) }),
      keys: [],
    };
  const { url, headers, keys } = channel;
  const data = { region, source, ...(service === undefined ? {} : { service }), message };
  return { url, method: 'POST', headers, body: JSON.stringify(event('msa.notice', entry, data)), keys };
}

/** The form that Standard Webhooks suggests. The time is that of the occasion, the same at each attempt. */
function event(type: string, { recordedAtMs }: OutboxEntry, data: Json): Json {
  return { type, timestamp: new Date(recordedAtMs).toISOString(), data };
}

function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function withoutReserved(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isReservedHeader(name)));
}

/** Headers that say how the message is framed or signed: they are the sender's own. */
export function isReservedHeader(name: string): boolean {
  return /^(webhook-.*|host|connection|content-length|transfer-encoding|expect|te|trailer|upgrade)$/i.test(
    name,
  );
}
