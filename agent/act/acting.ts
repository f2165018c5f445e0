/**
 * Carries out effects: level-driven, asked at every tick with all that the decision asks for now.
 *
 * Always holds: only the leader sends; nothing is sent before it stands in the region's feed, so that a new leader knows of
 * it; an effect of a rule is not begun once the decision no longer asks for it; one attempt for each effect at a time, one for
 * each lane, ten in all.
 */

import type { Clock, Effect, Log, OutboxEntry, Problem, ServicePlan } from '../model.ts';
import { nameOf, outboxProblems, unknownChannels } from './actingProblems.ts';
import type { Channels } from './channels.ts';
import type { Deliver } from './deliver.ts';
import { isNotice } from './notices.ts';
import { type AttemptResult, attempted, due, prune, record, withdraw } from './outbox.ts';
import { requestOf } from './request.ts';

export interface Acting extends AsyncDisposable {
  /**
   * Never blocks. `effects`: all that the decision asks for now. `recorded`: the outbox as the region's feed holds it; a
   * follower takes it over, and so does an agent that begins to lead.
   */
  perform(effects: readonly Effect[], situation: Situation): void;
  /** For the region's feed: to be published after each `perform`. The same array while nothing changed. */
  entries(): readonly OutboxEntry[];
  /** What is wrong with channels and receivers, and labels of these services that name no channel. */
  problems(plans: readonly Pick<ServicePlan, 'name' | 'notify'>[]): readonly Problem[];
}

interface Situation {
  readonly leader: boolean;
  readonly recorded: readonly OutboxEntry[];
  readonly nowMs: number;
}

const MOST_UNDER_WAY = 10;

/** `onChange` asks for a tick: something was recorded and is to be published and sent, or an attempt ended. Disposing ends attempts under way. */
export function createActing(deps: {
  readonly region: string;
  readonly channels: Pick<Channels, 'set' | 'problems'>;
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onChange: () => void;
}): Acting {
  const { region, channels, deliver, clock, random, log, onChange } = deps;
  const stopping = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  let entries: readonly OutboxEntry[] = [];
  let wasLeading = false;

  function perform(effects: readonly Effect[], { leader, recorded, nowMs }: Situation): void {
    if (!leader || !wasLeading) entries = recorded;
    wasLeading = leader;
    if (!leader || stopping.signal.aborted) return;
    const before = entries;
    const asked = new Set(effects.map(({ key }) => key));
    // One under way is not withdrawn, so that what is next in its lane can't overtake it.
    const stands = (effect: Effect) => isNotice(effect) || asked.has(effect.key) || underWay.has(effect.key);
    const wanted = withdraw(record(before, effects, nowMs), stands, nowMs);
    entries = prune(wanted, (key) => asked.has(key), nowMs);
    if (entries !== before) tellUnsent(before, wanted);
    start(new Set(recorded.map(({ key }) => key)), nowMs);
    // What is new is sent at the next tick: by then it has been published.
    if (wanted.length > before.length) onChange();
  }

  /** What ends without an attempt must not go unseen. */
  function tellUnsent(before: readonly OutboxEntry[], wanted: readonly OutboxEntry[]): void {
    const waited = pendingKeys(before);
    const waits = pendingKeys(entries);
    for (const { key, effect, status } of wanted) {
      if (status === 'withdrawn' && waited.has(key))
        log.info({ key }, `${nameOf(effect)} is no longer asked for, and not sent`);
      if (status === 'pending' && !waits.has(key))
        log.warn({ key }, `${nameOf(effect)} was given up: too many are waiting`);
    }
  }

  function start(recorded: ReadonlySet<string>, nowMs: number): void {
    for (const entry of due(entries, nowMs)) {
      if (underWay.size >= MOST_UNDER_WAY) return;
      if (underWay.has(entry.key) || !recorded.has(entry.key)) continue;
      underWay.set(entry.key, attempt(entry));
    }
  }

  async function attempt(entry: OutboxEntry): Promise<void> {
    const result = await send(entry);
    underWay.delete(entry.key);
    if (stopping.signal.aborted) return;
    const end = { nowMs: clock.now(), jitter: random() };
    entries = entries.map((now) => (now.key === entry.key ? attempted(now, result, end) : now));
    const after = entries.find(({ key }) => key === entry.key);
    report(entry, result, after);
    onChange();
  }

  async function send(entry: OutboxEntry): Promise<AttemptResult> {
    const request = requestOf(entry, region, channels.set());
    if (request !== undefined) return deliver(request, stopping.signal);
    return { kind: 'failed', detail: 'there is no channel of that name' };
  }

  function report(before: OutboxEntry, result: AttemptResult, after: OutboxEntry | undefined): void {
    const { key, effect, attempts } = before;
    const fields = { key, attempts: attempts + 1 };
    const name = nameOf(effect);
    if (result.kind === 'delivered') log.info(fields, `${name} was delivered`);
    else if (after?.status === 'given-up') log.warn(fields, `${name} was given up: ${result.detail}`);
    else if (attempts === 0) log.warn(fields, `${name} failed, and is tried again: ${result.detail}`);
    else log.debug(fields, `${name} failed again: ${result.detail}`);
  }

  return {
    perform,
    entries: () => entries,
    problems: (plans) => [
      ...channels.problems(),
      ...outboxProblems(entries),
      ...unknownChannels(plans, channels.set().channels),
    ],
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(underWay.values());
    },
  };
}

function pendingKeys(entries: readonly OutboxEntry[]): ReadonlySet<string> {
  return new Set(entries.flatMap(({ key, status }) => (status === 'pending' ? [key] : [])));
}
