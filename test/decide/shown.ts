/** What shows again what a property test has found: files to save, and the command that reads them. */

import type { Facts, Json, Memory } from '../../agent/model.ts';
import { asRuleTest, type Course, type RuleTest } from './asRuleTest.ts';
import type { Situation } from './cases.ts';

export interface Shown {
  /** What the files are. */
  readonly says: string;
  /** By their paths, which begin with a folder of their own. */
  readonly files: Readonly<Record<string, unknown>>;
  /** From the root of the repository, once the files are saved there. */
  readonly command?: string;
  /** The rule test that they are, where they are one. */
  readonly ruleTest?: RuleTest;
}

const rulesPath = 'counterexample/rules.json';

/** A rule test; it shows exactly what was found, or `says` how near it comes. */
export function ruleTestShown(name: string, ruleTest: RuleTest, says = 'This rule test shows it:'): Shown {
  const testPath = 'counterexample/rules.test.json';
  return {
    says,
    files: { [rulesPath]: { rules: ruleTest.rules }, [testPath]: { tests: [{ name, ...ruleTest.trial }] } },
    command: `npm run msa -- test ${testPath}`,
    ruleTest,
  };
}

/** A rule test that fails as the law does not hold. */
export function situationShown(
  situation: Situation,
  law: { readonly otherwise: string; readonly way: Course } | undefined,
): Shown {
  return ruleTestShown(law?.otherwise ?? 'something breaks', asRuleTest(situation, law?.way ?? {}));
}

/** What a decision is made on. */
export interface Occasion {
  readonly facts: Facts;
  readonly memory: Memory;
  readonly atMs: number;
}

/** The rules and the facts of one decision. */
export function factsShown(rules: readonly Json[], occasion: Occasion): Shown {
  const factsPath = 'counterexample/facts.json';
  const [service = ''] = Object.keys(occasion.facts.services);
  return {
    says: 'No rule test can say it; these are the rules, and the facts of the decision:',
    files: { [rulesPath]: { rules }, [factsPath]: occasion },
    command: `npm run msa -- explain ${service} --facts ${factsPath} --rules ${rulesPath}`,
  };
}

/** A condition, and the values of what it reads. */
export function conditionShown(condition: Json, values: unknown): Shown {
  return {
    says: 'No rule test can say it, since these values need not fit together:',
    files: { 'counterexample/condition.json': { if: condition, values } },
  };
}

/** The files, each under its path, and the command. */
export function textOf({ says, files, command }: Shown): string {
  return [
    says,
    ...Object.entries(files).map(([path, content]) => `${path}:\n${format(content)}`),
    ...(command === undefined ? [] : [command]),
  ].join('\n\n');
}

const width = 100;

/** JSON with as much on a line as fits. */
function format(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const [open, close, space] = isList ? ['[', ']', ''] : ['{', '}', ' '];
  const deeper = `${indent}  `;
  const parts = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([key, part]) => `${isList ? '' : `${JSON.stringify(key)}: `}${format(part, deeper)}`);
  if (parts.length === 0) return `${open}${close}`;
  const line = `${open}${space}${parts.join(', ')}${space}${close}`;
  if (indent.length + line.length <= width && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => `${deeper}${part}`).join(',\n')}\n${indent}${close}`;
}
