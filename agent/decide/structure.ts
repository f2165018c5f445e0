/**
 * What depends on the plans and the rules alone, and so is worked out once and kept while they stand: who depends on whom,
 * in which order to decide, what must come together, which rules speak of which service, and what is wrong with all that.
 */

import type { Facts, Problem, ServicePlan } from '../model.ts';
import { localServicesOf, stageOf } from './catalogue.ts';
import { type DroppedNeed, type Needs, orderByLayers } from './layers.ts';
import type { Rule, RuleEffect, RuleSet } from './rule/rule.ts';
import { noWords, sortWords, type WordsOn } from './sortWords.ts';
import { findStrangers } from './strangers.ts';
import { findTogether, type Together } from './together.ts';

export interface Structure {
  /** Sorted. */
  readonly names: readonly string[];
  readonly stateOrder: readonly string[];
  readonly reportOrder: readonly string[];
  /** The services here that it depends on, save those of a circle. */
  readonly needs: Needs;
  readonly together: Together;
  /** In how many regions the limited services may be served, by their labels or by rules that ask of it. */
  readonly limits: ReadonlyMap<string, number>;
  /** Services that depend on nothing here and that nothing here depends on. */
  readonly alone: ReadonlySet<string>;
  /** The variants of its family that go before it, the most capable first. */
  readonly betterVariants: Needs;
  readonly otherVariants: Needs;
  /** What the rules say of each service, in the order in which they apply. */
  readonly words: ReadonlyMap<string, WordsOn>;
  /** The rules that apply in this region. */
  readonly rules: readonly Rule[];
  /** Their names, in that order. */
  readonly ruleNames: readonly string[];
  /** By the rule's number, the services that it speaks of; nothing for rules that do not apply here. */
  readonly targetsOf: readonly (readonly string[] | undefined)[];
  /** Those of them that do something outside. */
  readonly actingRules: readonly Rule[];
  readonly problems: readonly Problem[];
}

export function buildStructure(ruleSet: RuleSet, facts: Facts): Structure {
  const names = Object.keys(facts.services).toSorted();
  const plans = new Map(names.flatMap((name) => planEntry(name, facts)));
  const rules = ruleSet.rules.filter((rule) => rule.regions?.includes(facts.region) ?? true);
  const words = sortWords(names, rules, ruleSet);
  const dependencies = mapOf(names, (name) => localDependencies(plans.get(name), plans, facts.region));
  const families = Map.groupBy(
    [...plans.values()].filter((plan) => plan.variantOf !== undefined),
    (plan) => plan.variantOf ?? '',
  );
  const betterVariants = mapOf(names, (name) => betterOf(plans.get(name), families));
  const state = orderByLayers(names, [
    dependencies,
    mapOf(names, (name) => readsOf(name, words, names, ruleSet, 'state')),
  ]);
  const report = orderByLayers(names, [
    dependencies,
    betterVariants,
    mapOf(names, (name) => readsOf(name, words, names, ruleSet, 'report')),
  ]);
  const circular = state.dropped[0] ?? [];
  const needs = mapOf(names, (name) =>
    (dependencies.get(name) ?? []).filter(
      (need) => !circular.some((edge) => edge.node === name && edge.need === need),
    ),
  );
  const limits = limitsOf(plans.values(), rules, ruleSet);
  const together = findTogether(names, needs, new Set(limits.keys()));
  return {
    names,
    stateOrder: state.order,
    reportOrder: report.order,
    needs,
    together,
    limits,
    alone: new Set(names.filter((name) => isAlone(name, together))),
    betterVariants,
    otherVariants: mapOf(names, (name) => othersOf(plans.get(name), families)),
    words,
    rules,
    ruleNames: rules.map((rule) => rule.name),
    targetsOf: targetsOf(ruleSet, rules, names),
    actingRules: rules.filter((rule) => isActing(rule.then) || isActing(rule.else)),
    problems: [
      ...circular.map(({ node, need, circle }) => circleProblem(node, need, circle)),
      ...rulesInCircles([...(state.dropped[1] ?? []), ...(report.dropped[2] ?? [])]),
      ...findStrangers(rules, ruleSet.facts, facts),
    ],
  };
}

function targetsOf(
  ruleSet: RuleSet,
  rules: readonly Rule[],
  names: readonly string[],
): readonly (readonly string[] | undefined)[] {
  const targets: (readonly string[] | undefined)[] = ruleSet.rules.map(() => undefined);
  for (const rule of rules) targets[rule.index] = rule.targets === '*' ? names : rule.targets;
  return targets;
}

function isActing(effects: readonly RuleEffect[]): boolean {
  return effects.some((effect) => effect.kind !== 'verdict');
}

function isAlone(name: string, { closureOf, dependantsOf }: Together): boolean {
  return closureOf.get(name)?.length === 1 && dependantsOf.get(name)?.length === 0;
}

function planEntry(name: string, facts: Facts): readonly (readonly [string, ServicePlan])[] {
  const service = facts.services[name];
  return service === undefined ? [] : [[name, service.plan] as const];
}

function mapOf(names: readonly string[], of: (name: string) => readonly string[]): Needs {
  return new Map(names.map((name) => [name, of(name)]));
}

function localDependencies(
  plan: ServicePlan | undefined,
  plans: ReadonlyMap<string, ServicePlan>,
  region: string,
): readonly string[] {
  const local = (plan?.dependsOn ?? []).filter((ref) => ref.region === undefined || ref.region === region);
  return [...new Set(local.map((ref) => ref.service))].filter((name) => plans.has(name));
}

const none: readonly string[] = [];

/** The services that the rules on this one read, of facts that are decided in that same stage. */
function readsOf(
  name: string,
  words: ReadonlyMap<string, WordsOn>,
  names: readonly string[],
  { facts }: RuleSet,
  stage: 'state' | 'report',
): readonly string[] {
  const { state, report, placement, early } = words.get(name) ?? noWords;
  if (stage === 'report' && placement.length === 0 && early.length === report.length) return none;
  const reads = new Set<string>();
  for (const { rule } of stage === 'state' ? state : [...report, ...placement])
    for (const index of rule.condition.reads) {
      const fact = facts[index];
      if (fact === undefined || stageOf(fact) !== stage) continue;
      const services = localServicesOf(fact);
      for (const service of services === '*' ? names : services) if (service !== name) reads.add(service);
    }
  return [...reads];
}

function isBefore(one: ServicePlan, other: ServicePlan): boolean {
  const difference = (one.capability ?? 0) - (other.capability ?? 0);
  return difference > 0 || (difference === 0 && one.name < other.name);
}

function othersOf(
  plan: ServicePlan | undefined,
  families: ReadonlyMap<string, readonly ServicePlan[]>,
): readonly string[] {
  if (plan?.variantOf === undefined) return [];
  const family = families.get(plan.variantOf) ?? [];
  return family.filter((other) => other.name !== plan.name).map((other) => other.name);
}

function betterOf(
  plan: ServicePlan | undefined,
  families: ReadonlyMap<string, readonly ServicePlan[]>,
): readonly string[] {
  if (plan?.variantOf === undefined) return [];
  const better = (families.get(plan.variantOf) ?? []).filter((other) => isBefore(other, plan));
  return better.toSorted((a, b) => (isBefore(a, b) ? -1 : 1)).map((other) => other.name);
}

/** The services that may run in so many regions only, by their label or by a rule that asks of it; the least counts. */
function limitsOf(
  plans: Iterable<ServicePlan>,
  rules: readonly Rule[],
  { facts }: RuleSet,
): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { name, maxRegions } of plans) if (maxRegions !== undefined) limits.set(name, maxRegions);
  if (!facts.some((fact) => fact.kind === 'place')) return limits;
  for (const rule of rules)
    for (const index of rule.condition.reads) {
      const fact = facts[index];
      if (fact?.kind !== 'place') continue;
      const { service, regions } = fact;
      limits.set(service, Math.min(regions, limits.get(service) ?? regions));
    }
  return limits;
}

function circleProblem(node: string, need: string, circle: readonly string[]): Problem {
  return {
    code: 'circular-dependency',
    service: node,
    message: `${node} depends on ${need}, and ${circle.join(', ')} depend on each other in a circle; this dependency is left out.`,
    hint: `Remove one of the msa.depends-on labels of ${circle.join(', ')}.`,
  };
}

/** One problem for each service that rules read too early, however many they set. */
function rulesInCircles(dropped: readonly DroppedNeed[]): readonly Problem[] {
  const byNeed = Map.groupBy(dropped, ({ need }) => need);
  return [...byNeed].map(([need, edges]) => ({
    code: 'circular-rules',
    service: need,
    message: `Rules read what is decided of ${need} to set ${edges.map(({ node }) => node).join(', ')}, which it hangs on itself: they read what was last decided.`,
    hint: `Let the rules read the health or the state of ${need} instead.`,
  }));
}
