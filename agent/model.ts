/**
 * The words of MSA, as types. Every room speaks them; nothing here runs.
 *
 * region    one Swarm and its agents
 * agent     one MSA process, on one node
 * leader    the agent that decides for its region
 * service   the smallest thing with a verdict: a Swarm service, a container, something external, or a
 *           composite (no probe; made of others by rules)
 * instance  one running task of a service
 * probe     one question to an instance; its answer is an outcome
 * health    an instance's outcome after hysteresis (rise, fall)
 * state     could the service run here?
 * report    should it get traffic here?
 * verdict   state, report, priority and the reasons of one service
 * decision  all verdicts of a region at one instant, with the effects to carry out
 *
 * Every time is in milliseconds; a name that ends in `AtMs` is a Unix time on the clock of the agent that wrote it.
 * Everything is plain JSON, so that any of it can be shared, stored and replayed.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

// ---------------------------------------------------------------- verdict words

/** Could the service run here? */
export type State = 'up' | 'down' | 'unknown';

/** Should the service get traffic here? `drain`: finish what runs, send nothing new. */
export type Report = 'up' | 'down' | 'drain' | 'unknown';

/** An instance after hysteresis. `unknown`: not probed yet, or the prober itself broke. */
export type Health = 'healthy' | 'sick' | 'unknown';

/** Facts that a service says of itself in its health answer: `["write"]` reads as `{ write: true }`. */
export type Properties = { readonly [name: string]: Json };

// ---------------------------------------------------------------- what is wrong, for people

/** Something a person should see and can mend. It never stops the agent. */
export interface Problem {
  /** Stable, kebab-case: `bad-label`, `unknown-label`, `no-way`, `duplicate-name`, `engine-unreachable` … */
  readonly code: string;
  /** What is wrong, with what: one sentence. */
  readonly message: string;
  /** What to do about it: one sentence. */
  readonly hint: string;
  /** The service it belongs to; absent for the agent or the region as a whole. */
  readonly service?: string;
}

// ---------------------------------------------------------------- what labels say

/** One service as its labels (or its entry in the file of external services) describe it. */
export interface ServicePlan {
  /** Unique in the region; what load balancers ask for. */
  readonly name: string;
  readonly source: 'swarm' | 'container' | 'external' | 'composite';
  /** The Swarm service's id; for a plain container its name; else the name. */
  readonly id: string;
  /** `com.docker.stack.namespace`, where there is one. */
  readonly stack?: string;
  /** How many instances are meant to run; absent where nobody knows. */
  readonly wanted?: number;
  readonly probe: ProbePlan;
  /** How many healthy instances make the service up. */
  readonly healthyMin: HealthyMin;
  readonly priority: number;
  readonly dependsOn: readonly ServiceRef[];
  readonly prefers: readonly Preference[];
  /** In how many regions at once it may be reported up; absent: no limit. */
  readonly maxRegions?: number;
  /** The family of variants of which only the most capable eligible one is reported up. */
  readonly variantOf?: string;
  readonly capability?: number;
  /** Least time between two changes of report to up. */
  readonly holdMs: number;
  /** Flap damping (RFC 2439); absent: off. */
  readonly damping?: Damping;
  /** HTTP status by report, for load balancers. */
  readonly statusByReport: Readonly<Record<Report, number>>;
  /** Names of the channels that hear of its changes. */
  readonly notify: readonly string[];
  /** May other regions see it? */
  readonly exported: boolean;
  /** Planned maintenance: always, or windows. Absent: none. */
  readonly maintenance?: Maintenance;
  /** What is wrong with the labels; where a label is bad its default holds. */
  readonly problems: readonly Problem[];
}

export type HealthyMin =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number };

/** `db` is `{ service: 'db' }` (here); `west/db` is `{ region: 'west', service: 'db' }`; the region may be `*`. */
export interface ServiceRef {
  readonly region?: string;
  readonly service: string;
}

/** `db:write=10000`: add 10000 to the priority where `db` here has the property `write`; without a property, where it is up. */
export interface Preference {
  readonly service: string;
  readonly property?: string;
  readonly priority: number;
}

/** Flap damping: each change of report adds `penalty`; it halves every `halfLifeMs`; suppressed above `suppress`, until below `reuse`. */
export interface Damping {
  readonly penalty: number;
  readonly suppress: number;
  readonly reuse: number;
  readonly halfLifeMs: number;
}

/** Windows open at each instant of the cron expression, for that long, in that time zone. */
export type Maintenance =
  | { readonly kind: 'always' }
  | { readonly kind: 'window'; readonly cron: string; readonly lengthMs: number; readonly timeZone: string };

/** How to ask an instance whether it is well. */
export interface ProbePlan {
  readonly how: ProbeHow;
  /** Instead of the interval: a cron expression. */
  readonly schedule?: string;
  readonly intervalMs: number;
  /** The interval while outcomes and health disagree. */
  readonly fastMs: number;
  readonly timeoutMs: number;
  /** Consecutive passes that make a sick instance healthy. */
  readonly rise: number;
  /** Consecutive fails that make a healthy instance sick. */
  readonly fall: number;
}

/**
 * The ways to ask. `host` set: one probe of the whole service, made by the leader; absent: one probe for each instance, made
 * on its own node. `none` takes the task's own state.
 */
export type ProbeHow =
  | {
      readonly kind: 'http';
      readonly scheme: 'http' | 'https';
      readonly host?: string;
      readonly port: number;
      /** Path with query, starts with `/`. */
      readonly path: string;
      /** Accepted statuses, inclusive ranges. */
      readonly expect: readonly StatusRange[];
      /** The body must contain it. */
      readonly contains?: string;
      /** Read properties from the body. */
      readonly properties: boolean;
      readonly headers: Readonly<Record<string, string>>;
      /** Name of a credential. */
      readonly auth?: string;
    }
  | { readonly kind: 'tcp'; readonly host?: string; readonly port: number }
  | { readonly kind: 'docker' }
  | { readonly kind: 'push'; readonly ttlMs: number }
  | { readonly kind: 'none' };

export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

// ---------------------------------------------------------------- what runs

/** One node of the Swarm. */
export interface RegionNode {
  readonly id: string;
  readonly hostname: string;
  /** Where its agent is reached: an IP address. */
  readonly address: string;
  readonly manager: boolean;
  /** Swarm's Raft leader. */
  readonly raftLeader: boolean;
  /** `down`: Swarm gave it up, its tasks count as gone whatever they still read. */
  readonly status: 'ready' | 'down' | 'unknown';
}

/** One task, as a manager lists it. */
export interface Task {
  readonly id: string;
  readonly serviceId: string;
  readonly nodeId: string;
  readonly slot?: number;
  /** Docker's own task state: `running`, `starting`, `failed` … */
  readonly state: string;
  readonly desiredState: string;
  /** Short: why it failed, where it did. */
  readonly error?: string;
}

/** What the managers know, complete at the instant it was read. */
export interface Inventory {
  readonly services: readonly ServicePlan[];
  readonly nodes: readonly RegionNode[];
  readonly tasks: readonly Task[];
  readonly problems: readonly Problem[];
}

/** An instance that this agent should probe, and the way to it. */
export interface ProbeTarget {
  readonly instance: string;
  readonly service: string;
  readonly node: string;
  readonly plan: ProbePlan;
  /** IP address to ask; absent for `docker`, `none`, and where there is no way (then `problem` says so). */
  readonly address?: string;
  /** What Docker itself says: of the container's HEALTHCHECK, else of the container. */
  readonly docker: DockerHealth;
  readonly problem?: Problem;
}

/** `stopping`: a kill was seen, the task is on its way out. */
export type DockerHealth = 'running' | 'starting' | 'healthy' | 'unhealthy' | 'stopping';

// ---------------------------------------------------------------- how it is

/** The answer to one question. */
export type Outcome =
  | { readonly result: 'pass'; readonly properties: Properties }
  | { readonly result: 'fail'; readonly reason: FailReason; readonly detail: string }
  | {
      readonly result: 'unknown';
      readonly reason: 'not-yet' | 'no-way' | 'prober-broke';
      readonly detail: string;
    };

export type FailReason =
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'closed'
  | 'tls'
  | 'status'
  | 'redirect'
  | 'body'
  | 'too-large'
  | 'not-http'
  | 'identity'
  | 'docker'
  | 'silent'
  | 'said-so';

/** What an agent knows of one instance on its node. Changes only when something changed: no ages, no latencies. */
export interface Observation {
  readonly instance: string;
  readonly service: string;
  readonly node: string;
  readonly health: Health;
  /** Since when `health` is what it is. */
  readonly sinceMs: number;
  readonly properties: Properties;
  /** The last outcome that counted, for people: `pass`, or `fail: status 503 …`. */
  readonly outcome: Outcome;
  /** Where it was asked: `http://10.0.1.5:8080/health`; empty where nothing is asked. */
  readonly asked: string;
  readonly problem?: Problem;
}

// ---------------------------------------------------------------- agents

/** What an agent says of itself to the others. */
export interface AgentInfo {
  readonly node: string;
  readonly hostname: string;
  readonly version: string;
  /** Version of the peers' protocol. */
  readonly protocol: number;
  readonly manager: boolean;
  /** What this agent's engine says: is this node Swarm's Raft leader? */
  readonly raftLeader: boolean;
  readonly rulesVersion: number;
  /** Short hash of the rule set in force. */
  readonly rulesHash: string;
  /** Node ids of the manager agents that it hears right now, itself included when a manager. */
  readonly hears: readonly string[];
  /** How many managers it believes there are. */
  readonly managers: number;
  /** The manager agent that it would have lead; absent: nobody can. A majority of these makes the leader. */
  readonly prefers?: string;
  /** Whom it sees a majority for: node id of the leader; absent: nobody has one. */
  readonly leader?: string;
  readonly startedAtMs: number;
  /** The first complete discovery and the first probes are in. */
  readonly ready: boolean;
  readonly problems: readonly Problem[];
}

/** Who decides: `leader` this agent, for all; `follower` another; `caretaker`: no leader is heard, so this agent answers from what it sees and carries out no effects. */
export type Role = 'leader' | 'follower' | 'caretaker';

// ---------------------------------------------------------------- facts: what a decision may read

/** All that a decision reads, besides the rules, the memory and the instant. */
export interface Facts {
  readonly region: string;
  /** Added to the priority of every service of this region. */
  readonly regionPriority: number;
  readonly services: Readonly<Record<string, ServiceFacts>>;
  /** The other regions, by name; never this one. */
  readonly regions: Readonly<Record<string, RegionFacts>>;
  /**
   * This region has not heard a majority of the regions for `MSA_RELEASE_AFTER`, so another may be about to take over what
   * may run in a limited number of regions: it is released. Absent: it is not so, or is not to matter.
   */
  readonly isolated?: boolean;
  /**
   * How long a claim must have stood before what is limited is taken up, so that every region has heard of it. Absent: 0.
   */
  readonly settleMs?: number;
  /** Operators' words, by service (`*`: the whole region). Expired ones are left out by the reader. */
  readonly overrides: Readonly<Record<string, Override>>;
}

export interface ServiceFacts {
  readonly plan: ServicePlan;
  readonly instances: readonly InstanceFacts[];
}

/** One instance, joined from the inventory and its node's observation. */
export interface InstanceFacts {
  readonly id: string;
  readonly node: string;
  readonly health: Health;
  /** The observer is silent: `health` is its last word, and may be wrong by now. */
  readonly stale: boolean;
  readonly sinceMs: number;
  readonly properties: Properties;
  readonly outcome: Outcome;
  readonly asked: string;
  /** What stands in the way of asking it, as its observer says. */
  readonly problem?: Problem;
}

/** `fresh`: heard lately; `stale`: missed heartbeats, so its facts are unknown; `lost`: silent so long that it counts as gone. */
export type Freshness = 'fresh' | 'stale' | 'lost';

export interface RegionFacts {
  readonly name: string;
  readonly freshness: Freshness;
  /** When `freshness` became what it is, on this agent's clock. */
  readonly sinceMs: number;
  /** The region that passed this on; absent: heard directly. */
  readonly via?: string;
  readonly services: Readonly<Record<string, RemoteService>>;
}

/** What a region tells others of one service. */
export interface RemoteService {
  readonly state: State;
  /** State is up, everything it depends on is reported up there, and no operator, hold or damping keeps it out. */
  readonly eligible: boolean;
  /** Eligible, and the region's own rules would serve it, before any guard. */
  readonly willing: boolean;
  readonly priority: number;
  readonly report: Report;
  readonly healthy: number;
  readonly total: number;
  readonly properties: Properties;
  /** Some agent of that region may still answer `up` for it; absent: its report tells. */
  readonly holding?: boolean;
  /** It would serve it as soon as others let go of it; false: it comes first, but not yet. Absent: it serves it, could not, or is an older peer. */
  readonly ready?: boolean;
  /** How strong that region's claim to serve it is; absent: an older peer, judged by the fields above. */
  readonly claim?: Claim;
}

/**
 * How strong a region's claim to serve a service is, as that region says itself. Regions are ranked by it, in every region
 * alike: fewest blocked, then fewest unwanted, then highest priority, then by name. Services that must come together (a
 * limited one, and what depends on it) share one claim, so that they are placed together.
 */
export interface Claim {
  /** It and all that it depends on could be served there: states are up, and no operator, hold or damping keeps one out. */
  readonly able: boolean;
  /** How many services of those that come together are not able there. */
  readonly blocked: number;
  /** How many of them, or of what they depend on, the region's own rules and labels would not serve. */
  readonly unwanted: number;
  /** The sum of the priorities of the limited ones among them. */
  readonly priority: number;
}

/** An operator's word on a service. */
export interface Override {
  readonly service: string;
  readonly report: 'up' | 'down' | 'drain';
  readonly owner: string;
  readonly reason: string;
  readonly setAtMs: number;
  /** Absent: until taken back. */
  readonly expiresAtMs?: number;
}

// ---------------------------------------------------------------- decision

export interface Decision {
  readonly region: string;
  readonly decidedAtMs: number;
  readonly rulesVersion: number;
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** What rules ask to be done now; carried out once by whoever leads. */
  readonly effects: readonly Effect[];
  readonly problems: readonly Problem[];
}

export interface Verdict {
  readonly service: string;
  readonly state: State;
  readonly report: Report;
  readonly eligible: boolean;
  readonly willing: boolean;
  readonly priority: number;
  /** One sentence for people: why it is so. */
  readonly message: string;
  /** Every step that made or could have changed the verdict, in the order of the decision. */
  readonly because: readonly Reason[];
  readonly stateSinceMs: number;
  readonly reportSinceMs: number;
  readonly healthy: number;
  readonly total: number;
  readonly properties: Properties;
  /** What other regions rank this one by. */
  readonly claim?: Claim;
  /** As others are told: see RemoteService. */
  readonly ready?: boolean;
}

/** The steps of a decision, in their order. */
type Step =
  | 'instances'
  | 'dependency'
  | 'rule'
  | 'priority'
  | 'placement'
  | 'maintenance'
  | 'hold'
  | 'damping'
  | 'override'
  | 'guard';

/** One step of the way to a verdict, with what it read. */
export interface Reason {
  readonly step: Step;
  /** Who says so: `label msa.depends-on of wfe`, `rule region-viable (rules/healthy.json:12)`, `override by ann`. */
  readonly source: string;
  /** What it says of the service: `down because db is down`. */
  readonly says: string;
  /** What it changed: `{ field: 'report', value: 'down' }`; absent where it only looked. */
  readonly sets?: { readonly field: 'state' | 'report' | 'priority' | 'message'; readonly value: Json };
  /** What it read. */
  readonly inputs: readonly ReasonInput[];
}

export interface ReasonInput {
  /** A name of the fact catalogue: `db.state`, `west/db.eligible`, `wfe#task1.health`. */
  readonly fact: string;
  readonly value: Json;
  /** Since when, where that is known. */
  readonly sinceMs?: number;
  /** A longer word on the value: the probe's detail, say. */
  readonly note?: string;
}

/** Something to do. The key is the same for the same occasion, so that nothing is done twice. */
export type Effect =
  | {
      readonly kind: 'webhook';
      readonly key: string;
      readonly rule: string;
      readonly url: string;
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: Json;
      readonly message: string;
    }
  | {
      readonly kind: 'notify';
      readonly key: string;
      /** The rule or the label that asks for it. */
      readonly source: string;
      readonly channel: string;
      readonly service?: string;
      readonly message: string;
    };

/** An effect on its way, or lately at its end. Plain data, shared in the region, so that a new leader goes on with it. */
export interface OutboxEntry {
  /** The effect's own: however often it is asked for, it is done once. */
  readonly key: string;
  readonly effect: Effect;
  /** The order of recording: later is higher. */
  readonly sequence: number;
  readonly recordedAtMs: number;
  readonly attempts: number;
  /** How many attempts in a row the receiver itself refused. */
  readonly refusals: number;
  /** It is not attempted before. */
  readonly nextAtMs: number;
  /** `withdrawn`: no longer asked for before it was delivered; asked for again, it goes on. */
  readonly status: 'pending' | 'done' | 'given-up' | 'withdrawn';
  /** Why the last attempt failed, or why there is none any more: for people. */
  readonly lastError?: string;
  /** When it was no longer pending. */
  readonly doneAtMs?: number;
}

/** What the next decision must remember of this one. Plain data; a new leader goes on with it. */
export interface Memory {
  readonly services: Readonly<Record<string, ServiceMemory>>;
  readonly rules: Readonly<Record<string, RuleMemory>>;
}

export interface ServiceMemory {
  readonly state: State;
  readonly stateSinceMs: number;
  readonly report: Report;
  readonly reportSinceMs: number;
  /** What it was before `stateSinceMs`; absent: the first state ever. */
  readonly stateWas?: State;
  /** What it was before `reportSinceMs`; absent: the first report ever. */
  readonly reportWas?: Report;
  /** When the report last became up: the start of a hold. */
  readonly lastUpAtMs?: number;
  /** Damping: the penalty as it was at `penaltyAtMs`; it decays from there. */
  readonly penalty?: number;
  readonly penaltyAtMs?: number;
  readonly suppressed?: boolean;
  /** Of a limited service that is eligible, where claims must settle: what it claims. */
  readonly claim?: Claim;
  /** Since when it claims that, and is eligible. */
  readonly claimSinceMs?: number;
}

export interface RuleMemory {
  /** The branch in force: what a rule holds while its facts are unknown. */
  readonly branch: 'then' | 'else' | 'none';
  /** Since when that branch is in force: names the occasion of its effects. Absent: since before the first decision. */
  readonly branchSinceMs?: number;
  /** Since when the condition has been true without a break; absent: it is not. Measures `for`. */
  readonly trueSinceMs?: number;
  /** The condition's last plain answer: what `changed` and the firing of effects compare with. */
  readonly answer?: boolean;
}

// ---------------------------------------------------------------- what an agent answers from

/** Another agent of the region, as this one sees it. */
export interface AgentSight {
  readonly info: AgentInfo;
  /** Heard within `MSA_STALE_AFTER`. */
  readonly heard: boolean;
  /** Since when `heard` is what it is. */
  readonly sinceMs: number;
}

/** Everything an agent answers people and load balancers from. Replaced whole at each tick; read by `report/` alone. */
export interface Picture {
  readonly self: AgentInfo;
  readonly role: Role;
  /** Node id of the leader, where one is heard. */
  readonly leader?: string;
  /** Absent until the first decision; before it, everything is unknown. */
  readonly decision?: Decision;
  /** Why the decision may be old: `leader silent`, `engine unreachable`, `from disk`; absent: it is current. */
  readonly stale?: string;
  readonly facts: Facts;
  /** What the next decision will remember; absent where this agent does not know it. */
  readonly memory?: Memory;
  readonly nodes: readonly RegionNode[];
  readonly agents: readonly AgentSight[];
  /** Problems of this agent and of the region; those of services are in their plans and observations. */
  readonly problems: readonly Problem[];
}

// ---------------------------------------------------------------- the outside world, as the rooms see it

/** Time, so that tests can hold it. Only `clock.ts` implements it for real. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Calls back once after that many milliseconds, unless cancelled by the function it returns. */
  after(ms: number, then: () => void): () => void;
}

/** A structured log: the fields first, then one sentence. Bunyan's own methods have this shape. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
