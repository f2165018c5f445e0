/** Finds rules that set each other's states in a circle: no order could decide them. */

import { type FactRef, localServicesOf, stageOf } from '../catalogue.ts';
import { orderByNeed } from '../graph.ts';
import type { Rule, RuleProblem } from './rule.ts';

/** One problem for each circle of state rules, at the first rule of it. */
export function findStateLoops(
  rules: readonly LoopingRule[],
  facts: readonly FactRef[],
): readonly RuleProblem[] {
  const edges = rules.filter((rule) => rule.stage === 'state').flatMap((rule) => edgesOf(rule, facts));
  const needs = Map.groupBy(edges, (edge) => edge.sets);
  const { circles } = orderByNeed([...new Set(edges.map((edge) => edge.sets))], (service) =>
    (needs.get(service) ?? []).map((edge) => edge.reads),
  );
  return circles.flatMap((circle) => {
    const edge = edges.find(({ sets, reads }) => circle.includes(sets) && circle.includes(reads));
    return edge === undefined ? [] : [problemOf(edge.rule, circle)];
  });
}

type LoopingRule = Omit<Rule, 'index'>;

interface Edge {
  readonly rule: LoopingRule;
  readonly reads: string;
  readonly sets: string;
}

function edgesOf(rule: LoopingRule, facts: readonly FactRef[]): readonly Edge[] {
  const sets = [...rule.then, ...rule.else].flatMap((effect) =>
    effect.kind === 'verdict' && effect.state !== undefined && effect.services !== '*' ? effect.services : [],
  );
  const reads = rule.condition.reads.flatMap((index) => {
    const fact = facts[index];
    if (fact === undefined || stageOf(fact) !== 'state') return [];
    const services = localServicesOf(fact);
    return services === '*' ? [] : services;
  });
  return sets.flatMap((set) => reads.map((read) => ({ rule, reads: read, sets: set })));
}

function problemOf(rule: LoopingRule, circle: readonly string[]): RuleProblem {
  const only = circle.length === 1;
  return {
    file: rule.file,
    line: rule.line,
    column: rule.column,
    rule: rule.name,
    message: only
      ? `the rule reads the state of ${circle[0]} and sets it`
      : `rules set the states of ${circle.join(', ')} in a circle`,
    hint: only
      ? 'read what makes it up or down ("healthy", a property, another service), or set "report"'
      : 'let one of them read something else than the state of another of these',
  };
}
