/**
 * The tick: carries data from room to room, one way, and owns the only changing state of the whole: the rules in force, what
 * the next decision must remember, and the picture that everybody is answered from.
 *
 * Level-driven: each tick looks at everything. Events only wake it early; wakes within a few milliseconds are one.
 */

import type { Discovery } from './discover/discovery.ts';
import type { DiscoveryView } from './discover/view.ts';
import type {
  AgentInfo,
  Clock,
  Decision,
  Facts,
  Inventory,
  Log,
  Memory,
  Picture,
  ProbeTarget,
  Problem,
  Role,
  ServicePlan,
} from './model.ts';
import type { Probing } from './probe/probing.ts';
import type { RegionShare } from './share/documents.ts';
import type { MergeInput, Seen } from './share/merge.ts';
import type { Peers } from './share/peers.ts';

/** What the rules in force decide. */
export interface RulesInForce {
  readonly version: number;
  readonly hash: string;
  decide(facts: Facts, memory: Memory, nowMs: number): Decided;
  /** What is wrong with newer rules that were refused; they are not in force. */
  readonly problems: readonly Problem[];
}

export interface Decided {
  readonly decision: Decision;
  readonly memory: Memory;
  /** When the same facts would decide otherwise, by time alone. */
  readonly wakeAtMs?: number;
}

/** One change of a verdict, as one sentence. */
export interface Change {
  readonly service: string;
  readonly sentence: string;
}

interface LoopDeps {
  readonly region: string;
  readonly regionPriority: number;
  readonly version: string;
  readonly protocol: number;
  readonly startedAtMs: number;
  readonly tickMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly discovery: Discovery;
  readonly probing: Probing;
  /** Made once this agent's node is known. */
  readonly peersOf: (view: DiscoveryView) => Peers;
  readonly wholeServiceTargets: (plans: readonly ServicePlan[], node: string) => readonly ProbeTarget[];
  readonly merge: (input: MergeInput) => Facts['services'];
  readonly lastWords: (share: RegionShare) => {
    readonly inventory: Inventory;
    readonly seen: ReadonlyMap<string, Seen>;
  };
  readonly publish: (share: RegionShare) => void;
  readonly changes: (before: Decision | undefined, after: Decision) => readonly Change[];
  readonly onPicture: (picture: Picture) => void;
}

export interface Loop extends Disposable {
  /** Something happened: look at everything soon. */
  wake(): void;
  /** These rules are in force from now on. Nothing is decided before the first. */
  useRules(rules: RulesInForce): void;
}

/** Events come in bursts; what happens within this is one tick. */
const COALESCE_MS = 5;

const NOTHING: Memory = { services: {}, rules: {} };

export function createLoop(deps: LoopDeps): Loop {
  const { clock, log, discovery, probing } = deps;
  let rules: RulesInForce | undefined;
  let peers: Peers | undefined;
  let memory = NOTHING;
  let decision: Decision | undefined;
  let role: Role = 'caretaker';
  let wakeAtMs: number | undefined;
  let problems: readonly Problem[] = [];
  let cancel: (() => void) | undefined;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let ended = false;

  function schedule(afterMs: number): void {
    const atMs = clock.now() + afterMs;
    if (ended || atMs >= dueAtMs) return;
    cancel?.();
    dueAtMs = atMs;
    cancel = clock.after(afterMs, () => {
      dueAtMs = Number.POSITIVE_INFINITY;
      tick();
      const untilChangeMs = (wakeAtMs ?? Number.POSITIVE_INFINITY) - clock.now();
      schedule(Math.max(0, Math.min(deps.tickMs, untilChangeMs)));
    });
  }

  function tick(): void {
    const view = discovery.view();
    if (view === undefined || rules === undefined) return;
    peers ??= deps.peersOf(view);
    const share = peers.region();
    const known = knowledge(view, share, deps.lastWords);
    const plans = known?.inventory.services ?? [];
    const whole = role === 'leader' ? deps.wholeServiceTargets(plans, view.node.id) : [];
    probing.follow([...discovery.targets(plans), ...whole]);
    const ready = known !== undefined && probing.ready;
    peers.tell({
      self: selfInfo(deps, view, rules, ready),
      observations: probing.observations(),
      ...(known === undefined ? {} : { nodes: known.inventory.nodes }),
      managers: view.managers,
    });
    become(peers.role(), peers.leader());
    if (role === 'follower') follow(peers.region());
    else if (known !== undefined && ready && peers.settled()) decide(known, view, peers, rules);
    show(view, peers, rules, known);
  }

  function become(next: Role, leader: string | undefined): void {
    if (next === role) return;
    log.info({ role: next, leader }, `this agent is ${next === 'leader' ? 'the leader' : `a ${next}`} now`);
    role = next;
  }

  /** Takes the leader's decision, and its memory, to go on from should the leader fall silent. */
  function follow(share: RegionShare | undefined): void {
    if (share === undefined) return;
    memory = share.memory;
    wakeAtMs = undefined;
    const { region, decidedAtMs, rulesVersion } = share.decision;
    adopt({
      region,
      decidedAtMs,
      rulesVersion,
      verdicts: share.verdicts,
      effects: [],
      problems: share.decision.problems,
    });
  }

  function decide(
    known: Knowledge,
    view: DiscoveryView,
    { region, agents, seen }: Peers,
    inForce: RulesInForce,
  ): void {
    const nowMs = clock.now();
    const share = region();
    // A leader's own memory is the newest; one that just took over goes on with what its predecessor shared.
    if (decision === undefined && share !== undefined) memory = share.memory;
    const facts: Facts = {
      region: deps.region,
      regionPriority: deps.regionPriority,
      services: deps.merge({
        inventory: known.inventory,
        seen: new Map([...known.seen, ...seen()]),
        nowMs,
      }),
      regions: share?.regions ?? {},
      overrides: share?.overrides ?? {},
    };
    const decided = inForce.decide(facts, memory, nowMs);
    memory = decided.memory;
    wakeAtMs = decided.wakeAtMs;
    adopt(decided.decision);
    latestFacts = facts;
    if (role !== 'leader') return;
    deps.publish({
      decision: {
        region: deps.region,
        leader: view.node.id,
        decidedAtMs: decided.decision.decidedAtMs,
        rulesVersion: inForce.version,
        problems: [...known.inventory.problems, ...decided.decision.problems],
      },
      services: facts.services,
      nodes: known.inventory.nodes,
      agents: agents(),
      verdicts: decided.decision.verdicts,
      memory,
      overrides: facts.overrides,
      regions: facts.regions,
    });
  }

  let latestFacts: Facts | undefined;

  function adopt(next: Decision): void {
    for (const { service, sentence } of deps.changes(decision, next)) {
      // Each agent would tell the same: the one that decided tells it to people, the others to who looks closely.
      const tell = role === 'follower' ? log.debug : log.info;
      tell(
        { service, report: next.verdicts[service]?.report, state: next.verdicts[service]?.state },
        sentence,
      );
    }
    decision = next;
  }

  function show(
    view: DiscoveryView,
    current: Peers,
    inForce: RulesInForce,
    known: Knowledge | undefined,
  ): void {
    const self = current.self();
    if (self === undefined) return;
    const share = current.region();
    const facts =
      role === 'follower' && share !== undefined ? factsOf(deps, share) : (latestFacts ?? emptyFacts(deps));
    const leader = current.leader();
    const stale = staleness(role, view);
    problems = tellProblems(log, problems, [
      ...view.problems,
      ...inForce.problems,
      ...current.problems(),
      ...(role === 'follower'
        ? (share?.decision.problems ?? [])
        : [...(known?.inventory.problems ?? []), ...(decision?.problems ?? [])]),
    ]);
    deps.onPicture({
      self,
      role,
      ...(leader === undefined ? {} : { leader }),
      ...(decision === undefined ? {} : { decision }),
      ...(stale === undefined ? {} : { stale }),
      facts,
      nodes: (role === 'follower' ? share?.nodes : known?.inventory.nodes) ?? [view.node],
      agents: current.agents(),
      problems,
    });
  }

  return {
    wake: () => schedule(COALESCE_MS),
    useRules(next) {
      rules = next;
      schedule(COALESCE_MS);
    },
    [Symbol.dispose]() {
      ended = true;
      cancel?.();
      peers?.[Symbol.dispose]();
    },
  };
}

/** What is known of the region, before anybody is asked how it is. */
interface Knowledge {
  readonly inventory: Inventory;
  /** Last words on each node, for where there are no fresher ones. */
  readonly seen: ReadonlyMap<string, Seen>;
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

function selfInfo(
  { version, protocol, startedAtMs }: LoopDeps,
  { node, problems }: DiscoveryView,
  rules: RulesInForce,
  ready: boolean,
): Omit<AgentInfo, 'hears' | 'managers' | 'prefers'> {
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

function factsOf({ region, regionPriority }: LoopDeps, { services, regions, overrides }: RegionShare): Facts {
  return { region, regionPriority, services, regions, overrides };
}

function emptyFacts({ region, regionPriority }: LoopDeps): Facts {
  return { region, regionPriority, services: {}, regions: {}, overrides: {} };
}

/** Why the decision may be old, for people. */
function staleness(role: Role, view: DiscoveryView): string | undefined {
  if (role === 'caretaker')
    return 'no leader is heard: this agent goes on from the last decision and from what it sees itself';
  if (role === 'leader' && !view.current)
    return 'the Docker engine or the Swarm does not answer: the last inventory stands';
  return undefined;
}

/** Logs what came and what went; returns what is there now. */
function tellProblems(log: Log, before: readonly Problem[], now: readonly Problem[]): readonly Problem[] {
  const keyOf = ({ code, service, message }: Problem): string => `${code} ${service ?? ''} ${message}`;
  const old = new Set(before.map(keyOf));
  const current = new Map(now.map((problem) => [keyOf(problem), problem]));
  for (const [key, { code, service, message, hint }] of current) {
    if (!old.has(key)) log.warn({ problem: code, service }, `${message} ${hint}`);
  }
  for (const problem of before) {
    if (!current.has(keyOf(problem)))
      log.info({ problem: problem.code, service: problem.service }, `no longer: ${problem.message}`);
  }
  return [...current.values()];
}
