/**
 * The decision that this agent answers from, and what the next one must remember: made here while it leads or nobody does,
 * taken from the leader while it follows. Only changes go on to others.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Decision, Facts, Log, Memory, Role } from '../model.ts';
import type { RegionShare } from '../share/documents.ts';

/** What rules make of facts. */
export type Decide = (facts: Facts, memory: Memory, nowMs: number) => Decided;

interface Decided {
  readonly decision: Decision;
  readonly memory: Memory;
  /** When the same facts would decide otherwise, by time alone. */
  readonly wakeAtMs?: number;
}

/** One change of a verdict, as one sentence. */
interface Change {
  readonly service: string;
  readonly sentence: string;
}

export interface Deciding {
  readonly decision: Decision | undefined;
  readonly memory: Memory;
  readonly wakeAtMs: number | undefined;
  /** Decides by itself. `share`: what the region last shared, for one that has no memory of its own yet. */
  decide(decide: Decide, facts: Facts, share: RegionShare | undefined, nowMs: number): Decision;
  /** Takes the leader's decision, and its memory, to go on from should the leader fall silent. */
  follow(share: RegionShare): void;
}

export function createDeciding(deps: {
  readonly log: Log;
  readonly changes: (before: Decision | undefined, after: Decision) => readonly Change[];
}): Deciding {
  let decision: Decision | undefined;
  let memory: Memory = { services: {}, rules: {} };
  let wakeAtMs: number | undefined;

  function adopt(next: Decision, role: Role): Decision {
    if (next === decision) return next;
    for (const { service, sentence } of deps.changes(decision, next)) {
      const verdict = next.verdicts[service];
      const fields = { service, report: verdict?.report, state: verdict?.state };
      // Every agent could tell the same: the one that decided tells people, the others who looks closely.
      if (role === 'follower') deps.log.debug(fields, sentence);
      else deps.log.info(fields, sentence);
    }
    decision = next;
    return next;
  }

  return {
    get decision() {
      return decision;
    },
    get memory() {
      return memory;
    },
    get wakeAtMs() {
      return wakeAtMs;
    },
    decide(decide, facts, share, nowMs) {
      if (decision === undefined && share !== undefined) memory = share.memory;
      const decided = decide(facts, memory, nowMs);
      memory = decided.memory;
      wakeAtMs = decided.wakeAtMs;
      return adopt(sameOrNewer(decision, decided.decision), 'leader');
    },
    follow(share) {
      memory = share.memory;
      wakeAtMs = undefined;
      adopt(decisionOf(share), 'follower');
    },
  };
}

/** The decision that was shared; its effects are for whoever decided. */
export function decisionOf({ decision, verdicts }: RegionShare): Decision {
  const { region, decidedAtMs, rulesVersion, problems } = decision;
  return { region, decidedAtMs, rulesVersion, verdicts, effects: [], problems };
}

/** The decision before, where the new one says the same: its time is when something last changed, so that a quiet region sends nothing. */
function sameOrNewer(before: Decision | undefined, next: Decision): Decision {
  if (before === undefined || before.rulesVersion !== next.rulesVersion) return next;
  const names = Object.keys(next.verdicts);
  const same =
    names.length === Object.keys(before.verdicts).length &&
    names.every((name) => before.verdicts[name] === next.verdicts[name]) &&
    isDeepStrictEqual([before.effects, before.problems], [next.effects, next.problems]);
  return same ? before : next;
}
