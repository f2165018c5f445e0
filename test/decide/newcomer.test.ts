/**
 * Typical mistakes in a first rule. Each is told with its line, and what the message says to write, written there, mends it.
 *
 * bad.test.ts has every other mistake that a rule file can have.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintRules } from '../../agent/decide/lint/lintRules.ts';
import { loadRules } from '../../agent/decide/rule/load.ts';
import type { RuleProblem } from '../../agent/decide/rule/rule.ts';

/** A good first rule. In each mistake one of its lines is another. */
const lines = {
  comment: '// spare stands by while db serves',
  name: '"name": "spare-stands-by",',
  if: '"if": { "up": "west/db" },',
  for: '"for": "30s",',
  then: '"then": { "service": "spare", "report": "down", "message": "db serves" }',
};

interface Mistake {
  /** What the newcomer did. */
  readonly what: string;
  readonly line: keyof typeof lines;
  /** What stands there instead of the good line. */
  readonly wrote: string;
  readonly told: string;
  readonly hint: string;
  /** What of the hint the newcomer then writes. */
  readonly says: string;
  readonly mended: string;
}

const mistakes: readonly Mistake[] = [
  {
    what: 'wrote the condition as in a program',
    line: 'if',
    wrote: `"if": "db.state == 'up'",`,
    told: '7:13: the condition gives a text, not true or false',
    hint: 'compare it, for example {"==": [{"var": "db.state"}, "up"]}, or use an operator such as {"up": "db"}',
    says: '{"==": [{"var": "db.state"}, "up"]}',
    mended: '"if": {"==": [{"var": "db.state"}, "up"]},',
  },
  {
    what: 'put the operator in the middle',
    line: 'if',
    wrote: '"if": [{ "healthy": "db" }, ">=", 2],',
    told: '7:13: an operator stands between its operands',
    hint: 'write {">=":[{"healthy":"db"},2]}',
    says: '{">=": [{"healthy": "db"}, 2]}',
    mended: '"if": {">=": [{"healthy": "db"}, 2]},',
  },
  {
    what: 'compared with a single =',
    line: 'if',
    wrote: '"if": { "=": [{ "var": "db.state" }, "up"] },',
    told: '7:15: unknown operator "="',
    hint: 'did you mean "=="?',
    says: '"=="',
    mended: '"if": { "==": [{ "var": "db.state" }, "up"] },',
  },
  {
    what: 'said not in words',
    line: 'if',
    wrote: '"if": { "not": { "up": "db" } },',
    told: '7:15: unknown operator "not"',
    hint: 'did you mean "!"?',
    says: '"!"',
    mended: '"if": { "!": { "up": "db" } },',
  },
  {
    what: 'put the service before the operator',
    line: 'if',
    wrote: '"if": { "db": "up" },',
    told: '7:15: unknown operator "db"',
    hint: 'write {"up":"db"}',
    says: '{"up": "db"}',
    mended: '"if": {"up": "db"},',
  },
  {
    what: 'joined two conditions in one pair of braces',
    line: 'if',
    wrote: '"if": { "and": { "up": "db", "reported": "app" } },',
    told: '7:22: "and" takes a list of conditions',
    hint: 'write {"and":[{"up":"db"},{"reported":"app"}]}',
    says: '{"and": [{"up": "db"}, {"reported": "app"}]}',
    mended: '"if": {"and": [{"up": "db"}, {"reported": "app"}]},',
  },
  {
    what: 'wrote the name of a fact where the fact should be',
    line: 'if',
    wrote: '"if": { "==": ["db.state", "up"] },',
    told: '7:22: "==" compares a text with another, and no fact',
    hint: 'write {"var": "db.state"} for the fact',
    says: '{"var": "db.state"}',
    mended: '"if": { "==": [{"var": "db.state"}, "up"] },',
  },
  {
    what: 'misnamed a fact',
    line: 'if',
    wrote: '"if": { "==": [{ "var": "db.status" }, "up"] },',
    told: '7:31: unknown fact "db.status"',
    hint: 'did you mean "db.state"?',
    says: '"db.state"',
    mended: '"if": { "==": [{ "var": "db.state" }, "up"] },',
  },
  {
    what: 'read a property like a fact',
    line: 'if',
    wrote: '"if": { "==": [{ "var": "db.role" }, "primary"] },',
    told: '7:31: unknown fact "db.role"',
    hint: 'what db says of itself is read as "db.properties.role"; rules/README.md lists the other facts',
    says: '"db.properties.role"',
    mended: '"if": { "==": [{ "var": "db.properties.role" }, "primary"] },',
  },
  {
    what: 'put the region behind the service',
    line: 'if',
    wrote: '"if": { "up": "db.west" },',
    told: '7:21: unknown service "db.west"',
    hint: 'did you mean "west/db"?',
    says: '"west/db"',
    mended: '"if": { "up": "west/db" },',
  },
  {
    what: 'put a number in quotes',
    line: 'if',
    wrote: '"if": { ">=": [{ "healthy": "db" }, "2"] },',
    told: '7:43: ">=" takes numbers, but operand 2 is a text',
    hint: 'write 2 without quotes',
    says: '2',
    mended: '"if": { ">=": [{ "healthy": "db" }, 2] },',
  },
  {
    what: 'wrote a percent sign',
    line: 'if',
    wrote: '"if": { "minViable": { "services": ["db", "app"], "percent": "50%" } },',
    told: '7:68: "percent" of "minViable" is a text',
    hint: 'write "percent": 50',
    says: '"percent": 50',
    mended: '"if": { "minViable": { "services": ["db", "app"], "percent": 50 } },',
  },
  {
    what: 'forgot how long a window of the calendar is',
    line: 'if',
    wrote: '"if": { "during": "0 2 * * SUN" },',
    told: '7:25: "0 2 * * SUN" has no length of time up to 366d',
    hint: 'write cron expression, length and time zone, as in "0 2 * * SUN 2h Europe/Berlin"',
    says: '"0 2 * * SUN 2h Europe/Berlin"',
    mended: '"if": { "during": "0 2 * * SUN 2h Europe/Berlin" },',
  },
  {
    what: 'forgot the unit of a time',
    line: 'for',
    wrote: '"for": 30,',
    told: '8:14: 30 is no length of time',
    hint: 'say its unit too, as in "30s"',
    says: '"30s"',
    mended: '"for": "30s",',
  },
  {
    what: 'forgot the service',
    line: 'then',
    wrote: '"then": { "report": "down", "message": "db serves" }',
    told: '9:15: "then" sets "report" of no service',
    hint: 'say of which, as in "service": "wfe"; "*" is all of this region',
    says: '"service": "wfe"',
    mended: '"then": { "service": "wfe", "report": "down", "message": "db serves" }',
  },
  {
    what: 'named several services as one',
    line: 'then',
    wrote: '"then": { "service": ["spare", "app"], "report": "down" }',
    told: '9:28: "service" names one service',
    hint: 'write "services": ["spare","app"]',
    says: '"services": ["spare", "app"]',
    mended: '"then": { "services": ["spare", "app"], "report": "down" }',
  },
  {
    what: 'misspelt a key',
    line: 'then',
    wrote: '"then": { "service": "spare", "report": "down", "mesage": "db serves" }',
    told: '9:55: unknown key "mesage" in "then"',
    hint: 'did you mean "message"?',
    says: '"message"',
    mended: '"then": { "service": "spare", "report": "down", "message": "db serves" }',
  },
  {
    what: 'set the state by what is reported',
    line: 'if',
    wrote: '"if": { "reported": "db" }, "else": { "service": "app", "state": "down" },',
    told: '7:13: a rule that sets "state" reads db.report, which is decided after it',
    hint: 'read the state of services of this region, not their report; or set "report" instead of "state"',
    says: '"report"',
    mended: '"if": { "reported": "db" }, "else": { "service": "app", "report": "down" },',
  },
  {
    what: 'forgot a comma',
    line: 'if',
    wrote: '"if": { "up": "db" }',
    told: '7:27: no "," before a text',
    hint: 'write "," here; or "}", if the "{" of line 4 is to end here',
    says: ',',
    mended: '"if": { "up": "db" },',
  },
  {
    what: 'quoted as in other languages',
    line: 'then',
    wrote: `"then": { "service": 'spare', "report": "down" }`,
    told: `9:28: "'" where a value should be`,
    hint: 'write "spare", in double quotes',
    says: '"spare"',
    mended: '"then": { "service": "spare", "report": "down" }',
  },
  {
    what: 'began a comment with #',
    line: 'comment',
    wrote: '# spare stands by while db serves',
    told: '5:7: "#" starts nothing',
    hint: 'a comment starts with // or /*',
    says: '//',
    mended: '// spare stands by while db serves',
  },
];

const known = { services: ['db', 'app', 'spare', 'wfe'], regions: ['east', 'west'] };

function fileWith(line: keyof typeof lines, text: string): string {
  const rule = Object.values({ ...lines, [line]: text }).map((one) => `      ${one}`);
  return `{\n  "version": 1,\n  "rules": [\n    {\n${rule.join('\n')}\n    }\n  ]\n}\n`;
}

function problemsOf(text: string): readonly RuleProblem[] {
  const loaded = loadRules([{ name: 'first.json', text }], known);
  return loaded.ok ? lintRules(loaded.rules) : loaded.problems;
}

test('the rule that the mistakes are made in is good', () => {
  assert.deepEqual(problemsOf(fileWith('if', lines.if)), []);
});

for (const { what, line, wrote, told, hint, says, mended } of mistakes)
  test(`a newcomer who ${what} is told how to mend it`, () => {
    const wrong = fileWith(line, wrote);
    const problems = problemsOf(wrong);
    assert.deepEqual(
      problems.map((problem) => `${problem.line}:${problem.column}: ${problem.message}`),
      [told],
    );
    assert.equal(problems[0]?.hint, hint);
    assert.equal(problems[0]?.line, wrong.split('\n').findIndex((one) => one.includes(wrote)) + 1);
    for (const text of [hint, mended]) assert.ok(withoutBlanks(text).includes(withoutBlanks(says)), text);
    assert.deepEqual(problemsOf(fileWith(line, mended)), []);
  });

function withoutBlanks(text: string): string {
  return text.replaceAll(' ', '');
}
