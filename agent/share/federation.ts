/**
 * This agent's part in the life of its region among others: what it knows of them, whether they may have given this one up,
 * and what they are told.
 *
 * Level-driven, each tick in this order: `look`, a decision that reads `regions` and `isolated`, `word` for whoever leads,
 * and, once what this agent answers from is replaced, `tell`. Other regions are told of a decision only then: so nobody takes
 * a service over that is still answered for here.
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
  /** What a leader adds to the decision that it shares. */
  word(decided: {
    readonly verdicts: Readonly<Record<string, { readonly report: Report }>>;
    readonly nodes: readonly Pick<RegionNode, 'id'>[];
  }): FederationWord;
  /** What this agent answers from is now this word of its leader, or its own; undefined: what it sees by itself. */
  tell(word: RegionShare | undefined): void;
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
  let told: { readonly word: RegionShare | undefined } | undefined;

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
    regions.adopt((word ?? peers.region())?.regions ?? {}, toldAtMs);
    if (word?.decision.inTouch) touchAt(toldAtMs);
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
    regions() {
      // A region that keeps what it has, come what may, does not ask who else may have been heard.
      const fromMs = releaseAfterMs === undefined ? 0 : silenceFromMs(touch, staleAfterMs, clock.now());
      const facts = regions.facts(fromMs);
      return role === 'leader' ? facts : silenced(facts);
    },
    isolated: () => !alone && releaseAfterMs !== undefined && isIsolated(touch, releaseAfterMs, clock.now()),
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
    tell(word) {
      if (told !== undefined && told.word === word) return;
      told = { word };
      if (word === undefined) nodeFeed.delete('applied');
      else nodeFeed.set('applied', word.decision.revision);
      writeExport(exportFeed, region, word);
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
