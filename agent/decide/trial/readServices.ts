/** Reads what a file of trials says of services: their labels, and how they are. */

import { nearest } from '../../nearest.ts';
import { parseServiceId } from '../catalogue.ts';
import { type JsonNode, plainValue } from '../rule/jsonText.ts';
import { parseSituation, situationHelp } from './situation.ts';
import type { GivenRegion, LabelsByService, Situation } from './trial.ts';
import type { TrialScope } from './trialScope.ts';

/** `"up"`: all services are; or how each is, `"*"` for those not named. */
export function readSituations(node: JsonNode, scope: TrialScope): GivenRegion | undefined {
  if (node.kind !== 'object') {
    const rest = readSituation(node, scope);
    return rest === undefined ? undefined : { services: {}, rest };
  }
  const services: Record<string, Situation> = {};
  let rest: Situation | undefined;
  for (const { key, keyAt, value } of node.entries) {
    const situation = readSituation(value, scope);
    if (situation === undefined) continue;
    if (key === '*') rest = situation;
    else if (isServiceHere(key)) services[key] = situation;
    else
      scope.complain(keyAt, `"${key}" names no service`, 'write its name alone: the region stands above it');
  }
  return { services, ...(rest === undefined ? {} : { rest }) };
}

export function readSituation(node: JsonNode, { complain }: TrialScope): Situation | undefined {
  const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
  const situation = text === undefined ? undefined : parseSituation(text);
  if (situation === undefined)
    complain(node.at, `${JSON.stringify(plainValue(node))} does not say how a service is`, situationHelp);
  return situation;
}

function isServiceHere(text: string): boolean {
  const id = parseServiceId(text);
  return id !== undefined && id.region === undefined;
}

/** `{ "wfe": { "msa.depends-on": "app" } }`; a service of one region alone is `"west/wfe"`. */
export function readLabels(node: JsonNode | undefined, scope: TrialScope): LabelsByService {
  if (node === undefined) return {};
  const labels: Record<string, Record<string, string>> = {};
  for (const { key, keyAt, value } of node.kind === 'object' ? node.entries : []) {
    if (readId(key, keyAt, scope) === undefined) continue;
    labels[key] = readLabelsOf(value, scope);
  }
  if (node.kind !== 'object')
    scope.complain(node.at, '"labels" is not an object', 'write { "wfe": { "msa.depends-on": "app" } }');
  return labels;
}

/** Values as in a stack file: texts, numbers, true and false. */
function readLabelsOf(node: JsonNode, { complain }: TrialScope): Record<string, string> {
  const labels: Record<string, string> = {};
  const entries = node.kind === 'object' ? node.entries : undefined;
  for (const { key, value } of entries ?? []) {
    if (value.kind === 'scalar' && value.value !== null) labels[key] = String(value.value);
    else complain(value.at, `the label ${key} is not a text`, 'write it in double quotes');
  }
  if (entries === undefined)
    complain(node.at, 'labels of a service are not an object', 'write { "msa.depends-on": "app" }');
  return labels;
}

/** `db`, or `west/db` where the trial has a region `west`; undefined where it is neither, which has been told. */
export function readId(
  text: string,
  at: number,
  { complain, regions }: TrialScope,
): { readonly region?: string; readonly service: string } | undefined {
  const id = text === '*' ? { service: '*' } : parseStarred(text);
  if (id === undefined || id.region === '*') {
    complain(at, `"${text}" names no service`, 'write "db", or "west/db" for one region');
    return undefined;
  }
  return id.region === undefined || isKnown(id.region, at, { complain, regions }) ? id : undefined;
}

/** `east/*`: all services of a region. */
function parseStarred(text: string): { readonly region?: string; readonly service: string } | undefined {
  const region = /^([^/]+)\/\*$/.exec(text)?.[1];
  return region === undefined ? parseServiceId(text) : { region, service: '*' };
}

/** Is there such a region in the trial? At the top of a file, where nobody knows yet, every region may be. */
export function isKnown(
  region: string,
  at: number,
  { complain, regions }: Pick<TrialScope, 'complain' | 'regions'>,
) {
  if (regions.length === 0 || regions.includes(region)) return true;
  const near = nearest(region, regions);
  complain(
    at,
    `the test has no region "${region}"`,
    near === undefined ? `it has ${regions.join(', ')}` : `did you mean "${near}"?`,
  );
  return false;
}

/** The texts of a list, or of one text; undefined where there is none, or something else, which has been told. */
export function eachText(
  node: JsonNode | undefined,
  { complain }: TrialScope,
  example: string,
): readonly string[] | undefined {
  if (node === undefined) return undefined;
  const items = node.kind === 'array' ? node.items : [node];
  const texts = items.flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : [],
  );
  if (texts.length === items.length) return texts;
  complain(node.at, 'here stands what is neither a text nor a list of texts', `write ${example}`);
  return undefined;
}
