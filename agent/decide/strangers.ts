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
  const isHere = (name: string) => Object.hasOwn(facts.services, name);
  const isRegion = (name: string) =>
    name === facts.region || name === '*' || Object.hasOwn(facts.regions, name);
  const strange = ruleFacts.map((fact) => ({
    services: namesIn(fact).filter((name) => !isHere(name)),
    regions: regionsIn(fact).filter((name) => !isRegion(name)),
  }));
  return rules.flatMap((rule) => {
    const services = new Set<string>();
    const regions = new Set<string>();
    for (const index of rule.condition.reads) {
      for (const name of strange[index]?.services ?? []) services.add(name);
      for (const name of strange[index]?.regions ?? []) regions.add(name);
    }
    for (const effect of [...rule.then, ...rule.else])
      if (effect.kind === 'verdict' && effect.services !== '*')
        for (const name of effect.services) if (!isHere(name)) services.add(name);
    return [
      ...[...services].map((name) => stranger(rule, `service "${name}"`, 'unknown-service')),
      ...[...regions].map((name) => stranger(rule, `region "${name}"`, 'unknown-region')),
    ];
  });
}

function namesIn(fact: FactRef): readonly string[] {
  switch (fact.kind) {
    case 'service':
      return fact.region === undefined ? [fact.service] : [];
    case 'place':
    case 'changed':
      return [fact.service];
    case 'viable':
      return fact.services === '*' ? [] : fact.services;
    default:
      return [];
  }
}

function regionsIn(fact: FactRef): readonly string[] {
  if (fact.kind === 'freshness') return [fact.region];
  return fact.kind === 'service' && fact.region !== undefined ? [fact.region] : [];
}

function stranger(rule: Rule, what: string, code: string): Problem {
  return {
    code,
    message: `The ${ruleSource(rule)} names the ${what}, which is not here: what it reads of it is unknown.`,
    hint: 'Mend the name in the rule, or deploy what it names.',
  };
}
