/** Agents of one region for tests of the act room: each with its own acting, all with the one outbox of the region's feed. */

import { type Acting, createActing } from '../../agent/act/acting.ts';
import { type ChannelSet, noChannels } from '../../agent/act/channel.ts';
import { createDeliver } from '../../agent/act/deliver.ts';
import type { Effect, OutboxEntry } from '../../agent/model.ts';
import type { FakeClock } from '../fakeClock.ts';
import { createKeptLog } from './effects.ts';
import { until } from './receiver.ts';

export interface Region {
  readonly clock: FakeClock;
  /** As the region's feed holds it. */
  outbox: readonly OutboxEntry[];
}

export type TestAgent = ReturnType<typeof createAgent>;

export function createAgent(region: Region, channels: Partial<ChannelSet> = {}) {
  const { clock } = region;
  const log = createKeptLog();
  let wakes = 0;
  const acting: Acting = createActing({
    region: 'east',
    channels: { set: () => ({ ...noChannels, ...channels }), problems: () => [] },
    deliver: createDeliver({ clock }),
    clock,
    random: () => 0,
    log,
    onChange: () => {
      wakes += 1;
    },
  });

  /** One tick: what is recorded is published, unless the agent `crashes` before. */
  function tick(
    effects: readonly Effect[],
    how: { readonly leader?: boolean; readonly crashes?: boolean } = {},
  ): void {
    const { leader = true, crashes = false } = how;
    acting.perform(effects, { leader, recorded: region.outbox, nowMs: clock.now() });
    // What is published is a copy: nothing that is shared may hold on to what only this process knows.
    if (leader && !crashes) region.outbox = structuredClone(acting.entries());
  }

  return {
    acting,
    log,
    tick,
    get wakes() {
      return wakes;
    },
    /** Ticks as leader whenever the agent asks for it, until it is so. */
    async lead(effects: readonly Effect[], isSo: () => boolean): Promise<void> {
      tick(effects);
      let told = wakes;
      tick(effects);
      await until(() => {
        if (wakes > told) {
          told = wakes;
          tick(effects);
        }
        return isSo();
      });
      tick(effects);
    },
    entry: (key: string) => acting.entries().find((entry) => entry.key === key),
    [Symbol.asyncDispose]: () => acting[Symbol.asyncDispose](),
  };
}
