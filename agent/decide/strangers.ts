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
  return rules.flatMap((rule) => {
    const named = [
      ...rule.condition.reads.flatMap((index) => namesIn(ruleFacts[index])),
      ...[...rule.then, ...rule.else].flatMap((effect) =>
        effect.kind === 'verdict' && effect.services !== '*' ? effect.services : [],
      ),
    ];
    const services = [...new Set(named)].filter((name) => !Object.hasOwn(facts.services, name));
    const regions = new Set(rule.condition.reads.flatMap((index) => regionsIn(ruleFacts[index])));
    const strange = [...regions].filter(
      (name) => name !== facts.region && name !== '*' && !Object.hasOwn(facts.regions, name),
    );
    return [
      ...services.map((name) => stranger(rule, `service "${name}"`, 'unknown-service')),
      ...strange.map((name) => stranger(rule, `region "${name}"`, 'unknown-region')),
    ];
  });
}

function namesIn(fact: FactRef | undefined): readonly string[] {
  switch (fact?.kind) {
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

function regionsIn(fact: FactRef | undefined): readonly string[] {
  if (fact?.kind === 'freshness') return [fact.region];
  return fact?.kind === 'service' && fact.region !== undefined ? [fact.region] : [];
}

function stranger(rule: Rule, what: string, code: string): Problem {
  return {
    code,
    message: `The ${ruleSource(rule)} names the ${what}, which is not here: what it reads of it is unknown.`,
    hint: 'Mend the name in the rule, or deploy what it names.',
  };
}
