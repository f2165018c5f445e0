/**
 * Judges an HTTP answer: is it what the plan expects, from the service that was asked? Pure.
 *
 * Always holds: identity comes first, because the status of another service says nothing about this one.
 */

import type { Outcome, ProbeHow, StatusRange } from '../model.ts';
import { fail } from './failure.ts';
import { propertiesOf } from './properties.ts';

export type HttpHow = Extract<ProbeHow, { kind: 'http' }>;

export interface Answer {
  readonly status: number;
  /** Header `location`, where there is one. */
  readonly location?: string;
  /** Header `msa-service`: the name of the service that answers, where it says so. */
  readonly service?: string;
  /** Empty unless the plan needs it. */
  readonly body: string;
}

export function judge(answer: Answer, how: HttpHow, service: string): Outcome {
  if (answer.service !== undefined && answer.service !== service) return stranger(answer.service, service);
  if (!how.expect.some((range) => range.from <= answer.status && answer.status <= range.to)) {
    return unexpected(answer, how.expect);
  }
  if (how.contains !== undefined && !answer.body.includes(how.contains)) {
    return fail('body', `the body does not contain ${JSON.stringify(how.contains)}`);
  }
  if (!how.properties) return { result: 'pass', properties: {} };

  const read = propertiesOf(answer.body);
  if (!read.ok) return fail('body', read.detail);
  const { 'msa-service': named } = read.properties;
  if (typeof named === 'string' && named !== service) return stranger(named, service);
  return { result: 'pass', properties: read.properties };
}

function unexpected(answer: Answer, expect: readonly StatusRange[]): Outcome {
  const expected = expect.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
  if (answer.status >= 300 && answer.status < 400 && answer.location !== undefined) {
    const target = answer.location.slice(0, 200);
    return fail('redirect', `status ${answer.status} to ${target}: redirects are not followed`);
  }
  return fail('status', `status ${answer.status}, expected ${expected}`);
}

function stranger(named: string, service: string): Outcome {
  return fail(
    'identity',
    `the answer is from service ${JSON.stringify(named.slice(0, 100))}, not ${service}`,
  );
}
