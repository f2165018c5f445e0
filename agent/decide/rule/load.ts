/**
 * Reads a set of rule files: all of it is good, or none of it is taken. Pure: the files come in as text.
 *
 * Every mistake found is told, with its file, line and column and what to do; a file that is no JSON tells its first.
 */

import { createHash } from 'node:crypto';
import { createFactTable, type FactTable } from './factTable.ts';
import { createFields } from './fields.ts';
import { createPlaces, type JsonNode, parseJsonText } from './jsonText.ts';
import type { Complain, KnownNames } from './readingScope.ts';
import { readRule } from './readRule.ts';
import type { Rule, RuleProblem, RuleSet } from './rule.ts';
import { findStateLoops } from './stateLoops.ts';

export interface RuleText {
  readonly name: string;
  readonly text: string;
}

export type LoadedRules =
  | { readonly ok: true; readonly rules: RuleSet }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

/** A set larger than this is no rule set but a mistake, and would hold up the answers of an agent. */
const mostCharacters = 8 * 1024 * 1024;
const mostRules = 10_000;
const mostProblems = 50;

/** What a file looks like. */
const whole = '{ "version": 1, "rules": [ … ] }';

/** All rules of the files, in the order in which they apply; or what is wrong with them, at most fifty things. */
export function loadRules(files: readonly RuleText[], known: KnownNames = {}): LoadedRules {
  const problems: RuleProblem[] = [];
  const facts = createFactTable();
  const versions: { readonly version: number; readonly file: string }[] = [];
  const found: PlacedRule[] = [];
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const file of sorted) {
    if (problems.length >= mostProblems) break;
    const read = readFile(file, { facts, known, problems, room: mostRules - found.length });
    found.push(...read.rules);
    if (read.version !== undefined) checkVersion(read.version, file.name, versions, problems);
  }
  checkNames(found, problems);
  if (problems.length === 0) problems.push(...findStateLoops(found, facts.all));
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, mostProblems) };
  return {
    ok: true,
    rules: {
      version: versions[0]?.version ?? 0,
      hash: hashOf(sorted),
      rules: found.toSorted((a, b) => a.order - b.order).map((rule, index) => ({ ...rule, index })),
      facts: facts.all,
    },
  };
}

/** A rule that knows where it stands, and not yet when it applies. */
type PlacedRule = Omit<Rule, 'index'>;

interface FileScope {
  readonly facts: FactTable;
  readonly known: KnownNames;
  readonly problems: RuleProblem[];
  /** How many rules may still come. */
  readonly room: number;
}

function readFile(
  { name, text }: RuleText,
  { facts, known, problems, room }: FileScope,
): { readonly rules: readonly PlacedRule[]; readonly version?: number } {
  const places = createPlaces(text.length > mostCharacters ? '' : text);
  const complainOf =
    (rule?: string): Complain =>
    (at, message, hint) => {
      problems.push({ file: name, ...places(at), ...(rule === undefined ? {} : { rule }), message, hint });
    };
  const complain = complainOf();
  if (text.length > mostCharacters) {
    complain(
      0,
      `the file has ${text.length} characters`,
      `keep rule files under ${mostCharacters} characters`,
    );
    return { rules: [] };
  }
  const parsed = parseJsonText(text);
  if (!parsed.ok) {
    complain(parsed.fault.at, parsed.fault.message, parsed.fault.hint);
    return { rules: [] };
  }
  if (isOneRule(parsed.root)) {
    complain(parsed.root.at, 'the file is a rule by itself', `put it into a list: ${whole}`);
    return { rules: [] };
  }
  const fields = createFields(parsed.root, 'the file', ['$schema', 'version', 'rules'], complain, whole);
  const version = fields?.number('version', isVersion, 'a whole number from 0 on');
  const list = fields?.node('rules');
  if (fields === undefined) return { rules: [] };
  if (list?.kind !== 'array') {
    complain(list?.at ?? fields.at, 'the file has no list of "rules"', `write ${whole}`);
    return { rules: [] };
  }
  if (list.items.length > room) {
    complain(list.at, `more than ${mostRules} rules`, 'one rule can name several services, or "*"');
    return { rules: [] };
  }
  const rules: PlacedRule[] = [];
  for (const node of list.items) {
    if (problems.length >= mostProblems) break;
    const rule = readRule(node, { complain: complainOf(nameOf(node)), facts, known });
    if (rule !== undefined) rules.push({ ...rule, file: name, ...places(node.at) });
  }
  return { rules, ...(version === undefined ? {} : { version }) };
}

function isOneRule(root: JsonNode): boolean {
  if (root.kind !== 'object') return false;
  const keys = root.entries.map(({ key }) => key);
  return keys.includes('if') && !keys.includes('rules');
}

function isVersion(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function nameOf(node: JsonNode): string | undefined {
  const value = node.kind === 'object' ? node.entries.find(({ key }) => key === 'name')?.value : undefined;
  return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined;
}

/** All files that say a version say the same: a set has one. */
function checkVersion(
  version: number,
  file: string,
  versions: { readonly version: number; readonly file: string }[],
  problems: RuleProblem[],
): void {
  const [first] = versions;
  versions.push({ version, file });
  if (first === undefined || first.version === version) return;
  problems.push({
    file,
    line: 1,
    column: 1,
    message: `version ${version}, but ${first.file} has version ${first.version}`,
    hint: 'give all files of the set the same version, or say it in one of them only',
  });
}

function checkNames(rules: readonly PlacedRule[], problems: RuleProblem[]): void {
  const byName = new Map<string, PlacedRule>();
  for (const rule of rules) {
    const first = byName.get(rule.name);
    if (first === undefined) byName.set(rule.name, rule);
    else
      problems.push({
        file: rule.file,
        line: rule.line,
        column: rule.column,
        rule: rule.name,
        message: `a second rule "${rule.name}"; the first stands in ${first.file}:${first.line}`,
        hint: 'give each rule a name of its own',
      });
  }
}

function hashOf(files: readonly RuleText[]): string {
  const hash = createHash('sha256');
  for (const { name, text } of files) hash.update(`${name.length}:${name}${text.length}:${text}`);
  return hash.digest('hex').slice(0, 12);
}
