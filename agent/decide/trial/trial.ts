/**
 * A trial: a test of rules and labels, as it is once read from a `*.test.json` file and found good. Plain data.
 *
 * Regions with services in them go through time: services fail and recover, regions are cut off and come back. Whenever
 * something happens every region decides for itself, with the decision code of the agents, and the regions tell each other.
 * At given instants it is as expected, or the trial fails.
 */

import type { Json, Report, State } from '../../model.ts';
import type { RuleProblem } from '../rule/rule.ts';

/** Labels by service; a service of one region alone is written `west/db`. */
export type LabelsByService = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Trial {
  readonly name: string;
  readonly where: Where;
  /** Rule files beside the file of the trial; absent: the one of the same name, if there is one. */
  readonly rules?: readonly string[];
  /** A stack file beside the file of the trial: its services' labels and replicas. */
  readonly stack?: string;
  /** Besides those of the stack, and over them. An empty text takes a label away. */
  readonly labels: LabelsByService;
  readonly given: Readonly<Record<string, GivenRegion>>;
  readonly settings: TrialSettings;
  /** Unix time of `0s`, in milliseconds. */
  readonly startMs: number;
  readonly steps: readonly TrialStep[];
  /** Holds whenever the regions have settled. */
  readonly always: readonly Claimed[];
  /** Is so at no moment, not even in passing. */
  readonly never: readonly Claimed[];
}

/** A place in the file, both from 1. */
export interface Where {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** How the services of a region are; `rest`: those of the labels and the stack that are not named. */
export interface GivenRegion {
  readonly services: Readonly<Record<string, Situation>>;
  readonly rest?: Situation;
}

/** How a service is, in one region. */
export type Situation =
  /** All its instances are like that. `silent`: they were healthy, and now nobody hears their observer. */
  | {
      readonly kind: 'all';
      readonly are: 'healthy' | 'sick' | 'unknown' | 'silent';
      readonly properties: Readonly<Record<string, Json>>;
    }
  /** So many are healthy, the others sick. */
  | {
      readonly kind: 'some';
      readonly healthy: number;
      readonly of: number;
      readonly properties: Readonly<Record<string, Json>>;
    }
  /** No instance runs. */
  | { readonly kind: 'none' }
  /** It is not deployed there. */
  | { readonly kind: 'absent' };

/** The settings of the agents that matter to decisions, by the meaning of their names. */
export interface TrialSettings {
  readonly staleAfterMs: number;
  readonly lostAfterMs: number;
  readonly releaseAfterMs: number;
  /** Absent: release where there are three regions or more, else keep. */
  readonly onIsolation?: 'release' | 'keep';
  readonly regionPriority: Readonly<Record<string, number>>;
}

/** What happens at an instant, and what is expected once the regions have settled. */
export interface TrialStep {
  /** Since the start. */
  readonly atMs: number;
  readonly where: Where;
  readonly events: readonly TrialEvent[];
  readonly expect: readonly Expectation[];
  /** The effects that began since they were last asked for; absent: not asked. */
  readonly effects?: ExpectedEffects;
}

export type TrialEvent =
  /** Without a region: in every region that has the service. */
  | { readonly kind: 'set'; readonly region?: string; readonly service: string; readonly to: Situation }
  | { readonly kind: 'labels'; readonly id: string; readonly labels: Readonly<Record<string, string>> }
  /** The region alone: from all the others. */
  | { readonly kind: 'cut' | 'heal'; readonly region: string; readonly from?: string }
  | { readonly kind: 'stop' | 'start'; readonly region: string }
  /** Without a report: taken back. */
  | {
      readonly kind: 'override';
      readonly region?: string;
      readonly service: string;
      readonly report?: 'up' | 'down' | 'drain';
    };

/** What is expected of one service, in one region or in all. */
export interface Expectation {
  readonly where: Where;
  readonly region?: string;
  readonly service: string;
  readonly report?: Report;
  /** The regions where the report is that, and in no other; absent: in every region asked. */
  readonly onlyIn?: readonly string[];
  readonly state?: State;
  readonly priority?: number;
  readonly eligible?: boolean;
  readonly willing?: boolean;
  /** Texts that the explanation contains. */
  readonly because: readonly string[];
  /** A text that the message contains. */
  readonly message?: string;
}

/** Each effect is written as words that all stand in the line that tells of it. */
export interface ExpectedEffects {
  readonly where: Where;
  readonly lines: readonly string[];
}

/** Something that is so or is not, at any moment: `db up in at most 1 region`, `west/db down`, `webhook db-failover`. */
export interface Claimed {
  readonly where: Where;
  /** As it is written. */
  readonly text: string;
  readonly claim:
    | {
        readonly kind: 'count';
        readonly service: string;
        readonly report: Report;
        readonly least: number;
        readonly most: number;
      }
    | { readonly kind: 'verdict'; readonly region: string; readonly service: string; readonly report: Report }
    | { readonly kind: 'effect'; readonly words: string };
}

export type ReadTrials =
  | { readonly ok: true; readonly trials: readonly Trial[] }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };
