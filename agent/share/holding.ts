/**
 * Which services some agent of this region may still answer `up` for, though the leader has decided otherwise.
 *
 * The leader numbers its decisions, and each agent says which one it answers from. A service lingers from the decision that
 * took it out until every agent has applied that one or a later one. An agent that is silent for so long that it has
 * released by itself does not count; one that is silent for a shorter time keeps its last word, since without a leader it
 * takes nothing up. Whoever starts to lead believes nobody's old word: all must apply its own first decision.
 */

import type { Report } from '../model.ts';
import type { Revision } from './shapes.ts';

/** Another agent, or a node that may have one. */
export interface Holder {
  readonly node: string;
  readonly heard: boolean;
  /** Since when `heard` is what it is; undefined: since before this agent led. */
  readonly sinceMs?: number;
  readonly applied?: Revision;
}

export interface Holding {
  /** This agent leads from now on, or again. */
  begin(nowMs: number): void;
  /** Counts a decision; the same verdicts again are the same decision. */
  decided(verdicts: Readonly<Record<string, { readonly report: Report }>>): Revision;
  /** The services that linger. The same set while it does not change. */
  lingering(holders: readonly Holder[], nowMs: number): ReadonlySet<string>;
}

interface HoldingDeps {
  /** Names this life of the agent. */
  readonly epoch: string;
  /** An agent that is silent for so long has released by itself. */
  readonly silentForMs: number;
}

type Verdicts = Readonly<Record<string, { readonly report: Report }>>;

export function createHolding({ epoch, silentForMs }: HoldingDeps): Holding {
  let number = 0;
  let leadsSinceMs = 0;
  let verdicts: Verdicts | undefined;
  /** By service: the decision that took it out. */
  const takenOut = new Map<string, number>();
  /** Holders that were there, and since when they are silent. One that left the list is silent, too. */
  const silences = new Map<string, number | undefined>();
  let last: ReadonlySet<string> = new Set();

  /** Every agent has applied this decision, or counts no more. */
  function appliedByAll(holders: readonly Holder[], nowMs: number): number {
    const listed = new Set(holders.map(({ node }) => node));
    for (const [node, sinceMs] of silences) if (!listed.has(node)) silences.set(node, sinceMs ?? nowMs);
    let least = number;
    for (const holder of holders) {
      const { node, applied } = holder;
      silences.set(node, silentSince(holder, nowMs));
      if (isSilent(silences.get(node), nowMs)) continue;
      least = Math.min(least, applied?.epoch === epoch ? applied.number : 0);
    }
    for (const [node, sinceMs] of silences) {
      if (listed.has(node)) continue;
      if (isSilent(sinceMs, nowMs)) silences.delete(node);
      else least = 0;
    }
    return least;
  }

  /** One that is heard, but answers from nobody's word, is on its own as one that is silent. */
  function silentSince({ node, heard, sinceMs = 0, applied }: Holder, nowMs: number): number | undefined {
    if (!heard) return Math.min(nowMs, Math.max(leadsSinceMs, sinceMs));
    return applied === undefined ? (silences.get(node) ?? nowMs) : undefined;
  }

  function isSilent(sinceMs: number | undefined, nowMs: number): boolean {
    return sinceMs !== undefined && nowMs - sinceMs > silentForMs;
  }

  return {
    begin(nowMs) {
      leadsSinceMs = nowMs;
      verdicts = undefined;
      takenOut.clear();
      silences.clear();
    },
    decided(next) {
      if (next === verdicts) return { epoch, number };
      number += 1;
      for (const [name, { report }] of Object.entries(next)) {
        if (report === 'up') takenOut.delete(name);
        else if (verdicts === undefined || verdicts[name]?.report === 'up') takenOut.set(name, number);
      }
      verdicts = next;
      return { epoch, number };
    },
    lingering(holders, nowMs) {
      const applied = appliedByAll(holders, nowMs);
      for (const [name, at] of takenOut) if (at <= applied) takenOut.delete(name);
      if (last.size !== takenOut.size || [...last].some((name) => !takenOut.has(name))) {
        last = new Set(takenOut.keys());
      }
      return last;
    },
  };
}
