/**
 * The tick: carries data from room to room, one way. With `deciding.ts` it owns the only changing state of the whole: the rules
 * in force, who decides, and what is known.
 *
 * Level-driven: each tick looks at everything. Events only wake it early.
 */

import type { Acting } from '../act/acting.ts';
import type { Discovery } from '../discover/discovery.ts';
import type { DiscoveryView } from '../discover/view.ts';
import type {
  Clock,
  Decision,
  Effect,
  Facts,
  Inventory,
  Log,
  Picture,
  ProbeTarget,
  Problem,
  Role,
  ServicePlan,
} from '../model.ts';
import type { Probing } from '../probe/probing.ts';
import type { RegionShare } from '../share/documents.ts';
import type { Federation } from '../share/federation.ts';
import type { MergeInput, Seen } from '../share/merge.ts';
import type { Peers, SelfInfo } from '../share/peers.ts';
import { createDeciding, type Decide } from './deciding.ts';
import { createPace } from './pace.ts';
import { type About, emptyFacts, pictureOf, sharedFacts } from './picture.ts';
import { createProblemLog } from './problemLog.ts';

/** What the rules in force decide. */
export interface RulesInForce {
  readonly version: number;
  readonly hash: string;
  readonly decide: Decide;
  /** What is wrong with newer rules that were refused; they are not in force. */
  readonly problems: readonly Problem[];
}

interface LoopDeps {
  readonly about: About;
  readonly tickMs: number;
  /** How long a claim to a limited service must have stood; 0 or absent: there are no other regions. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly discovery: Discovery;
  readonly probing: Probing;
  /** Made once this agent's node is known. */
  readonly peersOf: (view: DiscoveryView) => Peers;
  readonly federationOf: (view: DiscoveryView) => Federation;
  readonly wholeServiceTargets: (plans: readonly ServicePlan[], node: string) => readonly ProbeTarget[];
  readonly merge: (input: MergeInput) => Facts['services'];
  readonly lastWords: (share: RegionShare) => Knowledge;
  /** A share of before, without what may be served elsewhere by now. The same object where there is no such thing. */
  readonly disown: (share: RegionShare, nowMs: number) => RegionShare;
  readonly publish: (share: RegionShare) => void;
  /** What is wrong with this agent itself, that no room knows of. */
  readonly ownProblems: () => readonly Problem[];
  readonly acting: Acting;
  /** What a decision asks to be done, put together for people. */
  readonly effectsOf: (decision: Decision, services: Facts['services']) => readonly Effect[];
  readonly changes: Parameters<typeof createDeciding>[0]['changes'];
  readonly onPicture: (picture: Picture) => void;
}

/** What is known of the region, before anybody is asked how it is. */
interface Knowledge {
  readonly inventory: Inventory;
  /** Last words on each node, for where there are no fresher ones. */
  readonly seen: ReadonlyMap<string, Seen>;
}

export interface Loop extends Disposable {
  /** Something happened: look at everything soon. */
  wake(): void;
  /** These rules are in force from now on. Nothing is decided before the first. */
  useRules(rules: RulesInForce): void;
}

export function createLoop(deps: LoopDeps): Loop {
  const { about, clock, log, discovery, probing, settleMs } = deps;
  const deciding = createDeciding(deps);
  const problemsNow = createProblemLog(log);
  const serviceProblemsNow = createProblemLog(log);
  const pace = createPace({ clock, tickMs: deps.tickMs, run: tick });
  let rules: RulesInForce | undefined;
  let peers: Peers | undefined;
  let federation: Federation | undefined;
  let role: Role = 'caretaker';
  let facts = emptyFacts(about);
  /** Enough is seen and heard to decide by; it stays so. */
  let ready = false;
  /** It has decided, or followed a leader. Before, it answers from what the region last shared, be it from disk. */
  let begun = false;
  /** Set while what it answers from is from disk. */
  let storedAtMs: number | undefined;
  let tellLast: (() => void) | undefined;

  function tick(): number | undefined {
    const view = discovery.view();
    if (view === undefined || rules === undefined) return undefined;
    if (peers === undefined) {
      peers = deps.peersOf(view);
      // The others are first asked when this tick has told where they are.
      pace.wake();
    }
    federation ??= deps.federationOf(view);
    const known = knowledge(view, peers.region(), deps.lastWords);
    const plans = known?.inventory.services ?? [];
    // One of the region asks what has no instances on nodes.
    const whole = role === 'leader' ? deps.wholeServiceTargets(plans, view.node.id) : [];
    probing.follow([...discovery.targets(plans), ...whole]);
    const asked = peers.self() !== undefined && peers.settled();
    ready ||= known !== undefined && probing.ready && asked;
    tell(peers, view, rules, known);
    become(peers.role(), peers.leader());
    federation.look(peers);
    if (federation.orphaned()) disown(peers.region());
    const word = role === 'follower' ? peers.word() : undefined;
    if (word !== undefined) follow(word);
    else if (known !== undefined && ready && federation.settled())
      decide(known, view, peers, federation, rules);
    else if (!begun) follow(peers.region());
    show(view, peers, federation, rules, known);
    federation.tell(peers.word(), peers.region());
    return deciding.wakeAtMs;
  }

  function tell(to: Peers, view: DiscoveryView, inForce: RulesInForce, known: Knowledge | undefined): void {
    const self = selfInfo(about, view, inForce, ready);
    const told = {
      observations: probing.observations(),
      ...(known === undefined ? {} : { nodes: known.inventory.nodes }),
      managers: view.managers,
    };
    to.tell({ ...told, self });
    tellLast = () => to.tell({ ...told, self: { ...self, ready: false } });
  }

  function become(next: Role, leader: string | undefined): void {
    if (next === role) return;
    log.info({ role: next, leader }, `this agent is ${next === 'leader' ? 'the leader' : `a ${next}`} now`);
    role = next;
    // Whoever leads asks what has no instances on nodes.
    pace.wake();
  }

  /** Neither this agent nor one that starts anew, and takes the region's last word from here, may go back to it. */
  function disown(share: RegionShare | undefined): void {
    const disowned = share === undefined ? undefined : deps.disown(share, clock.now());
    if (disowned !== undefined && disowned !== share) deps.publish(disowned);
  }

  function follow(share: RegionShare | undefined): void {
    if (share === undefined) return;
    storedAtMs = share.decision.storedAtMs;
    begun ||= role === 'follower' && storedAtMs === undefined;
    facts = sharedFacts(about, share);
    deciding.follow(share);
    deps.acting.perform([], { leader: false, recorded: share.outbox, nowMs: clock.now() });
  }

  function decide(
    { inventory, seen }: Knowledge,
    view: DiscoveryView,
    others: Peers,
    abroad: Federation,
    inForce: RulesInForce,
  ): void {
    const nowMs = clock.now();
    const share = others.region();
    facts = {
      ...emptyFacts(about),
      services: deps.merge({ inventory, seen: new Map([...seen, ...others.seen()]), nowMs }),
      regions: abroad.regions(),
      ...(abroad.isolated() ? { isolated: true } : {}),
      ...(settleMs > 0 ? { settleMs } : {}),
      overrides: share?.overrides ?? {},
    };
    storedAtMs = undefined;
    begun = true;
    const decision = deciding.decide(inForce.decide, facts, share, nowMs);
    const leader = role === 'leader';
    const effects = leader ? deps.effectsOf(decision, facts.services) : [];
    deps.acting.perform(effects, { leader, recorded: share?.outbox ?? [], nowMs });
    if (leader) publish(decision, inventory, view, others, abroad);
  }

  /** What the other agents of the region answer from, and go on from. */
  function publish(
    decision: Decision,
    { nodes, problems }: Inventory,
    view: DiscoveryView,
    others: Peers,
    abroad: Federation,
  ): void {
    const { region, decidedAtMs, rulesVersion, verdicts } = decision;
    const { services, overrides, regions } = facts;
    const { lingering, ...word } = abroad.word({ verdicts, nodes });
    deps.publish({
      decision: {
        region,
        leader: view.node.id,
        decidedAtMs,
        rulesVersion,
        problems: [...problems, ...decision.problems],
        ...word,
      },
      services,
      nodes,
      agents: others.agents(),
      verdicts,
      memory: deciding.memory,
      overrides,
      outbox: deps.acting.entries(),
      regions,
      lingering,
    });
  }

  function show(
    view: DiscoveryView,
    others: Peers,
    abroad: Federation,
    inForce: RulesInForce,
    known: Knowledge | undefined,
  ): void {
    const self = others.self();
    if (self === undefined) return;
    const share = others.region();
    const { decision, memory } = deciding;
    const following = role === 'follower';
    const problems = problemsNow([
      ...view.problems,
      ...inForce.problems,
      ...deps.ownProblems(),
      ...others.problems(),
      ...abroad.problems(),
      ...(following ? [] : (known?.inventory.problems ?? [])),
      ...(decision?.problems ?? []),
      ...deps.acting.problems(Object.values(facts.services).map(({ plan }) => plan)),
    ]);
    // Every agent could tell the same of the services: the one that decides does. The page has them with each service.
    serviceProblemsNow(following ? [] : problemsOfServices(facts));
    const nodes = following ? share?.nodes : known?.inventory.nodes;
    const seen = {
      about,
      self,
      role,
      view,
      peers: others,
      decision,
      memory,
      storedAtMs,
      facts,
      nodes,
      problems,
    };
    deps.onPicture(pictureOf(seen));
  }

  return {
    wake: pace.wake,
    useRules(next) {
      rules = next;
      pace.wake();
    },
    [Symbol.dispose]() {
      pace[Symbol.dispose]();
      // Its last word: others need not wait for its silence to choose another leader.
      tellLast?.();
      peers?.[Symbol.dispose]();
      federation?.[Symbol.dispose]();
    },
  };
}

/** A manager's own inventory, else the one that the region last shared; nothing where there is neither. */
function knowledge(
  view: DiscoveryView,
  share: RegionShare | undefined,
  lastWords: LoopDeps['lastWords'],
): Knowledge | undefined {
  const last = share === undefined ? undefined : lastWords(share);
  const inventory = view.inventory ?? last?.inventory;
  return inventory === undefined ? undefined : { inventory, seen: last?.seen ?? new Map() };
}

/** What people can mend in the labels of services, and on the way to their instances. */
function problemsOfServices({ services }: Facts): readonly Problem[] {
  return Object.values(services).flatMap(({ plan, instances }) => [
    ...plan.problems,
    ...instances.flatMap(({ problem }) => problem ?? []),
  ]);
}

function selfInfo(
  { version, protocol, startedAtMs }: About,
  { node, problems }: DiscoveryView,
  rules: RulesInForce,
  ready: boolean,
): SelfInfo {
  return {
    node: node.id,
    hostname: node.hostname,
    version,
    protocol,
    manager: node.manager,
    raftLeader: node.raftLeader,
    rulesVersion: rules.version,
    rulesHash: rules.hash,
    startedAtMs,
    ready,
    problems: [...problems, ...rules.problems],
  };
}
