/**
 * This agent's part in the life of its region among others: what it knows of them, whether they may have given this one up,
 * and what they are told.
 *
 * Level-driven, each tick in this order: `look`, a decision that reads `regions` and `isolated`, `word` for whoever leads,
 * and, once what this agent answers from is replaced, `tell`. Other regions are told of a decision only then: so nobody takes
 * a service over that is still answered for here.
 *
 * Who just started to lead, and goes by what the region shared before, passes that on meanwhile: it does not decide before
 * others say that they hear its region again, and they hear nobody who tells nothing.
 */

import type { Clock, Problem, RegionFacts, RegionNode, Report, Role } from '../model.ts';
import type { RegionShare } from './documents.ts';
import { writeExport, writeVia } from './exportFeed.ts';
import type { Feed } from './feed.ts';
import { createHolding, type Holder } from './holding.ts';
import { isIsolated, majorityAtMs, silenceFromMs, type Touch, touched } from './isolation.ts';
import type { Peers } from './peers.ts';
import type { Regions } from './regions.ts';
import type { Revision } from './shapes.ts';

export interface Federation extends Disposable {
  /** How this agent stands in its own region now. */
  look(peers: Peers): void;
  /** Enough was heard for a first decision. */
  settled(): boolean;
  /** The other regions, by name. What did not change stays the same object. */
  regions(): Readonly<Record<string, RegionFacts>>;
  /** Others may take over soon, so what runs in a limited number of regions is released. */
  isolated(): boolean;
  /**
   * What the region shared before is nobody's word any more: nobody leads, and this agent has released by itself, or started
   * anew and hears no longer whom it has that from.
   */
  orphaned(): boolean;
  /** What a leader adds to the decision that it shares. */
  word(decided: {
    readonly verdicts: Readonly<Record<string, { readonly report: Report }>>;
    readonly nodes: readonly Pick<RegionNode, 'id'>[];
  }): FederationWord;
  /**
   * What this agent answers from is now this word of its leader, or its own; undefined: what it sees by itself, or what the
   * region shared `before`.
   */
  tell(word: RegionShare | undefined, before: RegionShare | undefined): void;
  problems(): readonly Problem[];
}

interface FederationWord {
  readonly revision: Revision;
  readonly inTouch: boolean;
  readonly lingering: ReadonlySet<string>;
}

interface FederationDeps {
  readonly region: string;
  /** This agent's node id. */
  readonly node: string;
  /** Names this life of the agent. */
  readonly epoch: string;
  readonly regions: Regions;
  readonly nodeFeed: Feed;
  readonly exportFeed: Feed;
  /** For each other region, the feed that passes it on. */
  readonly viaFeeds: ReadonlyMap<string, Feed>;
  readonly clock: Clock;
  readonly staleAfterMs: number;
  /** How often `look` is called at least. */
  readonly tickMs: number;
  /** Out of touch for so long means isolated; undefined: never. */
  readonly releaseAfterMs: number | undefined;
  /** An agent that its leader did not hear for so long has released by itself. */
  readonly silentForMs: number;
}

export function createFederation(deps: FederationDeps): Federation {
  const { region, node, regions, nodeFeed, exportFeed, viaFeeds, clock } = deps;
  const { staleAfterMs, tickMs, releaseAfterMs } = deps;
  const alone = viaFeeds.size === 0;
  const holding = createHolding(deps);
  let role: Role = 'caretaker';
  let holders: readonly Holder[] = [];
  let leadsSinceMs = 0;
  let touch: Touch | undefined;
  /** When whoever this agent has the region's word from last answered; before anybody did, when this agent started. */
  let sourceAtMs = clock.now();
  let told: { readonly spoken: RegionShare | undefined } | undefined;

  /** Of all answers only the last one before each look is known: two of those may be a tick further apart than two answers. */
  function touchAt(atMs: number | undefined): void {
    if (atMs !== undefined) touch = touched(touch, atMs, staleAfterMs + tickMs);
  }

  function become(next: Role): void {
    if (next === 'leader' && role !== 'leader') {
      leadsSinceMs = clock.now();
      holding.begin(leadsSinceMs);
    }
    role = next;
    regions.follow(role === 'leader');
  }

  /** Takes over what its leader shares; without one, what was shared last. */
  function adopt(peers: Peers): void {
    const word = peers.role() === 'follower' ? peers.word() : undefined;
    const toldAtMs = word === undefined ? undefined : peers.toldAtMs();
    sourceAtMs = peers.toldAtMs() ?? sourceAtMs;
    regions.adopt((word ?? peers.region())?.regions ?? {}, toldAtMs);
    if (word?.decision.inTouch) touchAt(toldAtMs);
  }

  function heard(): Readonly<Record<string, RegionFacts>> {
    // A region that keeps what it has, come what may, does not ask who else may have been heard.
    return regions.facts(releaseAfterMs === undefined ? 0 : silenceFromMs(touch, staleAfterMs, clock.now()));
  }

  function isolated(): boolean {
    return !alone && releaseAfterMs !== undefined && isIsolated(touch, releaseAfterMs, clock.now());
  }

  /** A leader that has not decided yet tells what was shared before, and that it has let go of nothing. Old words from disk it keeps. */
  function meanwhile(before: RegionShare | undefined): RegionShare | undefined {
    if (role !== 'leader' || before === undefined || before.decision.storedAtMs !== undefined)
      return undefined;
    return { ...before, regions: heard(), lingering: new Set(Object.keys(before.verdicts)) };
  }

  return {
    look(peers) {
      if (role !== 'leader') adopt(peers);
      become(peers.role());
      if (role !== 'leader') return;
      touchAt(majorityAtMs(regions.touchedAtMs(), clock.now()));
      holders = peers.agents().map(({ info, heard, sinceMs }) => {
        const applied = peers.applied(info.node);
        return { node: info.node, heard, sinceMs, ...(applied === undefined ? {} : { applied }) };
      });
    },
    settled() {
      if (role !== 'leader' || touch !== undefined) return true;
      // Others may need a moment to hear this region again, and nothing is to be released because of that.
      const waits = releaseAfterMs !== undefined && clock.now() - leadsSinceMs < staleAfterMs;
      return regions.settled() && !waits;
    },
    regions: () => (role === 'leader' ? heard() : silenced(heard())),
    isolated,
    orphaned() {
      if (role !== 'caretaker' || !isolated()) return false;
      return touch !== undefined || clock.now() - sourceAtMs > staleAfterMs;
    },
    word({ verdicts, nodes }) {
      const nowMs = clock.now();
      const known = new Set([node, ...holders.map((holder) => holder.node)]);
      const unheard = nodes.filter(({ id }) => !known.has(id)).map(({ id }) => ({ node: id, heard: false }));
      const revision = holding.decided(verdicts);
      const atMs = majorityAtMs(regions.touchedAtMs(), nowMs);
      return {
        revision,
        inTouch: atMs !== undefined && nowMs - atMs < staleAfterMs,
        lingering: alone ? NOTHING : holding.lingering([...holders, ...unheard], nowMs),
      };
    },
    tell(word, before) {
      const spoken = word ?? meanwhile(before);
      if (told !== undefined && told.spoken === spoken) return;
      told = { spoken };
      if (word === undefined) nodeFeed.delete('applied');
      else nodeFeed.set('applied', word.decision.revision);
      writeExport(exportFeed, region, spoken);
      for (const [name, feed] of viaFeeds) writeVia(feed, name, word?.regions[name]);
    },
    problems: regions.problems,
    [Symbol.dispose]: regions[Symbol.dispose],
  };
}

const NOTHING: ReadonlySet<string> = new Set();

/** What an agent without a leader knows of other regions: it does not hear them itself, so each may be any way by now. */
function silenced(facts: Readonly<Record<string, RegionFacts>>): Readonly<Record<string, RegionFacts>> {
  const entries = Object.entries(facts).map(([name, each]) => [name, silencedRegion(each)] as const);
  return Object.fromEntries(entries);
}

/** The same object for the same facts. */
const stale = new WeakMap<RegionFacts, RegionFacts>();

function silencedRegion(facts: RegionFacts): RegionFacts {
  if (facts.freshness === 'stale') return facts;
  const known = stale.get(facts) ?? { ...facts, freshness: 'stale' as const };
  stale.set(facts, known);
  return known;
}
