/** Reads one rule, and checks that what it reads is known before what it sets. */

import { parseDuration } from '../../duration.ts';
import { factName, localServicesOf, type Stage, stageOf } from '../catalogue.ts';
import { createFields } from './fields.ts';
import { brief, type JsonNode, plainValue } from './jsonText.ts';
import { readCondition } from './readCondition.ts';
import { type EffectScope, readEffects } from './readEffects.ts';
import { checkKnown } from './readingScope.ts';
import type { Rule, RuleEffect } from './rule.ts';

/** A rule without its place in the files. */
export type ReadRule = Omit<Rule, 'index' | 'file' | 'line' | 'column'>;

const ruleKeys = [
  ...['name', 'description', 'regions', 'order', 'if', 'for', 'unknown', 'guard', 'then', 'else'],
];

/** What a rule may read, at most, to set something of that stage. */
const readable: Readonly<Record<Stage | 'effects', readonly Stage[]>> = {
  instances: [],
  state: ['instances', 'state'],
  priority: ['instances', 'state'],
  report: ['instances', 'state', 'priority', 'report'],
  effects: ['instances', 'state', 'priority', 'report'],
};

/** The rule; undefined where something is wrong with it, which has been told. */
export function readRule(node: JsonNode, scope: EffectScope): ReadRule | undefined {
  const fields = createFields(node, 'a rule', ruleKeys, scope.complain, '{ "name": …, "if": …, "then": … }');
  if (fields === undefined) return undefined;
  const { complain } = scope;
  const name = fields.text('name');
  if (fields.node('name') === undefined)
    complain(
      fields.at,
      'a rule has no "name"',
      'give it a short name of its own, as in "name": "db-failover"',
    );
  fields.text('description');
  const regions = fields.texts('regions');
  for (const region of regions ?? []) checkKnown({ region }, fields.node('regions')?.at ?? fields.at, scope);
  const order = fields.number('order') ?? 0;
  const unknown = fields.word('unknown', ['hold', 'then', 'else']) ?? 'hold';
  const forMs = readFor(fields.node('for'), scope);
  const guarded = readGuard(fields.node('guard'), scope);
  const then = readEffects(fields.node('then'), 'then', scope);
  const otherwise = readEffects(fields.node('else'), 'else', scope);
  if (fields.node('then') === undefined && fields.node('else') === undefined)
    complain(fields.at, 'a rule has neither "then" nor "else"', 'say what it does');
  const ifNode = fields.node('if');
  if (ifNode === undefined) {
    complain(fields.at, 'a rule has no "if"', 'give it a condition, or "if": true for always');
    return undefined;
  }
  const condition = readCondition(ifNode, scope);
  if (condition === undefined || name === undefined) return undefined;
  const stage = stageOfEffects([...then, ...otherwise]);
  const rule: ReadRule = {
    name,
    order,
    condition,
    forMs,
    unknown,
    guarded,
    stage,
    then,
    else: otherwise,
    targets: targetsOf([...then, ...otherwise]),
    ...(regions === undefined ? {} : { regions }),
  };
  return checkReads(rule, ifNode, scope) ? rule : undefined;
}

function readFor(node: JsonNode | undefined, { complain }: EffectScope): number {
  if (node === undefined) return 0;
  const said = node.kind === 'scalar' ? node.value : null;
  const ms = typeof said === 'string' ? parseDuration(said) : undefined;
  if (ms === undefined)
    complain(
      node.at,
      `${brief(plainValue(node))} is no length of time`,
      said !== null && said !== '' && Number.isFinite(Number(said))
        ? `say its unit too, as in "${said}s"`
        : 'write it as in "20s", "500ms" or "1m30s"',
    );
  return ms ?? 0;
}

function readGuard(node: JsonNode | undefined, { complain }: EffectScope): boolean {
  if (node === undefined) return true;
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  complain(
    node.at,
    '"guard" of a rule is neither true nor false',
    'write "guard": false where it may take the last region',
  );
  return true;
}

function targetsOf(effects: readonly RuleEffect[]): readonly string[] | '*' {
  const targets = effects.flatMap((effect) => (effect.kind === 'verdict' ? [effect.services] : []));
  return targets.includes('*') ? '*' : [...new Set(targets.flat())];
}

/** The first thing that the effects set. */
function stageOfEffects(effects: readonly RuleEffect[]): Rule['stage'] {
  const verdicts = effects.filter((effect) => effect.kind === 'verdict');
  if (verdicts.some((effect) => effect.state !== undefined)) return 'state';
  if (verdicts.some((effect) => effect.priority !== undefined)) return 'priority';
  if (verdicts.some((effect) => effect.report !== undefined)) return 'report';
  return 'effects';
}

/** What a rule sets must not decide what it reads: that is a loop inside one decision. */
function checkReads(rule: ReadRule, at: JsonNode, { facts, complain }: EffectScope): boolean {
  const allowed = readable[rule.stage];
  for (const index of rule.condition.reads) {
    const fact = facts.all[index];
    if (fact === undefined) continue;
    if (!allowed.includes(stageOf(fact))) {
      complain(
        at.at,
        `a rule that sets "${rule.stage}" reads ${factName(fact)}, which is decided after it`,
        rule.stage === 'state'
          ? 'read the state of services of this region, not their report; or set "report" instead of "state"'
          : 'read the state of services of this region; or set "report" instead',
      );
      return false;
    }
    if (setsReportThatItReads(rule, index, facts)) {
      complain(
        at.at,
        `the rule reads ${factName(fact)} and sets the report of the same service`,
        'read its state instead, or set another service',
      );
      return false;
    }
  }
  return true;
}

function setsReportThatItReads(rule: ReadRule, index: number, facts: EffectScope['facts']): boolean {
  const fact = facts.all[index];
  if (fact?.kind !== 'service' || fact.field !== 'report') return false;
  const local = localServicesOf(fact);
  return [...rule.then, ...rule.else].some(
    (effect) =>
      effect.kind === 'verdict' &&
      effect.report !== undefined &&
      (effect.services === '*' || effect.services.some((service) => local.includes(service))),
  );
}
