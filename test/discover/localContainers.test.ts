import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LocalContainer } from '../../agent/discover/containerShapes.ts';
import {
  afterEvent,
  afterList,
  currentContainers,
  type LocalContainers,
  noContainers,
} from '../../agent/discover/localContainers.ts';

const START_MS = 1_000_000;

function container(id: string, more: Partial<LocalContainer> = {}): LocalContainer {
  return {
    id,
    name: id,
    labels: {},
    running: true,
    state: 'running',
    docker: 'running',
    onHostNetwork: false,
    networks: [],
    ports: [],
    ...more,
  };
}

/** What is told of each container, `a: stopping`, after these steps; lists are numbered as they come. */
class Story {
  #local: LocalContainers = noContainers;
  #nowMs = START_MS;
  #list = 0;

  wait(ms: number): this {
    this.#nowMs += ms;
    return this;
  }

  /** A list that was begun now. */
  list(...listed: LocalContainer[]): this {
    this.#list += 1;
    return this.answer(...listed);
  }

  begin(): this {
    this.#list += 1;
    return this;
  }

  /** The answer to the list begun last. */
  answer(...listed: LocalContainer[]): this {
    this.#local = afterList(this.#local, listed, { nowMs: this.#nowMs, list: this.#list });
    return this;
  }

  event(id: string, action: string, signal = '15'): this {
    const event = { kind: 'container' as const, id, action, signal };
    this.#local = afterEvent(this.#local, event, { nowMs: this.#nowMs, list: this.#list });
    return this;
  }

  get told(): readonly string[] {
    return currentContainers(this.#local).map(
      ({ id, running, docker }) => `${id}: ${running ? '' : 'ended, '}${docker}`,
    );
  }
}

describe('a container on this node', () => {
  it('is as the list says', () => {
    const story = new Story().list(container('b', { docker: 'healthy' }), container('a'));
    assert.deepEqual(story.told, ['a: running', 'b: healthy']);
  });

  it('that is killed is stopping at once, also in the lists that follow', () => {
    const story = new Story().list(container('a')).event('a', 'kill');
    assert.deepEqual(story.told, ['a: stopping']);
    assert.deepEqual(story.list(container('a', { docker: 'healthy' })).told, ['a: stopping']);
  });

  for (const signal of ['1', '10', '12']) {
    it(`that gets signal ${signal} goes on running`, () => {
      assert.deepEqual(new Story().list(container('a')).event('a', 'kill', signal).told, ['a: running']);
    });
  }

  it('that lives on for minutes after a kill is not stopping any more', () => {
    const story = new Story()
      .list(container('a'))
      .event('a', 'kill')
      .wait(4 * 60_000)
      .list(container('a'));
    assert.deepEqual(story.told, ['a: stopping']);
    assert.deepEqual(story.wait(2 * 60_000).list(container('a')).told, ['a: running']);
  });

  it('that died is stopping at once, though lists still show it running', () => {
    const story = new Story().list(container('a')).event('a', 'kill').event('a', 'die');
    assert.deepEqual(story.told, ['a: ended, stopping']);
    assert.deepEqual(story.list(container('a')).told, ['a: ended, stopping']);
  });

  it('that died stays until managers have seen it, and is gone then', () => {
    const story = new Story().list(container('a')).event('a', 'die').wait(5_000).list();
    assert.deepEqual(story.told, ['a: ended, stopping']);
    assert.deepEqual(story.wait(5_001).list().told, []);
  });

  it('that is destroyed after it died does not stay any longer for it', () => {
    const story = new Story()
      .list(container('a'))
      .event('a', 'die')
      .wait(8_000)
      .event('a', 'destroy')
      .wait(2_001)
      .list();
    assert.deepEqual(story.told, []);
  });

  it('that is missing in a list, without an event, counts as died then', () => {
    const story = new Story().list(container('a')).wait(5_000).list();
    assert.deepEqual(story.told, ['a: ended, stopping']);
    assert.deepEqual(story.wait(10_001).list().told, []);
  });

  it('that is missing in a list after a kill, without an end, counts as died too', () => {
    const story = new Story().list(container('a')).event('a', 'kill').list();
    assert.deepEqual(story.told, ['a: ended, stopping']);
  });

  it('that was started again is as the list says', () => {
    const story = new Story().list(container('a')).event('a', 'die').event('a', 'start').list(container('a'));
    assert.deepEqual(story.told, ['a: running']);
  });

  it('that runs again though no start was heard is believed after a while', () => {
    const story = new Story().list(container('a')).event('a', 'die').wait(10_001).list(container('a'));
    assert.deepEqual(story.told, ['a: running']);
  });

  it('that was stopped long ago stays as the list says', () => {
    const exited = container('a', { running: false, state: 'exited' });
    assert.deepEqual(new Story().list(exited).event('a', 'destroy').told, ['a: ended, running']);
  });

  it('whose health changed has its new health at once, until a list that can know', () => {
    const story = new Story().list(container('a', { docker: 'healthy' }));
    assert.deepEqual(story.event('a', 'health_status: unhealthy').told, ['a: unhealthy']);
    assert.deepEqual(story.list(container('a', { docker: 'healthy' })).told, ['a: healthy']);
  });

  it('whose health changed while a list was on its way is not set back by it', () => {
    const story = new Story().list(container('a', { docker: 'healthy' })).begin();
    story.event('a', 'health_status: unhealthy').answer(container('a', { docker: 'healthy' }));
    assert.deepEqual(story.told, ['a: unhealthy']);
  });

  it('that is stopping is not healthy again by a late word of its health check', () => {
    const story = new Story().list(container('a')).event('a', 'kill').event('a', 'health_status: healthy');
    assert.deepEqual(story.told, ['a: stopping']);
  });

  it('that is paused answers nobody', () => {
    assert.deepEqual(new Story().list(container('a')).event('a', 'pause').told, ['a: unhealthy']);
  });

  it('that no list has shown yet waits for one', () => {
    assert.deepEqual(new Story().list().event('a', 'start').event('a', 'die').told, []);
  });

  it('is as before after events that mean nothing', () => {
    const story = new Story()
      .list(container('a'))
      .event('a', 'health_status: mad')
      .event('a', 'update')
      .event('b', 'kill');
    assert.deepEqual(story.told, ['a: running']);
  });
});
