/** A rule as it is once read and found good: plain data, save for the condition, which knows how to answer. */

import type { FactRef, Stage } from '../catalogue.ts';
import type { Condition } from './condition.ts';
import type { Template } from './template.ts';

export interface RuleSet {
  /** The highest version leads. */
  readonly version: number;
  /** Short, of the files' contents: agents that show the same hash hold the same rules. */
  readonly hash: string;
  /** In the order in which they apply: `order`, then file name, then position. */
  readonly rules: readonly Rule[];
  /** Every fact that any rule reads; conditions name them by their index here. */
  readonly facts: readonly FactRef[];
}

export interface Rule {
  /** Its place in the set's list. */
  readonly index: number;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly order: number;
  /** The regions where it applies; absent: in all. */
  readonly regions?: readonly string[];
  readonly condition: Condition;
  /** How long the condition must stay true before `then` is in force. */
  readonly forMs: number;
  /** What an unknown answer does. */
  readonly unknown: 'hold' | 'then' | 'else';
  /** May the guard overrule it to keep the last region of a service serving? */
  readonly guarded: boolean;
  readonly then: readonly RuleEffect[];
  readonly else: readonly RuleEffect[];
  /** The services that it sets anything on, in either branch; each once. */
  readonly targets: readonly string[] | '*';
  /** The first thing it sets: its condition is answered just before. `effects` where it sets nothing on a service. */
  readonly stage: Stage | 'effects';
}

export type RuleEffect = VerdictEffect | OutsideEffect;

/** Sets something on services. */
export interface VerdictEffect {
  readonly kind: 'verdict';
  readonly services: readonly string[] | '*';
  readonly state?: 'up' | 'down';
  readonly report?: 'up' | 'down' | 'drain';
  /** Added to the priority. */
  readonly priority?: number;
  readonly message?: Template;
}

type OutsideEffect =
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: TemplateJson;
      readonly message: Template;
    }
  | { readonly kind: 'notify'; readonly channel: string; readonly message: Template };

/** JSON whose texts are templates. */
export type TemplateJson =
  | { readonly kind: 'text'; readonly text: Template }
  | { readonly kind: 'plain'; readonly value: null | boolean | number }
  | { readonly kind: 'list'; readonly items: readonly TemplateJson[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, TemplateJson])[] };

/** What is wrong with a rule file, where, and what to do about it. */
export interface RuleProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly rule?: string;
  readonly message: string;
  readonly hint: string;
}

/** `rule db-failover (failover.json:12)`: how reasons name it. */
export function ruleSource(rule: Rule): string {
  return `rule ${rule.name} (${rule.file}:${rule.line})`;
}
