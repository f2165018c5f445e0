/** Keeps the structure while plans, rules and the set of regions stand. */

import type { Facts, ServicePlan } from '../model.ts';
import type { RuleSet } from './rule/rule.ts';
import { buildStructure, type Structure } from './structure.ts';

export function createStructures(rules: RuleSet): (facts: Facts) => Structure {
  let last:
    | { readonly structure: Structure; readonly plans: readonly ServicePlan[]; readonly regions: string }
    | undefined;
  return (facts) => {
    const plans = Object.values(facts.services).map((service) => service.plan);
    const regions = [facts.region, ...Object.keys(facts.regions).toSorted()].join('/');
    const stands =
      last !== undefined &&
      last.regions === regions &&
      last.plans.length === plans.length &&
      last.plans.every((plan, index) => plan === plans[index]);
    if (last === undefined || !stands) last = { structure: buildStructure(rules, facts), plans, regions };
    return last.structure;
  };
}
