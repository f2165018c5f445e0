/**
 * Changes as they happen, as server-sent events. A hint to look again, never the only way to learn something: a follower
 * that is cut off or comes late reads the whole and misses nothing. Followers, their backlog and their rate are bounded.
 *
 * `hello`    once, at the start: { region, node, atMs }
 * `verdict`  a service reads otherwise: { service, report, state, message, before? }
 * `picture`  something else that is shown has changed: {}
 * `alive`    after each quiet while: { atMs }
 */

import type { ServerResponse } from 'node:http';
import type { Clock, Picture } from '../model.ts';
import type { FrontLimits } from './frontLimits.ts';
import { changesBetween } from './pictureChanges.ts';

/** More changes than this at once are told as one `picture`: whoever follows reads the whole then anyway. */
const mostVerdictsAtOnce = 200;

export interface EventStream extends AsyncDisposable {
  /** Makes the response a follower; false where there are too many already. */
  follow(response: ServerResponse): boolean;
  /** Says that there is a new picture. Costs nothing while nobody follows. */
  changed(): void;
  readonly followers: number;
}

export function createEventStream({
  picture,
  clock,
  limits,
}: {
  readonly picture: () => Picture;
  readonly clock: Clock;
  readonly limits: FrontLimits;
}): EventStream {
  const followers = new Set<ServerResponse>();
  let told = picture();
  let cancelGathering: (() => void) | undefined;
  let cancelHeartbeat: (() => void) | undefined;

  function tell(event: string, data: object): void {
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const follower of followers) {
      if (follower.writableLength > limits.maxEventBacklogBytes) follower.destroy();
      else follower.write(text);
    }
  }

  function tellChanges(): void {
    cancelGathering = undefined;
    const now = picture();
    const { verdicts, other } = changesBetween(told, now);
    told = now;
    const few = verdicts.length <= mostVerdictsAtOnce;
    if (few) for (const change of verdicts) tell('verdict', change);
    if (other || !few) tell('picture', {});
  }

  function beat(): void {
    tell('alive', { atMs: clock.now() });
    cancelHeartbeat = clock.after(limits.eventHeartbeatMs, beat);
  }

  function leave(follower: ServerResponse): void {
    followers.delete(follower);
    if (followers.size > 0) return;
    cancelHeartbeat?.();
    cancelGathering?.();
    cancelHeartbeat = undefined;
    cancelGathering = undefined;
  }

  return {
    follow(response) {
      if (followers.size >= limits.maxEventStreams) return false;
      const { facts, self } = picture();
      if (followers.size === 0) {
        told = picture();
        cancelHeartbeat = clock.after(limits.eventHeartbeatMs, beat);
      }
      followers.add(response);
      response.once('close', () => leave(response));
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      });
      const hello = { region: facts.region, node: self.node, atMs: clock.now() };
      response.write(`retry: 2000\nevent: hello\ndata: ${JSON.stringify(hello)}\n\n`);
      return true;
    },
    changed() {
      if (followers.size === 0 || cancelGathering !== undefined) return;
      cancelGathering = clock.after(limits.eventGatherMs, tellChanges);
    },
    get followers() {
      return followers.size;
    },
    async [Symbol.asyncDispose]() {
      for (const follower of [...followers]) {
        follower.end();
        leave(follower);
      }
    },
  };
}
