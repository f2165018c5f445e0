/** Rules that speak of services or regions that are not there: perhaps not yet, more likely misspelt. */

import type { Facts, Problem } from '../model.ts';
import type { FactRef } from './catalogue.ts';
import { type Rule, ruleSource } from './rule/rule.ts';

/** One problem for each rule and stranger. */
export function findStrangers(
  rules: readonly Rule[],
  ruleFacts: readonly FactRef[],
  facts: Facts,
): readonly Problem[] {
  const here = new Set(Object.keys(facts.services));
  const regions = new Set([facts.region, '*', ...Object.keys(facts.regions)]);
  const strange = new Map<
    number,
    { readonly services: readonly string[]; readonly regions: readonly string[] }
  >();
  for (const [index, fact] of ruleFacts.entries()) {
    const services = strangersIn(namesIn(fact), here);
    const elsewhere = strangersIn(regionsIn(fact), regions);
    if (services.length > 0 || elsewhere.length > 0) strange.set(index, { services, regions: elsewhere });
  }
  const problems: Problem[] = [];
  for (const rule of rules) {
    const read = strange.size === 0 ? [] : rule.condition.reads.flatMap((fact) => strange.get(fact) ?? []);
    const targets = rule.targets === '*' ? none : rule.targets.filter((name) => !here.has(name));
    // Most rules name nothing strange, and there may be thousands of them.
    if (read.length === 0 && targets.length === 0) continue;
    const services = new Set([...read.flatMap((one) => one.services), ...targets]);
    const elsewhere = new Set(read.flatMap((one) => one.regions));
    for (const name of services) problems.push(stranger(rule, `service "${name}"`, 'unknown-service'));
    for (const name of elsewhere) problems.push(stranger(rule, `region "${name}"`, 'unknown-region'));
  }
  return problems;
}

const none: readonly string[] = [];

function strangersIn(names: readonly string[], known: ReadonlySet<string>): readonly string[] {
  return names.every((name) => known.has(name)) ? none : names.filter((name) => !known.has(name));
}

function namesIn(fact: FactRef): readonly string[] {
  switch (fact.kind) {
    case 'service':
      return fact.region === undefined ? [fact.service] : none;
    case 'place':
    case 'changed':
      return [fact.service];
    case 'viable':
      return fact.services === '*' ? none : fact.services;
    default:
      return none;
  }
}

function regionsIn(fact: FactRef): readonly string[] {
  if (fact.kind === 'freshness') return [fact.region];
  return fact.kind === 'service' && fact.region !== undefined ? [fact.region] : none;
}

function stranger(rule: Rule, what: string, code: string): Problem {
  return {
    code,
    message: `The ${ruleSource(rule)} names the ${what}, which is not here: what it reads of it is unknown.`,
    hint: 'Mend the name in the rule, or deploy what it names.',
  };
}
