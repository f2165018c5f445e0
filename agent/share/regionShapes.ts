/** The shapes of what regions tell each other, and of what a region's agents tell each other of other regions. */

import { z } from 'zod';
import type { RegionFacts, RemoteService } from '../model.ts';
import { claim, properties, report, state } from './shapes.ts';

const word = z.string();
const number = z.number();
const flag = z.boolean();

export const remoteService: z.ZodType<RemoteService> = z.looseObject({
  state,
  eligible: flag,
  willing: flag,
  priority: number,
  report,
  healthy: number,
  total: number,
  properties,
  holding: flag.exactOptional(),
  claim: claim.exactOptional(),
  ready: flag.exactOptional(),
});

/** What the region feed says of another region as a whole; its services are documents of their own. */
export type SharedRegion = Omit<RegionFacts, 'services'>;

export const sharedRegion: z.ZodType<SharedRegion> = z.looseObject({
  name: word,
  freshness: z.enum(['fresh', 'stale', 'lost']),
  sinceMs: number,
  via: word.exactOptional(),
});

/** Who speaks in an export feed. */
export interface RegionWord {
  readonly name: string;
  /**
   * False: the agent that answers neither leads nor hears its leader, so it has nothing to tell. In a feed that passes a
   * region on: the region that passes it on does not hear it itself.
   */
  readonly speaks: boolean;
}

export const regionWord: z.ZodType<RegionWord> = z.looseObject({ name: word, speaks: flag });

/** Does the region hear that other one itself, so that it can pass on what that one says? */
export interface HeardWord {
  readonly heard: boolean;
}

export const heardWord: z.ZodType<HeardWord> = z.looseObject({ heard: flag });
