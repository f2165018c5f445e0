/**
 * Rules that read what they bring about: in one region, where one of them sees what was decided the last time; and between
 * regions, which may chase each other for ever.
 *
 * What is decided of a service in a region is a node; a rule leads from what it reads to what it sets. A circle is a loop.
 */

import { type FactRef, localServicesOf, serviceName } from '../catalogue.ts';
import { orderByNeed } from '../graph.ts';
import type { Rule, RuleProblem, RuleSet } from '../rule/rule.ts';

interface Edge {
  readonly rule: Rule;
  /** `east/db report`. */
  readonly from: string;
  readonly to: string;
}

/** Stand for regions that no rule names: two of them, since a rule for all regions may loop through any two. */
const others = ['(another region)', '(a further region)'];

/** One finding for each rule that is part of a circle. */
export function findLoops({ rules, facts }: RuleSet): readonly RuleProblem[] {
  const names = [...new Set([...others, ...rules.flatMap((rule) => regionsNamed(rule, facts))])];
  const services = [...new Set(rules.flatMap((rule) => servicesNamed(rule, facts)))];
  const edges = rules.flatMap((rule) => edgesOf(rule, facts, { names, services }));
  const sources = Map.groupBy(edges, (edge) => edge.to);
  const { circles } = orderByNeed([...new Set(edges.flatMap(({ from, to }) => [from, to]))], (node) =>
    (sources.get(node) ?? []).map((edge) => edge.from),
  );
  return circles.flatMap((circle) => {
    const inside = edges.filter(({ from, to }) => circle.includes(from) && circle.includes(to));
    return [...Map.groupBy(inside, (edge) => edge.rule).values()].flatMap((own) => {
      const edge = own.find(({ from, to }) => regionOf(from) !== regionOf(to)) ?? own[0];
      return edge === undefined ? [] : [problemOf(edge, circle)];
    });
  });
}

function regionOf(node: string): string | undefined {
  return node.split('/')[0];
}

function regionsNamed(rule: Rule, facts: readonly FactRef[]): readonly string[] {
  const read = rule.condition.reads.flatMap((index) => {
    const fact = facts[index];
    return fact?.kind === 'service' && fact.region !== undefined && fact.region !== '*' ? [fact.region] : [];
  });
  return [...(rule.regions ?? []), ...read];
}

function servicesNamed(rule: Rule, facts: readonly FactRef[]): readonly string[] {
  const set = [...rule.then, ...rule.else].flatMap((effect) =>
    effect.kind === 'verdict' && effect.services !== '*' ? effect.services : [],
  );
  const read = rule.condition.reads.flatMap((index) => {
    const fact = facts[index];
    return fact?.kind === 'service' ? [fact.service] : [];
  });
  return [...set, ...read];
}

interface Names {
  readonly names: readonly string[];
  readonly services: readonly string[];
}

function edgesOf(rule: Rule, facts: readonly FactRef[], { names, services }: Names): readonly Edge[] {
  const edges: Edge[] = [];
  for (const region of rule.regions ?? names) {
    const from = rule.condition.reads.flatMap((index) => decidedFacts(facts[index], region, names, services));
    for (const effect of [...rule.then, ...rule.else]) {
      if (effect.kind !== 'verdict') continue;
      for (const service of effect.services === '*' ? services : effect.services)
        for (const field of ['state', 'report'] as const)
          if (effect[field] !== undefined)
            for (const node of from) edges.push({ rule, from: node, to: `${region}/${service} ${field}` });
    }
  }
  return edges;
}

/** The nodes that a fact shows, seen from that region: nothing for what no rule can bring about. */
function decidedFacts(
  fact: FactRef | undefined,
  region: string,
  names: readonly string[],
  services: readonly string[],
): readonly string[] {
  if (fact?.kind === 'service') {
    const field = fact.field === 'eligible' || fact.field === 'willing' ? 'report' : fact.field;
    if (field !== 'state' && field !== 'report') return [];
    const where = fact.region === undefined ? [region] : fact.region === '*' ? names : [fact.region];
    return where.map((name) => `${serviceName({ region: name, service: fact.service })} ${field}`);
  }
  if (fact?.kind !== 'viable') return [];
  const viable = localServicesOf(fact);
  return (viable === '*' ? services : viable).map((service) => `${region}/${service} state`);
}

function problemOf({ rule, from, to }: Edge, circle: readonly string[]): RuleProblem {
  const { file, line, column, name } = rule;
  const regions = new Set(circle.map(regionOf));
  const between = regions.size > 1;
  return {
    ...{ file, line, column, rule: name },
    message: between
      ? `a feedback loop between regions: it sets ${tell(to)} by ${tell(from)}, which depends on it in turn`
      : `it sets ${tell(to, true)} by ${tell(from, true)}, which depends on it in turn: one of the two is what was decided the last time`,
    hint: between
      ? 'read the state of the other region instead of its report; ranking ("atMost", msa.max-regions) never chases'
      : 'read the state instead of the report, or let one of the rules go',
  };
}

/** `the report of db in east`. */
function tell(node: string, here = false): string {
  const [, region = '', service = '', field = ''] = /^(.+?)\/(.+) (\w+)$/.exec(node) ?? [];
  const where = here ? '' : others.includes(region) ? ' in another region' : ` in ${region}`;
  return `the ${field} of ${service}${where}`;
}
