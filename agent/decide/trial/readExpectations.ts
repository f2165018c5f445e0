/** Reads what a step of a trial expects. */

import type { Report } from '../../model.ts';
import { createFields } from '../rule/fields.ts';
import type { JsonNode } from '../rule/jsonText.ts';
import { eachText, isKnown, readId } from './readServices.ts';
import type { Expectation, ExpectedEffects } from './trial.ts';
import type { TrialScope } from './trialScope.ts';

export const reports = ['up', 'down', 'drain', 'unknown'] as const;

const detailKeys = ['report', 'state', 'priority', 'eligible', 'willing', 'because', 'message'];

/** `{ "east/db": "up", "wfe": "up only in east", "app": { "report": "down", "because": "db" } }` */
export function readExpectations(node: JsonNode, scope: TrialScope): readonly Expectation[] {
  if (node.kind !== 'object') {
    scope.complain(node.at, '"expect" is not an object', 'write { "east/db": "up" }');
    return [];
  }
  return node.entries.flatMap(({ key, keyAt, value }): readonly Expectation[] => {
    if (key === 'effects') return [];
    const id = readId(key, keyAt, scope);
    if (id === undefined) return [];
    const of = { where: scope.whereOf(keyAt), ...id };
    if (value.kind === 'object') {
      const expectation = readDetails(value, of, scope);
      return expectation === undefined ? [] : [expectation];
    }
    const said = readReport(value, id.region !== undefined, scope);
    return said === undefined ? [] : [{ ...of, ...said, because: [] }];
  });
}

type Of = Pick<Expectation, 'where' | 'region' | 'service'>;

function readDetails(node: JsonNode, of: Of, scope: TrialScope): Expectation | undefined {
  const fields = createFields(node, `what is expected of ${of.service}`, detailKeys, scope.complain);
  if (fields === undefined) return undefined;
  const reportNode = fields.node('report');
  const said = reportNode === undefined ? {} : readReport(reportNode, of.region !== undefined, scope);
  const state = fields.word('state', ['up', 'down', 'unknown']);
  const priority = fields.number('priority');
  const [eligible, willing] = [
    readFlag(fields.node('eligible'), scope),
    readFlag(fields.node('willing'), scope),
  ];
  const message = fields.text('message');
  return {
    ...of,
    ...said,
    ...(state === undefined ? {} : { state }),
    ...(priority === undefined ? {} : { priority }),
    ...(eligible === undefined ? {} : { eligible }),
    ...(willing === undefined ? {} : { willing }),
    because: eachText(fields.node('because'), scope, '"because": "db is down"') ?? [],
    ...(message === undefined ? {} : { message }),
  };
}

function readFlag(node: JsonNode | undefined, { complain }: TrialScope): boolean | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  complain(node.at, 'here stands neither true nor false', 'write true or false without quotes');
  return undefined;
}

/** `up`; without a region also `up only in east, west`, `up nowhere`, `up everywhere`. */
function readReport(
  node: JsonNode,
  oneRegion: boolean,
  scope: TrialScope,
): { readonly report: Report; readonly onlyIn?: readonly string[] } | undefined {
  const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value.trim() : '';
  const [, word, where = ''] = /^(\w+)(?:\s+(.+))?$/.exec(text) ?? [];
  const report = reports.find((one) => one === word);
  if (report !== undefined) {
    if (where === '') return { report };
    const onlyIn = oneRegion ? undefined : readOnlyIn(where, node.at, scope);
    if (onlyIn === 'wrong name') return undefined;
    if (onlyIn === 'everywhere') return { report };
    if (onlyIn !== undefined) return { report, onlyIn };
  }
  scope.complain(
    node.at,
    `${JSON.stringify(text)} is nothing to expect`,
    oneRegion
      ? 'write "up", "down", "drain" or "unknown", or an object with "report", "state", "because" …'
      : 'write "up", "down", "drain" or "unknown", perhaps with "only in east", "everywhere" or "nowhere"',
  );
  return undefined;
}

function readOnlyIn(
  where: string,
  at: number,
  scope: TrialScope,
): readonly string[] | 'everywhere' | 'wrong name' | undefined {
  if (where === 'everywhere') return 'everywhere';
  if (where === 'nowhere') return [];
  const list = /^only in (.+)$/.exec(where)?.[1];
  if (list === undefined) return undefined;
  const names = list.split(/,| and /).map((name) => name.trim());
  return names.every((name) => isKnown(name, at, scope)) ? names : 'wrong name';
}

/** The effects under "effects"; undefined where they are not asked for. */
export function readEffectsExpected(
  expect: JsonNode | undefined,
  scope: TrialScope,
): ExpectedEffects | undefined {
  const entry = expect?.kind === 'object' ? expect.entries.find(({ key }) => key === 'effects') : undefined;
  if (entry === undefined) return undefined;
  const lines = eachText(entry.value, scope, '"effects": ["webhook db-failover"], or [] for none');
  return lines === undefined ? undefined : { where: scope.whereOf(entry.keyAt), lines };
}
