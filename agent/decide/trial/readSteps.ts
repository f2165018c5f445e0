/** Reads the steps of a trial: what happens when. */

import { parseDuration } from '../../duration.ts';
import { createFields, type Fields } from '../rule/fields.ts';
import type { JsonNode } from '../rule/jsonText.ts';
import { readEffectsExpected, readExpectations } from './readExpectations.ts';
import { eachText, isKnown, readId, readLabels, readSituation } from './readServices.ts';
import type { TrialEvent, TrialStep } from './trial.ts';
import { complainOfDuration, type TrialScope } from './trialScope.ts';

const stepKeys = ['t', 'set', 'cut', 'heal', 'stop', 'start', 'override', 'labels', 'expect'];

/** The steps, each later than the one before. */
export function readSteps(node: JsonNode | undefined, at: number, scope: TrialScope): readonly TrialStep[] {
  if (node?.kind !== 'array' || node.items.length === 0) {
    scope.complain(
      node?.at ?? at,
      'a test has no list "at" of what happens when',
      'write "at": [ { "t": "0s", "expect": { "db": "up" } } ]',
    );
    return [];
  }
  const steps: TrialStep[] = [];
  for (const item of node.items) {
    const step = readStep(item, scope);
    const last = steps.at(-1);
    if (step === undefined) continue;
    if (last !== undefined && step.atMs <= last.atMs)
      scope.complain(
        item.at,
        'a step is not later than the one before',
        'put the steps in order of their "t"; all that happens at one instant is one step',
      );
    steps.push(step);
  }
  return steps;
}

function readStep(node: JsonNode, scope: TrialScope): TrialStep | undefined {
  const fields = createFields(node, 'a step', stepKeys, scope.complain);
  if (fields === undefined) return undefined;
  const expect = fields.node('expect');
  const effects = readEffectsExpected(expect, scope);
  return {
    atMs: readTime(fields, scope),
    where: scope.whereOf(fields.at),
    events: [
      ...readLinks(fields, scope),
      ...readSets(fields.node('set'), scope),
      ...Object.entries(readLabels(fields.node('labels'), scope)).map(
        ([id, labels]): TrialEvent => ({ kind: 'labels', id, labels }),
      ),
      ...readOverrides(fields.node('override'), scope),
    ],
    expect: expect === undefined ? [] : readExpectations(expect, scope),
    ...(effects === undefined ? {} : { effects }),
  };
}

function readTime(fields: Fields, scope: TrialScope): number {
  const text = fields.text('t');
  if (fields.node('t') === undefined)
    scope.complain(fields.at, 'a step has no "t"', 'say when, as in "t": "30s"');
  if (text === undefined) return 0;
  const ms = parseDuration(text);
  if (ms === undefined) complainOfDuration(text, fields.node('t')?.at ?? fields.at, scope);
  return ms ?? 0;
}

function readSets(node: JsonNode | undefined, scope: TrialScope): readonly TrialEvent[] {
  if (node === undefined) return [];
  if (node.kind !== 'object') {
    scope.complain(node.at, '"set" is not an object', 'write { "west/db": "down" }');
    return [];
  }
  return node.entries.flatMap(({ key, keyAt, value }): TrialEvent[] => {
    const id = readId(key, keyAt, scope);
    const to = readSituation(value, scope);
    return id === undefined || to === undefined ? [] : [{ kind: 'set', ...id, to }];
  });
}

/** `"west"`, a list of such, or `"east <> west"` for one link. */
function readLinks(fields: Fields, scope: TrialScope): readonly TrialEvent[] {
  return (['cut', 'heal', 'stop', 'start'] as const).flatMap((kind) => {
    const node = fields.node(kind);
    const texts = eachText(
      node,
      scope,
      kind === 'cut' || kind === 'heal' ? '["west"] or ["east <> west"]' : '["west"]',
    );
    return (texts ?? []).flatMap((text): TrialEvent[] => {
      const at = node?.at ?? fields.at;
      const [region = '', from, ...more] = text.split('<>').map((name) => name.trim());
      if (!isKnown(region, at, scope) || (from !== undefined && !isKnown(from, at, scope))) return [];
      if (kind === 'stop' || kind === 'start') {
        if (from === undefined) return [{ kind, region }];
      } else if (more.length === 0 && from !== region)
        return [{ kind, region, ...(from === undefined ? {} : { from }) }];
      scope.complain(
        at,
        `"${text}" can't be ${kind}`,
        kind === 'cut' || kind === 'heal' ? 'write "west", or "east <> west" for one link' : 'name a region',
      );
      return [];
    });
  });
}

/** `{ "west/db": "down" }`; null takes it back. */
function readOverrides(node: JsonNode | undefined, scope: TrialScope): readonly TrialEvent[] {
  if (node === undefined) return [];
  if (node.kind !== 'object') {
    scope.complain(
      node.at,
      '"override" is not an object',
      'write { "west/db": "down" }, and null to take it back',
    );
    return [];
  }
  return node.entries.flatMap(({ key, keyAt, value }): TrialEvent[] => {
    const id = readId(key, keyAt, scope);
    const word = value.kind === 'scalar' ? value.value : undefined;
    if (id === undefined) return [];
    if (word === null) return [{ kind: 'override', ...id }];
    const report = (['up', 'down', 'drain'] as const).find((one) => one === word);
    if (report !== undefined) return [{ kind: 'override', ...id, report }];
    scope.complain(value.at, 'an override is none of "up", "down", "drain" and null', 'null takes it back');
    return [];
  });
}
