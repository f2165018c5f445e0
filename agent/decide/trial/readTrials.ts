/**
 * Reads a file of trials (`*.test.json`): all of it is good, or what is wrong with it is told, with file, line, column and
 * what to do. What the file says at its top holds for each of its tests: these add labels, settings and claims to it, and say
 * anything else in its place.
 */

import { parseDuration } from '../../duration.ts';
import { isRegionName } from '../catalogue.ts';
import { createFields, type Fields } from '../rule/fields.ts';
import { createPlaces, type JsonNode, parseJsonText } from '../rule/jsonText.ts';
import type { Complain } from '../rule/readingScope.ts';
import type { RuleProblem } from '../rule/rule.ts';
import { readClaims } from './readClaims.ts';
import { eachText, readLabels, readSituations } from './readServices.ts';
import { readSteps } from './readSteps.ts';
import type { GivenRegion, LabelsByService, ReadTrials, Trial, TrialSettings, Where } from './trial.ts';
import { complainOfDuration, type TrialScope } from './trialScope.ts';

/** A Monday morning. */
const defaultStart = '2026-01-05T09:00:00Z';

const sharedKeys = ['rules', 'stack', 'labels', 'settings', 'start', 'given', 'always', 'never'];

/** The trials of the file, or what is wrong with it. */
export function readTrials(file: { readonly name: string; readonly text: string }): ReadTrials {
  const problems: RuleProblem[] = [];
  const places = createPlaces(file.text);
  const whereOf = (at: number): Where => ({ file: file.name, ...places(at) });
  // What the file says for all tests is read with each of them: a mistake in it is told once.
  const told = new Set<string>();
  const complain: Complain = (at, message, hint) => {
    if (!told.has(`${at} ${message}`)) problems.push({ ...whereOf(at), message, hint });
    told.add(`${at} ${message}`);
  };
  const parsed = parseJsonText(file.text);
  if (!parsed.ok) {
    complain(parsed.fault.at, parsed.fault.message, parsed.fault.hint);
    return { ok: false, problems };
  }
  const trials = readFile(parsed.root, { complain, whereOf, regions: [] });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, trials };
}

/** What a file, or a test in it, says before anything happens. */
interface Setting {
  readonly rules?: readonly string[];
  readonly stack?: string;
  readonly labels: LabelsByService;
  readonly settings: TrialSettings;
  readonly startMs: number;
  readonly given: Readonly<Record<string, GivenRegion>>;
  readonly always: readonly JsonNode[];
  readonly never: readonly JsonNode[];
}

function readFile(root: JsonNode, scope: TrialScope): readonly Trial[] {
  const fields = createFields(root, 'the file', ['$schema', 'tests', ...sharedKeys], scope.complain);
  if (fields === undefined) return [];
  const shared = readSetting(fields, noSetting, scope);
  const tests = fields.node('tests');
  if (tests?.kind !== 'array' || tests.items.length === 0) {
    scope.complain(
      tests?.at ?? fields.at,
      'the file has no list of "tests"',
      'write "tests": [ { "name": "…", "at": [ … ] } ]',
    );
    return [];
  }
  const names = new Set<string>();
  return tests.items.flatMap((node) => {
    const trial = readTrial(node, shared, scope);
    if (trial === undefined) return [];
    if (names.has(trial.name))
      scope.complain(node.at, `a second test "${trial.name}"`, 'give each test a name of its own');
    names.add(trial.name);
    return [trial];
  });
}

function readTrial(node: JsonNode, shared: Setting, scope: TrialScope): Trial | undefined {
  const fields = createFields(node, 'a test', ['name', 'at', ...sharedKeys], scope.complain);
  if (fields === undefined) return undefined;
  const name = fields.text('name');
  if (fields.node('name') === undefined)
    scope.complain(
      fields.at,
      'a test has no "name"',
      'say in a sentence what holds, as in "a lost region is taken over"',
    );
  const { always, never, ...setting } = readSetting(fields, shared, scope);
  const regions = Object.keys(setting.given);
  if (regions.length === 0)
    scope.complain(
      fields.at,
      'no regions are given',
      'add "given": { "east": { "db": "up" } } to the test or the file',
    );
  const within: TrialScope = { ...scope, regions };
  const steps = readSteps(fields.node('at'), fields.at, within);
  if (name === undefined) return undefined;
  return {
    name,
    where: scope.whereOf(fields.at),
    ...setting,
    steps,
    always: readClaims(always, within),
    never: readClaims(never, within),
  };
}

const noSetting: Setting = {
  labels: {},
  settings: { staleAfterMs: 3_000, lostAfterMs: 30_000, releaseAfterMs: 15_000, regionPriority: {} },
  startMs: Date.parse(defaultStart),
  given: {},
  always: [],
  never: [],
};

function readSetting(fields: Fields, above: Setting, scope: TrialScope): Setting {
  const given = fields.node('given');
  const rules =
    eachText(fields.node('rules'), scope, 'rule files, as in ["failover.json"]; [] for none') ?? above.rules;
  const stack = isNull(fields.node('stack')) ? undefined : (fields.text('stack') ?? above.stack);
  return {
    ...(rules === undefined ? {} : { rules }),
    ...(stack === undefined ? {} : { stack }),
    labels: mergeLabels(above.labels, readLabels(fields.node('labels'), scope)),
    settings: readSettings(fields.node('settings'), above.settings, scope),
    startMs: readStart(fields, scope) ?? above.startMs,
    given: given === undefined ? above.given : readGiven(given, scope),
    always: [...above.always, ...itemsOf(fields.node('always'), 'always', scope)],
    never: [...above.never, ...itemsOf(fields.node('never'), 'never', scope)],
  };
}

/** What a test says with null, it does without. */
function isNull(node: JsonNode | undefined): boolean {
  return node?.kind === 'scalar' && node.value === null;
}

/** Later labels go over earlier ones of the same service. */
function mergeLabels(below: LabelsByService, above: LabelsByService): LabelsByService {
  const ids = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...ids].map((id) => [id, { ...below[id], ...above[id] }]));
}

function readStart(fields: Fields, { complain }: TrialScope): number | undefined {
  const text = fields.text('start');
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  complain(
    fields.node('start')?.at ?? fields.at,
    `"${text}" is no instant`,
    'write it in UTC, as in "2026-03-29T00:30:00Z"',
  );
  return undefined;
}

const settingNames = {
  MSA_STALE_AFTER: 'staleAfterMs',
  MSA_LOST_AFTER: 'lostAfterMs',
  MSA_RELEASE_AFTER: 'releaseAfterMs',
} as const;

function readSettings(node: JsonNode | undefined, above: TrialSettings, scope: TrialScope): TrialSettings {
  if (node === undefined) return above;
  const keys = [...Object.keys(settingNames), 'MSA_ON_ISOLATION', 'MSA_REGION_PRIORITY'];
  const fields = createFields(node, '"settings"', keys, scope.complain);
  if (fields === undefined) return above;
  let settings = above;
  for (const name of ['MSA_STALE_AFTER', 'MSA_LOST_AFTER', 'MSA_RELEASE_AFTER'] as const) {
    const text = fields.text(name);
    if (text === undefined) continue;
    const ms = parseDuration(text);
    if (ms === undefined) complainOfDuration(text, fields.node(name)?.at ?? fields.at, scope);
    else settings = { ...settings, [settingNames[name]]: ms };
  }
  const onIsolation = fields.word('MSA_ON_ISOLATION', ['release', 'keep']);
  if (onIsolation !== undefined) settings = { ...settings, onIsolation };
  const priorities = fields.node('MSA_REGION_PRIORITY');
  if (priorities === undefined) return settings;
  return { ...settings, regionPriority: { ...above.regionPriority, ...readPriorities(priorities, scope) } };
}

function readPriorities(node: JsonNode, { complain }: TrialScope): Readonly<Record<string, number>> {
  const entries = node.kind === 'object' ? node.entries : [];
  const priorities: Record<string, number> = {};
  for (const { key, value } of entries)
    if (isRegionName(key) && value.kind === 'scalar' && typeof value.value === 'number')
      priorities[key] = value.value;
  if (entries.length === 0 || Object.keys(priorities).length < entries.length)
    complain(
      node.at,
      '"MSA_REGION_PRIORITY" is not a number for each region',
      'write { "east": 100, "west": 50 }',
    );
  return priorities;
}

function readGiven(node: JsonNode, scope: TrialScope): Readonly<Record<string, GivenRegion>> {
  if (node.kind !== 'object') {
    scope.complain(node.at, '"given" is not an object', 'write { "east": { "db": "up" } }');
    return {};
  }
  const given: Record<string, GivenRegion> = {};
  for (const { key, keyAt, value } of node.entries) {
    const region = readSituations(value, scope);
    if (!isRegionName(key))
      scope.complain(
        keyAt,
        `"${key}" is no name of a region`,
        'regions are named by letters, digits, and . _ -',
      );
    else if (region !== undefined) given[key] = region;
  }
  return given;
}

function itemsOf(node: JsonNode | undefined, key: string, { complain }: TrialScope): readonly JsonNode[] {
  if (node === undefined) return [];
  if (node.kind === 'array') return node.items;
  complain(node.at, `"${key}" is not a list`, 'write ["db up in at most 1 region"]');
  return [];
}
