/** What people should see and can mend about effects on their way: pure. */

import type { Effect, OutboxEntry, Problem, ServicePlan } from '../model.ts';
import { heads, laneOf } from './outbox.ts';

/** So many failures are no hiccup any more. */
const ENOUGH_FAILURES = 3;

/** Receivers that can't be reached, and effects that were given up since one last went through on the same way. */
export function outboxProblems(entries: readonly OutboxEntry[]): readonly Problem[] {
  const failing = heads(entries).filter(({ attempts }) => attempts >= ENOUGH_FAILURES);
  const lastDone = new Map<string, number>();
  for (const { effect, status, sequence } of entries) {
    const lane = laneOf(effect);
    if (status === 'done') lastDone.set(lane, Math.max(lastDone.get(lane) ?? 0, sequence));
  }
  const lost = entries.filter(
    ({ status, effect, sequence }) => status === 'given-up' && sequence > (lastDone.get(laneOf(effect)) ?? 0),
  );
  return unique([
    ...failing.map(({ effect, lastError }) => ({
      code: 'effect-waiting',
      message: `${capital(nameOf(effect))} can't be delivered: ${lastError}.`,
      hint: 'Look at the receiver: it is tried again, less and less often, until it is given up after 24 attempts.',
      ...serviceOf(effect),
    })),
    ...lost.map(({ effect, lastError }) => ({
      code: 'effect-given-up',
      message: `${capital(nameOf(effect))} was given up: ${lastError}.`,
      hint: 'Look at the receiver, and do by hand what it should have done.',
      ...serviceOf(effect),
    })),
  ]);
}

/** Labels that name a channel which is not there: better found now than when there is something to tell. */
export function unknownChannels(
  plans: readonly Pick<ServicePlan, 'name' | 'notify'>[],
  known: { has(name: string): boolean },
): readonly Problem[] {
  return plans.flatMap(({ name, notify }) =>
    notify
      .filter((channel) => !known.has(channel))
      .map((channel) => ({
        code: 'unknown-channel',
        message: `The label msa.notify of ${name} names the channel ${channel}, which is not there.`,
        hint: 'Add it to the file of channels (MSA_CHANNELS), or correct the label.',
        service: name,
      })),
  );
}

/** For people and logs: `the webhook of rule db-failover`, `the message to channel chat`. Never an address. */
export function nameOf(effect: Effect): string {
  return effect.kind === 'webhook'
    ? `the webhook of rule ${effect.rule}`
    : `the message to channel ${effect.channel}`;
}

function serviceOf(effect: Effect): { readonly service?: string } {
  return effect.kind === 'notify' && effect.service !== undefined ? { service: effect.service } : {};
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.code} ${problem.message}`, problem])).values()];
}
