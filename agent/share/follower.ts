/**
 * Follows one feed of another agent: keeps a copy of its documents, and knows whether that agent is heard.
 *
 * Heard means: a valid answer came lately. Anything that is not a valid answer is silence. Silence takes no document away:
 * the last word stands until a new one comes.
 */

import type { Log } from '../model.ts';
import { type AskingDeps, keepAsking } from './asking.ts';
import { createCopy, type Taken } from './copy.ts';
import { createHearing } from './hearing.ts';
import type { AskResult, Failure } from './peerClient.ts';
import type { Answer } from './wire.ts';

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

interface FollowerDeps extends AskingDeps {
  /** Refuses an answer for what it says, before it is taken over; `docs`: what is known so far. */
  readonly accept?: (answer: Answer, docs: ReadonlyMap<string, object>) => Failure | undefined;
  readonly log: Log;
  /** Documents changed, or `heard`, or whether the last attempt failed, or the first attempt is over. */
  readonly onChange: () => void;
  readonly mostDocs?: number;
}

/** A sane region has a few documents for each service and instance. */
const MOST_DOCS = 100_000;
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
