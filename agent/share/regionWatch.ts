/**
 * Follows one other region: at one of its agents' addresses at a time, and, while none of them answers, by way of a third
 * region that hears it. Whatever way its last word came counts.
 */

import type { Problem, RemoteService } from '../model.ts';
import { type ExportRead, readExport, speakerOf } from './exportFeed.ts';
import type { Follower } from './follower.ts';
import type { Failure } from './peerClient.ts';
import type { Docs } from './readDocuments.ts';
import type { Answer } from './wire.ts';

/** A region as the settings name it. */
export interface RegionPeer {
  readonly name: string;
  /** Of its agents, in order of preference: `http://10.0.1.1:7071`. */
  readonly origins: readonly string[];
}

/** Starts following a feed that several places serve. */
export type FollowRegion = (feed: {
  /** The region that is asked. */
  readonly region: string;
  readonly urls: readonly string[];
  readonly accept: (answer: Answer, docs: Docs) => Failure | undefined;
  readonly onChange: () => void;
}) => Follower;

export interface RegionWatch extends Disposable {
  readonly name: string;
  /** What its own agents last said; undefined: they never answered. */
  readonly direct: DirectWord | undefined;
  /** Its agents were asked once, whatever came of it. */
  readonly asked: boolean;
  /** When its last word came, by either way. */
  readonly heardAtMs: number | undefined;
  /** Its last word; undefined: none came. */
  readonly word: RegionHeard | undefined;
  /** Asks that region for this one, too; undefined: asks its own agents alone. */
  relay(by: RegionPeer | undefined): void;
  readonly relayedBy: string | undefined;
  problems(): readonly Problem[];
}

interface DirectWord {
  readonly atMs: number;
  /** They answer still. */
  readonly current: boolean;
  /** The regions that it hears itself. */
  readonly hears: ReadonlySet<string>;
}

interface RegionHeard {
  readonly services: Readonly<Record<string, RemoteService>>;
  /** The region that passed this on; undefined: it was heard directly. */
  readonly via: string | undefined;
}

interface RegionWatchDeps {
  readonly peer: RegionPeer;
  readonly follow: FollowRegion;
  readonly onChange: () => void;
}

/** Begins at once. */
export function createRegionWatch({ peer, follow, onChange }: RegionWatchDeps): RegionWatch {
  const { name, origins } = peer;
  const direct = createWay(
    name,
    (accept, changed) => {
      const urls = origins.map((origin) => `${origin}/v1/feeds/export`);
      return follow({ region: name, urls, accept, onChange: changed });
    },
    onChange,
  );
  let relayed: { readonly by: string; readonly way: Way } | undefined;

  function latest(): { readonly way: Way; readonly via: string | undefined } {
    const directMs = direct.follower.heardAtMs ?? Number.NEGATIVE_INFINITY;
    const relayedMs = relayed?.way.follower.heardAtMs ?? Number.NEGATIVE_INFINITY;
    if (relayed === undefined || directMs >= relayedMs) return { way: direct, via: undefined };
    return { way: relayed.way, via: relayed.by };
  }

  return {
    name,
    get direct() {
      const { heardAtMs: atMs, heard, failure } = direct.follower;
      if (atMs === undefined) return undefined;
      return { atMs, current: heard && failure === undefined, hears: direct.read().hears };
    },
    get asked() {
      return direct.follower.asked;
    },
    get heardAtMs() {
      return latest().way.follower.heardAtMs;
    },
    get word() {
      const { way, via } = latest();
      if (way.follower.heardAtMs === undefined) return undefined;
      return { services: way.read().services, via };
    },
    relay(by) {
      if (by?.name === relayed?.by) return;
      relayed?.way[Symbol.dispose]();
      relayed = undefined;
      if (by === undefined) return;
      const urls = by.origins.map((origin) => `${origin}/v1/feeds/via/${name}`);
      const start: Start = (accept, changed) => follow({ region: by.name, urls, accept, onChange: changed });
      relayed = { by: by.name, way: createWay(name, start, onChange) };
    },
    get relayedBy() {
      return relayed?.by;
    },
    problems: () => problemsOf(name, direct),
    [Symbol.dispose]() {
      direct[Symbol.dispose]();
      relayed?.way[Symbol.dispose]();
    },
  };
}

/** One way to hear a region. */
interface Way extends Disposable {
  readonly follower: Follower;
  read(): ExportRead;
}

type Start = (accept: (answer: Answer, docs: Docs) => Failure | undefined, onChange: () => void) => Follower;

function createWay(name: string, start: Start, onChange: () => void): Way {
  let read: ExportRead | undefined;
  const follower = start(
    (answer, docs) => refusalOf(name, answer, docs),
    () => {
      read = undefined;
      onChange();
    },
  );
  return {
    follower,
    read() {
      read ??= readExport(follower.docs);
      return read;
    },
    [Symbol.dispose]: () => follower[Symbol.dispose](),
  };
}

/** Only the region that was asked for counts, and of its agents only one that knows what its leader says. */
function refusalOf(name: string, answer: Answer, docs: Docs): Failure | undefined {
  const speaker = speakerOf(answer, docs);
  if (speaker === undefined)
    return { code: 'nonsense', detail: 'it does not say for which region it speaks' };
  if (speaker.name !== name) {
    return { code: 'impostor', detail: `it speaks for region ${speaker.name.slice(0, 64)}, not for ${name}` };
  }
  if (!speaker.speaks) return { code: 'silent', detail: 'it does not hear its region itself' };
  return undefined;
}

/** What people should mend: that a region is not there is shown with its age, not as a problem. */
function problemsOf(name: string, { follower, read }: Way): readonly Problem[] {
  const problems: Problem[] = [];
  const { failure } = follower;
  if (failure !== undefined && !['refused', 'unreachable', 'slow', 'silent'].includes(failure.code)) {
    problems.push({
      code: `region-${failure.code}`,
      message: `Region ${name} can't be followed: ${failure.detail}.`,
      hint:
        failure.code === 'token'
          ? 'Let both regions trust each other’s keys, name each other in MSA_PEERS, and set all clocks by NTP.'
          : `Check that the addresses of ${name} in MSA_PEERS are those of its agents' peer port.`,
    });
  }
  const { unreadable } = read();
  if (unreadable > 0) {
    problems.push({
      code: 'region-unreadable',
      message: `${unreadable} documents of region ${name} can't be read.`,
      hint: 'Bring the agents of both regions to the same version.',
    });
  }
  return problems;
}
