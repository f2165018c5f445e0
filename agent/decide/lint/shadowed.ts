/** Effects that never show, since a later rule always overwrites them. */

import type { Json } from '../../model.ts';
import type { FactRef } from '../catalogue.ts';
import { equalJson } from '../equalJson.ts';
import type { Rule, RuleProblem, RuleSet, VerdictEffect } from '../rule/rule.ts';

const fields = ['state', 'report'] as const;
type Field = (typeof fields)[number];
type Branch = 'then' | 'else';

/** A rule is named once, with the first later rule that hides it. */
export function findShadowed({ rules, facts }: RuleSet): readonly RuleProblem[] {
  return rules.flatMap((rule, index) => {
    const later = rules
      .slice(index + 1)
      .filter((other) => asksPlace(other, facts) === asksPlace(rule, facts));
    for (const branch of ['then', 'else'] as const)
      for (const effect of rule[branch])
        for (const field of fields) {
          if (effect.kind !== 'verdict' || effect[field] === undefined) continue;
          const by = later.find((other) => overwrites(other, { rule, branch, effect, field }));
          if (by !== undefined) return [problemOf(rule, branch, field, by)];
        }
    return [];
  });
}

/** Rules that ask of placement apply after the others, whatever their order. */
function asksPlace({ condition }: Rule, facts: readonly FactRef[]): boolean {
  return condition.reads.some((index) => facts[index]?.kind === 'place');
}

interface Shadow {
  readonly rule: Rule;
  readonly branch: Branch;
  readonly effect: VerdictEffect;
  readonly field: Field;
}

/** Is the other rule in force, and does it set the same, whenever this one does? */
function overwrites(other: Rule, { rule, branch, effect, field }: Shadow): boolean {
  if (other.regions !== undefined && !rule.regions?.every((region) => other.regions?.includes(region)))
    return false;
  const sets = (of: Branch) =>
    other[of].some((one) => one.kind === 'verdict' && one[field] !== undefined && covers(one, effect));
  // With `for`, or before the first answer, a rule may be in neither branch.
  if (sets('then') && sets('else') && other.forMs === 0 && other.unknown !== 'hold') return true;
  if (isTrue(other.condition.written) && other.forMs === 0) return sets('then');
  const alike =
    equalJson(other.condition.written, rule.condition.written) &&
    other.unknown === rule.unknown &&
    other.forMs === rule.forMs;
  return alike && sets(branch);
}

function isTrue(written: Json): boolean {
  return written === true;
}

function covers(later: VerdictEffect, earlier: VerdictEffect): boolean {
  if (later.services === '*') return true;
  const { services } = later;
  return earlier.services !== '*' && earlier.services.every((service) => services.includes(service));
}

function problemOf(rule: Rule, branch: Branch, field: Field, by: Rule): RuleProblem {
  const { file, line, column, name } = rule;
  return {
    ...{ file, line, column, rule: name },
    message: `the "${field}" of its "${branch}" never shows: the rule "${by.name}" (${by.file}:${by.line}) comes later and always overwrites it`,
    hint: 'remove one of the two, or change their "order": the last word counts',
  };
}
