/**
 * The outbox: effects on their way. Pure: each function takes the entries as they are and gives them as they are next; what
 * does not change stays the same object, and the array too.
 *
 * Always holds: a key stands in it once; what is pending leaves only as done, given up or withdrawn, each of which stays
 * visible for a while; a finished entry stays as long as its effect is asked for, or it would be done again.
 */

import type { Effect, OutboxEntry } from '../model.ts';

/** How an attempt ended. `refused`: the receiver does not take it as it is. `gone`: it wants nothing any more. */
export type AttemptResult =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly detail: string; readonly retryAfterMs?: number }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'gone'; readonly detail: string };

type Entries = readonly OutboxEntry[];

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** A receiver may ask for longer than our own waits, but not for ever. */
const LONGEST_ASKED_WAIT_MS = 60 * 60_000;
const MOST_ATTEMPTS = 24;
/** A receiver that says no means it; it is asked again only in case it was just being set up. */
const MOST_REFUSALS = 3;
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000;
/** A rule whose facts are unknown for a while asks again for what was done before: that must still be known then. */
const KEEP_FINISHED_MS = 24 * 60 * 60_000;
const MOST_ENTRIES = 1_000;
/** Leaves room for finished ones, so that what was given up can be seen. */
const MOST_PENDING = 900;

/** Adds what is asked for and not known yet; what was withdrawn goes on. */
export function record(entries: Entries, effects: readonly Effect[], nowMs: number): Entries {
  const known = new Map(entries.map((entry) => [entry.key, entry]));
  let sequence = entries.reduce((highest, entry) => Math.max(highest, entry.sequence), 0);
  const reopened = new Set<string>();
  const added: OutboxEntry[] = [];
  for (const effect of effects) {
    const { key } = effect;
    if (known.get(key)?.status === 'withdrawn') reopened.add(key);
    if (known.has(key)) continue;
    sequence += 1;
    const entry: OutboxEntry = {
      ...{ key, effect, sequence, recordedAtMs: nowMs, nextAtMs: nowMs },
      ...{ attempts: 0, refusals: 0, status: 'pending' },
    };
    known.set(key, entry);
    added.push(entry);
  }
  if (added.length === 0 && reopened.size === 0) return entries;
  return [...entries.map((entry) => (reopened.has(entry.key) ? reopen(entry) : entry)), ...added];
}

function reopen({ doneAtMs: _doneAtMs, lastError: _lastError, ...entry }: OutboxEntry): OutboxEntry {
  return { ...entry, status: 'pending' };
}

/** Withdraws what waits and no longer `stands`: its reason is gone. */
export function withdraw(entries: Entries, stands: (effect: Effect) => boolean, nowMs: number): Entries {
  return mapChanged(entries, (entry) =>
    entry.status !== 'pending' || stands(entry.effect)
      ? entry
      : { ...entry, status: 'withdrawn', lastError: 'no longer asked for', doneAtMs: nowMs },
  );
}

/**
 * What may be attempted now, longest due first: of each lane the oldest pending one, if its time has come. What waits behind
 * it waits too, so that a receiver hears things in the order in which they happened.
 */
export function due(entries: Entries, nowMs: number): Entries {
  return heads(entries)
    .filter(({ nextAtMs }) => nextAtMs <= nowMs || isOfAnotherClock(nextAtMs, nowMs))
    .toSorted((a, b) => a.nextAtMs - b.nextAtMs || a.sequence - b.sequence);
}

/** The oldest pending entry of each lane. */
export function heads(entries: Entries): Entries {
  const first = new Map<string, OutboxEntry>();
  for (const entry of entries) {
    if (entry.status !== 'pending') continue;
    const lane = laneOf(entry.effect);
    const head = first.get(lane);
    if (head === undefined || entry.sequence < head.sequence) first.set(lane, entry);
  }
  return [...first.values()];
}

/** What is kept in order: all for one channel; of the webhooks of one rule, those to one host. */
export function laneOf(effect: Effect): string {
  if (effect.kind === 'notify') return `channel ${effect.channel}`;
  const host = URL.canParse(effect.url) ? new URL(effect.url).host : effect.url;
  return `rule ${effect.rule} to ${host}`;
}

/** No wait is that long: a leader whose clock ran ahead wrote it. */
function isOfAnotherClock(nextAtMs: number, nowMs: number): boolean {
  return nextAtMs - nowMs > LONGEST_ASKED_WAIT_MS;
}

/** The entry after an attempt. `jitter`, from 0 up to 1, shortens the wait by up to a fifth, so that retries don't march in step. */
export function attempted(
  entry: OutboxEntry,
  result: AttemptResult,
  { nowMs, jitter }: { readonly nowMs: number; readonly jitter: number },
): OutboxEntry {
  const { lastError: _before, ...rest } = entry;
  const attempts = entry.attempts + 1;
  if (result.kind === 'delivered') return { ...rest, attempts, status: 'done', doneAtMs: nowMs };
  const refusals = result.kind === 'refused' ? entry.refusals + 1 : 0;
  const failed = { ...rest, attempts, refusals, lastError: result.detail };
  if (entry.status !== 'pending') return failed;
  const isOver =
    result.kind === 'gone' ||
    refusals >= MOST_REFUSALS ||
    attempts >= MOST_ATTEMPTS ||
    nowMs - entry.recordedAtMs >= GIVE_UP_AFTER_MS;
  if (isOver) return { ...failed, status: 'given-up', doneAtMs: nowMs };
  const ownWaitMs = Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), LONGEST_WAIT_MS) * (1 - jitter / 5);
  const askedMs = result.kind === 'failed' ? (result.retryAfterMs ?? 0) : 0;
  const waitMs = Math.max(Math.round(ownWaitMs), Math.min(askedMs, LONGEST_ASKED_WAIT_MS));
  return { ...failed, nextAtMs: nowMs + waitMs };
}

/** Gives up the oldest where too many wait, and forgets what has been finished for long; never what is still asked for. */
export function prune(entries: Entries, isAsked: (key: string) => boolean, nowMs: number): Entries {
  const bounded = giveUpExcess(entries, nowMs);
  const isOld = ({ doneAtMs }: OutboxEntry) => doneAtMs !== undefined && nowMs - doneAtMs >= KEEP_FINISHED_MS;
  const mayGo = bounded
    .filter(({ key, status }) => status !== 'pending' && !isAsked(key))
    .toSorted((a, b) => (a.doneAtMs ?? 0) - (b.doneAtMs ?? 0));
  const excess = Math.max(0, bounded.length - MOST_ENTRIES);
  const going = new Set(mayGo.filter((entry, index) => index < excess || isOld(entry)));
  return going.size === 0 ? bounded : bounded.filter((entry) => !going.has(entry));
}

function giveUpExcess(entries: Entries, nowMs: number): Entries {
  const pending = entries.filter(({ status }) => status === 'pending');
  if (pending.length <= MOST_PENDING) return entries;
  const oldest = pending.toSorted((a, b) => a.sequence - b.sequence).slice(0, pending.length - MOST_PENDING);
  const given = new Set(oldest);
  const lastError = `more than ${MOST_PENDING} effects were waiting`;
  return mapChanged(entries, (entry) =>
    given.has(entry) ? { ...entry, status: 'given-up', lastError, doneAtMs: nowMs } : entry,
  );
}

function mapChanged(entries: Entries, next: (entry: OutboxEntry) => OutboxEntry): Entries {
  const mapped = entries.map(next);
  return mapped.every((entry, index) => entry === entries[index]) ? entries : mapped;
}
