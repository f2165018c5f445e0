/**
 * Whether what this agent has a copy of is what its leader stands by now, or what somebody shared before.
 *
 * An agent that is elected still has the region's last words of before, perhaps its own, until it decides. Who meanwhile
 * went on by itself must not go back to them. So the one that is followed says in its node feed which decision it answers
 * from: a copy that is not older than that is its word, and so is whatever else comes of the same life, for as long as it is
 * followed without a break.
 */

import type { Revision } from './shapes.ts';

export interface Standing {
  /** Whom this agent follows now; undefined: nobody. */
  follow(leader: string | undefined): void;
  /** Is the copy of that revision the leader's word? `applied`: what the one that is followed says it answers from. */
  believes(copy: Revision, applied: Revision | undefined): boolean;
}

export function createStanding(): Standing {
  let followed: string | undefined;
  /** The life that is believed. */
  let believed: string | undefined;
  return {
    follow(leader) {
      if (leader !== followed) believed = undefined;
      followed = leader;
    },
    believes(copy, applied) {
      if (followed === undefined) return false;
      const current = applied?.epoch === copy.epoch && copy.number >= applied.number;
      if (current) believed = copy.epoch;
      return believed === copy.epoch;
    },
  };
}
