/**
 * Follows the region feed of one other agent and copies it into this agent's own: so that this agent can go on from it, and
 * can hand it to others. An empty or unreadable feed never replaces what is there, nor does a word that is from somebody's
 * disk replace one that was heard.
 */

import { z } from 'zod';
import type { Feed } from './feed.ts';
import type { Follower } from './follower.ts';
import { type Docs, readOne } from './readDocuments.ts';
import type { Follow } from './sights.ts';

export interface RegionCopy extends Disposable {
  /**
   * Follows that agent from now on; undefined: nobody. `leading`: it speaks for the leader, so its word replaces what is
   * here; else it only fills what is empty or from disk, for an agent that just started, and then takes back what that one
   * takes back.
   */
  aim(origin: string | undefined, leading: boolean): void;
  readonly origin: string | undefined;
  /** When the one that is followed last answered; undefined: it never did. */
  readonly heardAtMs: number | undefined;
  /** The one that is followed was asked at least once. */
  readonly settled: boolean;
}

interface RegionCopyDeps {
  /** This agent's own region feed. */
  readonly feed: Feed;
  readonly follow: Follow;
  readonly onChange: () => void;
}

export function createRegionCopy({ feed, follow, onChange }: RegionCopyDeps): RegionCopy {
  let origin: string | undefined;
  let follower: Follower | undefined;
  let leading = false;
  /** The number of the feed after it was filled from the one that is followed: nobody else has written since. */
  let filledSeq: number | undefined;

  function take(): void {
    const docs = follower?.docs;
    if (docs === undefined || !isBetter(docs, feed.docs, leading || feed.seq === filledSeq)) return;
    feed.replace('', docs);
    filledSeq = leading ? undefined : feed.seq;
  }

  return {
    aim(next, isLeading) {
      const becameLeading = isLeading && !leading;
      leading = isLeading;
      if (next === origin) {
        if (becameLeading) take();
        return;
      }
      follower?.[Symbol.dispose]();
      filledSeq = undefined;
      origin = next;
      follower =
        next === undefined
          ? undefined
          : follow(next, 'region', () => {
              take();
              onChange();
            });
    },
    get origin() {
      return origin;
    },
    get heardAtMs() {
      return follower?.heardAtMs;
    },
    get settled() {
      return follower?.asked ?? true;
    },
    [Symbol.dispose]: () => follower?.[Symbol.dispose](),
  };
}

function isBetter(there: Docs, here: Docs, counts: boolean): boolean {
  if (!there.has('decision')) return false;
  if (!here.has('decision')) return true;
  const theirs = storedAtMs(there);
  const own = storedAtMs(here);
  if (theirs === undefined) return counts || own !== undefined;
  return own !== undefined && own < theirs;
}

/** Undefined: it is not from disk. */
function storedAtMs(docs: Docs): number | undefined {
  return readOne(docs, 'decision', maybeStored).found?.storedAtMs;
}

const maybeStored = z.looseObject({ storedAtMs: z.number().exactOptional() });
