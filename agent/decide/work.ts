/** What is known of each service while a decision is under way. Each step fills in its part; later steps read it. */

import type { Claim, Facts, Memory, Reason, Report, ServiceFacts, ServiceMemory, State } from '../model.ts';
import type { InstanceView } from './instances.ts';

export interface Work {
  readonly name: string;
  readonly facts: ServiceFacts;
  readonly before: ServiceMemory | undefined;
  readonly view: InstanceView;
  state?: StateView;
  priority?: PriorityView;
  claim?: Claim | undefined;
  eligible?: boolean;
  willing?: boolean;
  report?: ReportView;
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
}

/** All that a decision under way may look at. */
export interface World {
  readonly facts: Facts;
  readonly memory: Memory;
  readonly nowMs: number;
  readonly works: ReadonlyMap<string, Work>;
}
