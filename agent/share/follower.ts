/**
 * Follows one feed of another agent: keeps a copy of its documents, and knows whether that agent is heard.
 *
 * Heard means: a valid answer came lately. Anything that is not a valid answer is silence. Silence takes no document away:
 * the last word stands until a new one comes.
 */

import type { Clock, Log } from '../model.ts';
import { createCopy, type Taken } from './copy.ts';
import { createHearing } from './hearing.ts';
import type { AskResult, Failure, PeerClient } from './peerClient.ts';
import { type Answer, type Cursor, writeCursor } from './wire.ts';

export interface Follower extends Disposable {
  /** The copy, as it came: not looked into. An unchanged document stays the same object. */
  readonly docs: ReadonlyMap<string, object>;
  readonly heard: boolean;
  /** Since when `heard` is what it is. */
  readonly sinceMs: number;
  /** When the last valid answer came; undefined: none ever did. */
  readonly heardAtMs: number | undefined;
  /** The first attempt is over, whatever came of it. */
  readonly asked: boolean;
  /** Why the last attempt failed; undefined: it did not. */
  readonly failure: Failure | undefined;
}

export interface FollowTimes {
  /** How long the other side holds its answer while there is no news: the heartbeat. */
  readonly waitMs: number;
  /** Silence that long means not heard. At least two heartbeats, so that one lost does no harm. */
  readonly staleAfterMs: number;
}

interface FollowerDeps extends FollowTimes {
  /** `http://10.0.0.2:7071/v1/feeds/node` */
  readonly url: string;
  /**
   * Where others serve the same. Given, even if empty: one that fails is left for the next, without waiting for it for long,
   * and one that is gone says nothing of the rest.
   */
  readonly others?: readonly string[];
  /** Refuses an answer for what it says, before it is taken over; `docs`: what is known so far. */
  readonly accept?: (answer: Answer, docs: ReadonlyMap<string, object>) => Failure | undefined;
  readonly token: () => string;
  readonly client: PeerClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Documents changed, or `heard`, or whether the last attempt failed, or the first attempt is over. */
  readonly onChange: () => void;
  readonly mostDocs?: number;
}

/** A sane region has a few documents for each service and instance. */
const MOST_DOCS = 100_000;
/** Changes that come faster than this travel together. */
const GAP_MS = 5;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** Begins at once. Disposing ends the request under way. */
export function createFollower(deps: FollowerDeps): Follower {
  const { onChange, others, accept, mostDocs = MOST_DOCS } = deps;
  const copy = createCopy(mostDocs);
  const hearing = createHearing(deps);
  const tell = createTelling(deps.log);
  let asked = false;
  let failure: Failure | undefined;

  function take(result: AskResult): Taken {
    if (!result.ok) return result;
    const refused = accept?.(result.answer, copy.docs);
    return refused === undefined ? copy.take(result.answer) : { ok: false, failure: refused };
  }

  /** Returns whether the answer is a valid one. */
  function receive(result: AskResult, url: string): boolean {
    const first = !asked;
    asked = true;
    const taken = take(result);
    const turned = taken.ok !== (failure === undefined);
    if (taken.ok) hearing.hear();
    else if (taken.failure.code === 'refused' && others === undefined) hearing.doubt();
    failure = taken.ok ? undefined : taken.failure;
    tell(url, failure);
    if (first || turned || (taken.ok && taken.changed)) onChange();
    return taken.ok;
  }

  const stop = keepAsking(deps, () => copy.cursor, receive);
  return {
    docs: copy.docs,
    get heard() {
      return hearing.heard;
    },
    get sinceMs() {
      return hearing.sinceMs;
    },
    get heardAtMs() {
      return hearing.heardAtMs;
    },
    get asked() {
      return asked;
    },
    get failure() {
      return failure;
    },
    [Symbol.dispose]() {
      stop();
      hearing[Symbol.dispose]();
    },
  };
}

/** Asks again and again, from the cursor on, and hands over what comes, until the function that it returns is called. */
function keepAsking(
  { client, clock, random, token, url: first, others, waitMs, staleAfterMs }: FollowerDeps,
  cursor: () => Cursor | undefined,
  receive: (result: AskResult, url: string) => boolean,
): () => void {
  const urls = [first, ...(others ?? [])];
  let stopped = false;
  let interrupt = (): void => {};

  /** Beyond the wait. Where there is another way, it is tried before silence counts; each failure gives the next more time. */
  function patienceMs(failures: number): number {
    return others === undefined ? staleAfterMs : (staleAfterMs / 2) * (1 + Math.min(failures, 5));
  }

  async function ask(url: string, failures: number): Promise<AskResult> {
    const stop = new AbortController();
    interrupt = () => stop.abort();
    const cancel = clock.after(waitMs + patienceMs(failures), interrupt);
    const at = cursor();
    const after = at === undefined ? '' : `after=${writeCursor(at)}&`;
    const result = await client.ask(`${url}?${after}wait=${waitMs}`, token(), stop.signal);
    cancel();
    return result;
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      interrupt = () => {
        cancel();
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    let failures = 0;
    let place = 0;
    while (!stopped) {
      const askedAtMs = clock.now();
      const url = urls[place % urls.length] ?? first;
      const result = await ask(url, failures);
      if (stopped) return;
      const valid = receive(result, url);
      failures = valid ? 0 : failures + 1;
      if (!valid) place += 1;
      // Nothing new, and before its time: who answers so must not make this loop spin.
      const idle = result.ok && !result.answer.full && result.answer.docs.size === 0;
      const early = idle && clock.now() - askedAtMs < waitMs / 2;
      await pause(failures === 0 ? (early ? waitMs : GAP_MS) : pauseAfter(failures, random));
    }
  }

  void run();
  return () => {
    stopped = true;
    interrupt();
  };
}

/** One line for each change of what is wrong with a place, not for each attempt. */
function createTelling(log: Log): (url: string, wrong: Failure | undefined) => void {
  const told = new Map<string, Failure['code'] | undefined>();
  return (url, wrong) => {
    if (told.has(url) && told.get(url) === wrong?.code) return;
    told.set(url, wrong?.code);
    if (wrong === undefined) log.info({ url }, 'a peer is followed');
    // Every agent is so for a while after its start.
    else if (wrong.code === 'silent') log.info({ url }, `a peer has nothing to tell: ${wrong.detail}`);
    else log.warn({ url, code: wrong.code }, `a peer can't be followed: ${wrong.detail}`);
  };
}

/** The first failure is tried again at once; then waits grow, each by chance up to half longer, so that followers spread. */
function pauseAfter(failures: number, random: () => number): number {
  if (failures === 1) return 0;
  const grown = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 2));
  return grown * (1 + random() / 2);
}
