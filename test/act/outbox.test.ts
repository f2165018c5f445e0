import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AttemptResult, attempted, due, prune, record, withdraw } from '../../agent/act/outbox.ts';
import type { Effect, OutboxEntry } from '../../agent/model.ts';
import { notify, webhook } from './effects.ts';

const nowMs = 1_700_000_000_000;
const day = 24 * 60 * 60_000;
const failed: AttemptResult = { kind: 'failed', detail: 'status 503' };
const refused: AttemptResult = { kind: 'refused', detail: 'status 400' };

function entryOf(effect: Effect, more: Partial<OutboxEntry> = {}): OutboxEntry {
  const [entry] = record([], [effect], nowMs);
  assert.ok(entry !== undefined);
  return { ...entry, ...more };
}

/** The entry after the same result again and again, each as soon as it is due; with the waits between. */
function fail(result: AttemptResult, jitter = 0) {
  const waits: number[] = [];
  let entry = entryOf(webhook('a'));
  for (let atMs = nowMs; entry.status === 'pending'; atMs = entry.nextAtMs) {
    entry = attempted(entry, result, { nowMs: atMs, jitter });
    waits.push(entry.nextAtMs - atMs);
  }
  return { entry, waits };
}

describe('recording', () => {
  it('takes each key once, however often it is asked for', () => {
    const once = record([], [webhook('a'), webhook('a'), webhook('b')], nowMs);
    assert.deepEqual(
      once.map(({ key, sequence, status }) => [key, sequence, status]),
      [
        ['a', 1, 'pending'],
        ['b', 2, 'pending'],
      ],
    );
    assert.equal(record(once, [webhook('b'), webhook('a')], nowMs + 1), once);
  });

  it('goes on in the order of whoever recorded before, even by a clock that ran ahead', () => {
    const before = [entryOf(webhook('a'), { sequence: 41, recordedAtMs: nowMs + day })];
    assert.equal(record(before, [webhook('b')], nowMs).at(-1)?.sequence, 42);
  });

  it('does not repeat what is done or given up', () => {
    for (const status of ['done', 'given-up'] as const) {
      const entries = [entryOf(webhook('a'), { status, doneAtMs: nowMs })];
      assert.equal(record(entries, [webhook('a')], nowMs + 1), entries);
    }
  });

  it('goes on with what was withdrawn when it is asked for again', () => {
    const withdrawn = withdraw([entryOf(webhook('a'), { attempts: 2 })], () => false, nowMs);
    assert.equal(withdrawn[0]?.status, 'withdrawn');
    assert.equal(withdrawn[0]?.lastError, 'no longer asked for');
    assert.deepEqual(record(withdrawn, [webhook('a')], nowMs + 1), [entryOf(webhook('a'), { attempts: 2 })]);
  });
});

describe('what is due', () => {
  const keys = (entries: readonly OutboxEntry[]) => entries.map(({ key }) => key);

  it('is the oldest for each channel: what comes later waits for it', () => {
    const entries = record(
      [],
      [notify('down'), notify('up'), notify('other', { channel: 'on-call' })],
      nowMs,
    );
    assert.deepEqual(keys(due(entries, nowMs)), ['down', 'other']);
    const waiting = entries.map((entry) =>
      entry.key === 'down' ? { ...entry, nextAtMs: nowMs + 1 } : entry,
    );
    assert.deepEqual(keys(due(waiting, nowMs)), ['other']);
    assert.deepEqual(keys(due(waiting, nowMs + 1)), ['other', 'down']);
  });

  it('is the oldest for each rule and host, so that one dead host does not hold up another', () => {
    const entries = record(
      [],
      [
        webhook('failover'),
        webhook('failback', { url: 'http://db.example/failback' }),
        webhook('other host', { url: 'http://dns.example/' }),
        webhook('other rule', { rule: 'tell' }),
      ],
      nowMs,
    );
    assert.deepEqual(keys(due(entries, nowMs)), ['failover', 'other host', 'other rule']);
  });

  it('does not wait for a time that only a clock running ahead could have set', () => {
    const entries = [entryOf(webhook('a'), { nextAtMs: nowMs + 2 * 60 * 60_000 })];
    assert.deepEqual(keys(due(entries, nowMs)), ['a']);
  });
});

describe('after an attempt', () => {
  it('what was delivered is done', () => {
    const entry = attempted(
      entryOf(webhook('a'), { lastError: 'status 503' }),
      { kind: 'delivered' },
      { nowMs, jitter: 0 },
    );
    assert.equal(entry.status, 'done');
    assert.equal(entry.doneAtMs, nowMs);
    assert.equal(entry.lastError, undefined);
  });

  it('what failed waits longer each time, at most five minutes, and is given up after 24 attempts', () => {
    const { entry, waits } = fail(failed);
    assert.deepEqual(
      waits.slice(0, 11),
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((s) => s * 1_000),
    );
    assert.equal(entry.status, 'given-up');
    assert.equal(entry.attempts, 24);
    assert.equal(entry.lastError, 'status 503');
  });

  it('jitter only ever shortens a wait, by a fifth at most', () => {
    assert.deepEqual(fail(failed, 0.999_999).waits.slice(0, 3), [800, 1_600, 3_200]);
  });

  it('what the receiver refuses is given up after three times in a row', () => {
    assert.equal(fail(refused).entry.attempts, 3);
    const end = { nowMs, jitter: 0 };
    const mixed = [refused, refused, failed, refused, refused].reduce(
      (entry, result) => attempted(entry, result, end),
      entryOf(webhook('a')),
    );
    assert.equal(mixed.status, 'pending');
    assert.equal(attempted(mixed, refused, end).status, 'given-up');
  });

  it('what the receiver wants no more is given up at once', () => {
    assert.equal(fail({ kind: 'gone', detail: 'status 410' }).entry.attempts, 1);
  });

  it('the receiver is heard when it asks for more time, but not for more than an hour', () => {
    const wait = (retryAfterMs: number) =>
      attempted(entryOf(webhook('a')), { ...failed, retryAfterMs }, { nowMs, jitter: 0 }).nextAtMs - nowMs;
    assert.equal(wait(120_000), 120_000);
    assert.equal(wait(1), 1_000);
    assert.equal(wait(day), 60 * 60_000);
  });

  it('what was recorded a day ago is given up, though not untried', () => {
    const entry = attempted(entryOf(webhook('a')), failed, { nowMs: nowMs + day, jitter: 0 });
    assert.equal(entry.status, 'given-up');
    assert.equal(entry.attempts, 1);
  });

  it('what was withdrawn meanwhile is done if it was delivered, and stays withdrawn if not', () => {
    const withdrawn = entryOf(webhook('a'), { status: 'withdrawn', doneAtMs: nowMs });
    assert.equal(attempted(withdrawn, { kind: 'delivered' }, { nowMs, jitter: 0 }).status, 'done');
    const gone = { kind: 'gone', detail: 'status 410' } as const;
    assert.equal(attempted(withdrawn, gone, { nowMs, jitter: 0 }).status, 'withdrawn');
    assert.equal(attempted({ ...withdrawn, status: 'done' }, gone, { nowMs, jitter: 0 }).status, 'done');
  });
});

describe('pruning', () => {
  const never = () => false;
  const many = (count: number, more: (index: number) => Partial<OutboxEntry>): readonly OutboxEntry[] =>
    Array.from({ length: count }, (_, index) =>
      entryOf(webhook(`k${index}`), { sequence: index + 1, ...more(index) }),
    );

  it('forgets what has been finished for a day, save what is still asked for', () => {
    const entries = many(3, (index) => ({ status: 'done', doneAtMs: nowMs - (index === 2 ? 0 : day) }));
    assert.deepEqual(
      prune(entries, (key) => key === 'k0', nowMs).map(({ key }) => key),
      ['k0', 'k2'],
    );
  });

  it('keeps a thousand at most: those finished longest ago go first', () => {
    const entries = many(1_002, (index) => (index < 100 ? {} : { status: 'done', doneAtMs: nowMs - index }));
    const kept = new Set(prune(entries, never, nowMs).map(({ key }) => key));
    assert.equal(kept.size, 1_000);
    assert.ok(!kept.has('k1001') && !kept.has('k1000') && kept.has('k0') && kept.has('k999'));
  });

  it('never drops what waits: the oldest beyond 900 are given up, and stay visible', () => {
    const entries = prune(
      many(905, () => ({})),
      never,
      nowMs,
    );
    assert.equal(entries.length, 905);
    const given = entries.filter(({ status }) => status === 'given-up');
    assert.deepEqual(
      given.map(({ key }) => key),
      ['k0', 'k1', 'k2', 'k3', 'k4'],
    );
    assert.equal(given[0]?.lastError, 'more than 900 effects were waiting');
  });

  it('gives the same array when there is nothing to do', () => {
    const entries = many(10, () => ({}));
    assert.equal(prune(entries, never, nowMs), entries);
    assert.equal(
      withdraw(entries, () => true, nowMs),
      entries,
    );
  });
});
