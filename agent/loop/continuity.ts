/**
 * What an agent keeps across restarts: the feed of its region starts from disk, and is kept there while it is current.
 *
 * Always holds: what is from disk is marked so until somebody decides, is never stored again as if it were new, and sends
 * no traffic once it is too old.
 */

import type { Clock, Log, Role } from '../model.ts';
import { createRegionReader, type RegionShare, writeRegion } from '../share/documents.ts';
import type { Feed } from '../share/feed.ts';
import { BELIEVED_FOR_MS, isOutdated, outdate, resume } from '../share/stored.ts';
import type { Store } from '../store/store.ts';

export interface Continuity extends Disposable {
  /** What the feed starts from; undefined: there was nothing on disk. */
  readonly share: RegionShare | undefined;
  /** To be called at each tick: stores what the region shares, while this agent leads, or hears who does. */
  keep(role: Role): void;
}

interface ContinuityDeps {
  readonly region: string;
  /** Another region may have taken over what may run in a limited number of regions. */
  readonly otherRegions: boolean;
  readonly store: Store;
  /** The feed of the region, still empty. */
  readonly feed: Feed;
  readonly clock: Clock;
  readonly log: Log;
  /** What is from disk has become too old: this is left of it. */
  readonly onOutdated: (share: RegionShare) => void;
}

/** That it is current still is noted this often where nothing changes: it is all that a crash makes uncertain. */
const NOTE_EVERY_MS = 10_000;

export function createContinuity(deps: ContinuityDeps): Continuity {
  const { store, feed, clock, onOutdated } = deps;
  const readRegion = createRegionReader();
  const share = resumed(deps);
  if (share !== undefined) writeRegion(feed, share);
  const { storedAtMs } = share?.decision ?? {};
  const cancel = storedAtMs === undefined ? () => {} : waitUntilOutdated(storedAtMs);
  let role: Role = 'caretaker';
  let savedSeq: number | undefined;
  let savedAtMs = 0;

  function waitUntilOutdated(atMs: number): () => void {
    if (isOutdated(atMs, clock.now())) return () => {};
    return clock.after(atMs + BELIEVED_FOR_MS - clock.now(), () => {
      const current = readRegion(feed.docs).share;
      if (current?.decision.storedAtMs === undefined) return;
      const left = outdate(current, clock.now());
      writeRegion(feed, left);
      onOutdated(left);
    });
  }

  /** What comes from nobody who leads is not current, and what is from disk is there already. */
  function save(): void {
    if (role === 'caretaker') return;
    const current = readRegion(feed.docs).share;
    if (current === undefined || current.decision.storedAtMs !== undefined) return;
    store.save(feed.docs);
    savedSeq = feed.seq;
    savedAtMs = clock.now();
  }

  return {
    share,
    keep(next) {
      role = next;
      if (feed.seq !== savedSeq || clock.now() - savedAtMs >= NOTE_EVERY_MS) save();
    },
    [Symbol.dispose]() {
      cancel();
      save();
    },
  };
}

function resumed({ region, otherRegions, store, clock, log }: ContinuityDeps): RegionShare | undefined {
  const stored = store.load();
  const share = stored === undefined ? undefined : createRegionReader()(stored.docs).share;
  if (stored === undefined || share === undefined) return undefined;
  const { savedAtMs } = stored;
  const fields = { savedAtMs, region: share.decision.region };
  if (share.decision.region !== region) {
    log.warn(fields, 'the decision on disk is of another region, so this agent starts without one');
    return undefined;
  }
  log.info(
    fields,
    'going on from the decision on disk, until the first probes are in or another agent is heard',
  );
  return resume(share, { savedAtMs, nowMs: clock.now(), otherRegions });
}
