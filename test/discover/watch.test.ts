import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWatch } from '../../agent/discover/watch.ts';
import { createFakeClock, settle } from '../fakeClock.ts';

/** A watch every five seconds, whose questions are answered when the test says so. */
function watching(random = 0.5) {
  const clock = createFakeClock();
  const open: (() => void)[] = [];
  let asked = 0;
  const ask = () => {
    asked++;
    return new Promise<void>((resolve) => open.push(resolve));
  };
  const watch = createWatch({ clock, random: () => random, everyMs: 5_000, ask });
  return {
    clock,
    watch,
    asked: () => asked,
    underWay: () => open.length,
    async answer(): Promise<void> {
      open.shift()?.();
      await settle();
    },
  };
}

/** The same, through with its first question and the one that follows it soon. */
async function watchingAtRest(random?: number) {
  const made = watching(random);
  await made.answer();
  await made.clock.advance(1_000);
  await made.answer();
  assert.equal(made.asked(), 2);
  return made;
}

describe('a watch', () => {
  it('asks at once, and again an interval after the answer', async () => {
    const { clock, asked, answer } = await watchingAtRest();
    await clock.advance(4_999);
    assert.equal(asked(), 2);
    await clock.advance(1);
    assert.equal(asked(), 3);
    await clock.advance(50_000);
    assert.equal(asked(), 3, 'the answer is still waited for');
    await answer();
    await clock.advance(5_000);
    assert.equal(asked(), 4);
  });

  it('spreads its questions by a tenth to both sides', async () => {
    const { clock, asked } = await watchingAtRest(0);
    await clock.advance(4_500);
    assert.equal(asked(), 3);
  });

  it('asks again a second after a hint, as what it told of may go on', async () => {
    const { clock, watch, asked, answer } = await watchingAtRest();
    watch.soon();
    await clock.advance(20);
    assert.equal(asked(), 3);
    await answer();
    await clock.advance(999);
    assert.equal(asked(), 3);
    await clock.advance(1);
    assert.equal(asked(), 4);
    await answer();
    await clock.advance(4_999);
    assert.equal(asked(), 4);
  });

  it('asks once, soon after the first of several hints', async () => {
    const { clock, watch, asked } = await watchingAtRest();
    watch.soon();
    await clock.advance(15);
    watch.soon();
    await clock.advance(5);
    assert.equal(asked(), 3);
  });

  it('never asks two questions at once, and asks again where a hint came meanwhile', async () => {
    const { clock, watch, asked, underWay, answer } = watching();
    watch.soon();
    await clock.advance(100);
    assert.equal(underWay(), 1);
    await answer();
    await clock.advance(99);
    assert.equal(asked(), 1, 'half of the time is for others');
    await clock.advance(1);
    assert.equal(asked(), 2);
  });

  it('waits when it is disposed for the question under way, and asks no more', async () => {
    const { clock, watch, asked, answer } = watching();
    let isDisposed = false;
    const disposing = watch[Symbol.asyncDispose]().then(() => {
      isDisposed = true;
    });
    await settle();
    assert.equal(isDisposed, false);
    await answer();
    await disposing;
    watch.soon();
    await clock.advance(5_000);
    assert.equal(asked(), 1);
    assert.equal(clock.pending, 0);
  });
});
