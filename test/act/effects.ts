/** Effects and log for tests of the act room. */

import type { Effect, Log } from '../../agent/model.ts';

type Webhook = Extract<Effect, { readonly kind: 'webhook' }>;
type Notify = Extract<Effect, { readonly kind: 'notify' }>;

export function webhook(key: string, more: Partial<Webhook> = {}): Webhook {
  return {
    kind: 'webhook',
    key,
    rule: 'db-failover',
    url: 'http://db.example/failover',
    method: 'POST',
    headers: {},
    message: 'taking the database over',
    ...more,
  };
}

/** What a rule asks to be told. */
export function notify(key: string, more: Partial<Notify> = {}): Notify {
  return {
    kind: 'notify',
    key,
    source: 'rule tell (tell.json:3)',
    channel: 'chat',
    message: 'something happened',
    ...more,
  };
}

/** What the label of a service asks to be told. */
export function notice(service: string, more: Partial<Notify> = {}): Notify {
  return notify(`${service}/chat@1`, { source: `label msa.notify of ${service}`, service, ...more });
}

/** Keeps all that is logged, as `warn: sentence`, and everything as one text to look for secrets in. */
export function createKeptLog(): Log & { readonly lines: readonly string[]; readonly text: string } {
  const lines: string[] = [];
  let text = '';
  const keep = (level: string) => (fields: object, message: string) => {
    lines.push(`${level}: ${message}`);
    text += `${JSON.stringify(fields)} ${message}\n`;
  };
  return {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    lines,
    get text() {
      return text;
    },
  };
}
