import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Outcome } from '../../agent/model.ts';
import { createProbers } from '../../agent/probe/probers.ts';
import { createFakeClock } from '../fakeClock.ts';
import { answering, listen } from './listener.ts';
import { planFor, targetFor } from './target.ts';

function ask(port: number, signal = new AbortController().signal): Promise<Outcome> {
  const way = createProbers({ clock: createFakeClock() })(targetFor(planFor({ kind: 'tcp', port })));
  assert.ok(way.kind === 'ask');
  return way.ask(signal);
}

describe('a TCP probe', { timeout: 10_000 }, () => {
  it('passes where the instance accepts the connection, and says nothing', async () => {
    await using listener = await listen(() => {});
    assert.deepEqual(await ask(listener.port), { result: 'pass', properties: {} });
    assert.equal(listener.received, '');
  });

  it('is refused where nothing listens', async () => {
    const gone = await answering('');
    await gone[Symbol.asyncDispose]();
    assert.deepEqual(await ask(gone.port), {
      result: 'fail',
      reason: 'refused',
      detail: 'connection refused: nothing listens there',
    });
  });

  it('times out where the connection is not made in time', async () => {
    await using listener = await listen(() => {});
    const controller = new AbortController();
    // Aborted in the same turn: no connection can have been made.
    const outcome = ask(listener.port, controller.signal);
    controller.abort();
    assert.deepEqual(await outcome, {
      result: 'fail',
      reason: 'timeout',
      detail: 'no connection within 2000 ms',
    });
  });
});
