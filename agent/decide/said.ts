/** What the rules say in a decision under way, and what they read for it: words that its other files share. */

import type { Json, ReasonInput, RuleMemory } from '../model.ts';
import type { Answer } from './rule/condition.ts';
import type { Rule, VerdictEffect } from './rule/rule.ts';

/** What a fact was found to be. */
export interface Reading {
  /** Undefined: unknown. */
  readonly value: Json | undefined;
  readonly sinceMs?: number;
  /** Why it is unknown, or a word on it. */
  readonly note?: string;
}

/** What a rule says in this decision. The same object while nothing of it changes. */
export interface Outcome {
  readonly rule: Rule;
  /** Undefined: unknown. */
  readonly answer: Answer;
  readonly memory: RuleMemory;
  /** Until when `then` waits for its `for`. */
  readonly waitsUntilMs?: number;
  /** What was read for the answer, in the order of the condition's reads. */
  readonly readings: readonly Reading[];
  /** The same, as reasons name it. */
  readonly inputs: () => readonly ReasonInput[];
}

/** One effect of a rule that is in force. */
export interface Said {
  readonly outcome: Outcome;
  readonly effect: VerdictEffect;
  readonly message: string | undefined;
  /** What the message was filled in with. */
  readonly told?: readonly Reading[];
}
