/**
 * Signs webhooks as Standard Webhooks says (https://www.standardwebhooks.com): the receiver can tell who sent a message, that
 * nobody changed it, and that it is not an old one sent again.
 */

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature'?: string;
}

const SHORTEST_BYTES = 24;
const LONGEST_BYTES = 64;

/**
 * The keys in a secret file: `whsec_` and 24 to 64 bytes in base64, one a line. Messages are signed with each, so that a
 * receiver may change from one to the next at its own time. Undefined where any line is not a key.
 */
export function parseSigningKeys(text: string): readonly KeyObject[] | undefined {
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  const keys = lines.flatMap((line) => parseKey(line) ?? []);
  return keys.length === 0 || keys.length < lines.length ? undefined : keys;
}

function parseKey(line: string): KeyObject | undefined {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  if (base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length < SHORTEST_BYTES || bytes.length > LONGEST_BYTES ? undefined : createSecretKey(bytes);
}

/** The headers of one attempt: the id is the message's, the timestamp (Unix seconds) the attempt's. Without keys there is no signature. */
export function signedHeaders(message: {
  readonly id: string;
  readonly body: string;
  readonly keys: readonly KeyObject[];
  readonly nowMs: number;
}): SignedHeaders {
  const { id, body, keys, nowMs } = message;
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signatures = keys.map((key) => {
    const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${digest}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
  };
}
