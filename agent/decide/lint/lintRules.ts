/**
 * What is legal in a set of rules, but most likely not meant. Pure. Nothing here is a guess: each finding says what surely
 * happens (never true, always overwritten, a circle), and what to do if it is not meant.
 */

import type { RuleProblem, RuleSet } from '../rule/rule.ts';
import { findConstants } from './constants.ts';
import { findLoops } from './loops.ts';
import { findShadowed } from './shadowed.ts';

/** The findings in the order of the files. */
export function lintRules(rules: RuleSet): readonly RuleProblem[] {
  return [...findConstants(rules), ...findShadowed(rules), ...findLoops(rules)].toSorted((a, b) =>
    a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1,
  );
}
