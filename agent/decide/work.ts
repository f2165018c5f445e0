/** What is known of each service while a decision is under way. Each step fills in its part; later steps read it. */

import type {
  Claim,
  Facts,
  Memory,
  Override,
  Reason,
  Report,
  ServiceFacts,
  ServiceMemory,
  State,
  Verdict,
} from '../model.ts';
import type { InstanceView } from './instances.ts';
import type { Said } from './said.ts';

export interface Work {
  readonly name: string;
  readonly facts: ServiceFacts;
  readonly before: ServiceMemory | undefined;
  readonly view: InstanceView;
  readonly around: Circumstances;
  /** The same service in the last decision, where that stood on the same structure. Its own is cut, else all would be kept. */
  previous: Work | undefined;
  /** Facts, memory and circumstances are the very same as then. */
  readonly isQuiet: boolean;
  state?: StateView;
  priority?: PriorityView;
  standing?: Standing;
  /** As it was made for all services, before its own will counts. */
  commonClaim?: Claim | undefined;
  claim?: Claim | undefined;
  /** Of a limited service: the claim has stood for long enough. */
  isSettled?: boolean;
  /** Of one that it could serve and does not: it would as soon as others let go. */
  isReady?: boolean | undefined;
  eligible?: boolean;
  willing?: boolean;
  report?: ReportView;
  /** Words that set a message and nothing else. */
  messages?: readonly Said[];
  verdict?: Verdict;
  after?: ServiceMemory;
}

/** What stands around a service besides its health and its rules: the operator, the calendar, hold and damping. */
export interface Circumstances {
  readonly override: Override | undefined;
  readonly maintenance: boolean;
  readonly heldUntilMs: number | undefined;
  readonly suppressedUntilMs: number | undefined;
}

/** What a claim is made of, for one service. */
export interface Standing {
  /** State is up, and no operator, hold or damping keeps it out. */
  readonly base: boolean;
  /** Labels and rules would serve it. */
  readonly wanted: boolean;
  readonly priority: number;
}

export interface StateView {
  readonly state: State;
  readonly sinceMs: number;
  readonly was: State | undefined;
  readonly reasons: readonly Reason[];
  /** What is at the bottom of it: the service where the trouble is, and a word on it. */
  readonly root: Root;
}

export interface Root {
  readonly service: string;
  readonly cause: string;
}

export interface PriorityView {
  readonly priority: number;
  /** That of the region, which is in it. */
  readonly regionPriority: number;
  readonly reasons: readonly Reason[];
}

export interface ReportView {
  readonly report: Report;
  readonly sinceMs: number;
  readonly was: Report | undefined;
  readonly eligible: boolean;
  readonly willing: boolean;
  readonly reasons: readonly Reason[];
  readonly root: Root;
  /** Why it is so, in one sentence. */
  readonly message: string;
  /** More than this service's own facts stands behind it, so it is found out anew each time. */
  readonly isVolatile: boolean;
  /** What other regions say had a say in it. */
  readonly asksOthers: boolean;
}

/** All that a decision under way may look at. */
export interface World {
  readonly facts: Facts;
  readonly memory: Memory;
  readonly nowMs: number;
  readonly works: ReadonlyMap<string, Work>;
  /** All other regions are the very same as in the last decision, and so is how this one stands to them. */
  readonly regionsStand: boolean;
}
