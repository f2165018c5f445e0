/** Every mistake that a rule file can have, one file each, with the exact words that tell of it. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadRules } from '../../agent/decide/rule/load.ts';

const folder = new URL('./bad/', import.meta.url);

const expected: Readonly<Record<string, readonly string[]>> = {
  afterTheEnd: ['1:17: "}" after the end. a file holds one object; remove the rest'],
  atMostElsewhere: ['6:25: "atMost" asks of this region. name the service without a region'],
  badCron: [
    '6:25: "0 25 * * *" is no cron expression. write cron expression, length and time zone, as in "0 2 * * SUN 2h Europe/Berlin"',
  ],
  badEscape: ['1:23: a text with a bad escape. after a backslash comes one of " \\ / b f n r t u'],
  badFor: ['8:14: "20" is no length of time. say its unit too, as in "20s"'],
  badLength: [
    '6:25: "0 2 * * SUN two hours" has no length of time up to 366d. write cron expression, length and time zone, as in "0 2 * * SUN 2h Europe/Berlin"',
  ],
  badOrder: ['8:16: "order" of a rule is not a number. write a number, without quotes'],
  badRegions: ['8:18: "regions" of a rule is not a list of texts. write it as in ["east", "west"]'],
  badTimeZone: ['6:25: unknown time zone "Mars/Olympus". name it as in "Europe/Berlin" or "UTC"'],
  badUnknown: ['8:18: "unknown" of a rule is not "hold", "then" or "else". write "hold", "then" or "else"'],
  badVersion: [
    '1:14: "version" of the file is not a whole number from 0 on. write a whole number from 0 on, without quotes',
  ],
  bareWord: ['1:23: "first" where a value should be. texts stand in double quotes'],
  booleanWithCapital: ['8:16: "False" where a value should be. write false'],
  changedElsewhere: [
    '6:26: "changed" can\'t follow "west/db". it follows services of this region: "db", "db.state", "db.report"',
  ],
  conditionNotClosed: [
    '3:5: a rule has neither "then" nor "else". say what it does',
    '6:7: two keys in one operation: "!" and "then". close the condition with "}" before "then"',
  ],
  doubledKey: ['8:7: "if" stands twice in a rule. remove one of the two'],
  doubledName: [
    '4:5: a second rule "first"; the first stands in doubledName.json:3. give each rule a name of its own',
  ],
  effectElsewhere: [
    '7:28: "west/wfe" is a service of another region. a rule sets services of its own region: name them without a region, or "*" for all',
  ],
  effectIsText: ['7:15: "then" is not an object. write { "service": "wfe", "report": "down" }'],
  effectNothing: [
    '7:15: "then" does nothing. each effect has one of "service", "services", "webhook", "notify"; several effects stand in a list',
  ],
  effectOfTwoKinds: [
    '7:15: "then" has both "notify" and "service". each effect has one of "service", "services", "webhook", "notify"; several effects stand in a list',
  ],
  effectSetsNothing: [
    '7:15: "then" names a service but sets nothing on it. add "report", "state", "priority" or "message"',
  ],
  effectUnknownKey: ['7:35: unknown key "raport" in "then". did you mean "report"?'],
  effectUnknownWord: [
    '7:45: "report" of "then" is not "up", "down" or "drain". write "up", "down" or "drain"',
  ],
  elementConstructor: [
    '6:75: "constructor" can\'t be read of an element. write {"var": ""} for the element, {"var": "name"} for something in it',
  ],
  elementReadsFacts: [
    '6:59: "up" can\'t be used on an element of a list. inside some, all and none only the element is seen: use and or ! !! == === != !== … and {"var": ""}',
  ],
  emptyOperation: ['6:13: an empty operation. write one operator with its operands, as in {"up": "db"}'],
  factAsOperator: ['6:15: "db.state" is a fact, not an operator. write {"==":[{"var":"db.state"},"up"]}'],
  factOfEveryRegion: [
    '6:31: "*/db.state" is one fact for each region, not one value. name one region, or use "up" or "healthy" with "*"',
  ],
  factOfRegionUnsaid: ['6:31: unknown fact "region". did you mean "region.name"?'],
  factUnsaid: ['6:31: unknown fact "db". say what of it, as in "db.state" or "db.report"'],
  factWithSlash: ['6:31: unknown fact "west/db/state". did you mean "west/db.state"?'],
  forbiddenOperator: ['6:15: JSON Logic\'s "log" is not for rules. msa explain shows what a rule read'],
  hasWithoutProperty: [
    '6:22: "has" takes a service and the name of a property; a value, where it must equal one. for example {"has":["db","write"]}',
  ],
  ifWithoutElse: [
    '6:15: "if" takes condition, value, …, else-value, but has 2. for example {">=":[{"healthy":"app"},{"if":[{"up":"west/app"},1,2]}]}',
  ],
  keyOfAnotherLanguage: ['8:7: unknown key "otherwise" in a rule. did you mean "else"?'],
  listAtTheTop: ['1:1: the file is not an object. write { "version": 1, "rules": [ … ] }'],
  listOfOperations: [
    '6:14: a list holds something other than plain texts, numbers, true and false. write each operation on its own, joined by "and" or "or"',
  ],
  messageUnknownFact: [
    '7:45: the message names an unknown fact "db.stat". write it as in {{db.state}} or {{west/db.report}}; rules/README.md lists the facts',
  ],
  minViableTooMany: ['6:28: "minViable" wants 3 of 2 services. lower the count'],
  minViableUnknownKey: [
    '6:28: "minViable" takes `services` (a list, or "*"), and `count` or `percent`. for example {"minViable":{"services":["wfe","app","db"],"count":2}}',
  ],
  missingComma: ['2:15: no "," before a text. write "," here; or "}", if the "{" of line 1 is to end here'],
  missingIf: ['1:13: a rule has no "if". give it a condition, or "if": true for always'],
  missingName: ['1:13: a rule has no "name". give it a short name of its own, as in "name": "db-failover"'],
  missingRules: ['1:1: the file has no list of "rules". write { "version": 1, "rules": [ … ] }'],
  missingThen: ['1:13: a rule has neither "then" nor "else". say what it does'],
  misspeltKey: ['8:7: unknown key "esle" in a rule. did you mean "else"?'],
  notifyWithoutMessage: ['7:15: "notify" has no "message". add "message": what people should read'],
  numberAsCondition: [
    '6:23: "and" takes conditions, but operand 1 is a number. compare it, or use an operator that gives true or false, such as {"up": "db"}',
  ],
  numberWithPlus: ['7:47: "+100" where a value should be. write numbers as in 100, -1 or 0.5'],
  operatorDown: ['6:15: unknown operator "down". write {"!":{"up":"db"}}'],
  orWithoutList: ['6:21: "or" takes a list of conditions. write {"or":[{"up":"db"},{"lost":"west"}]}'],
  priorityReadsReport: [
    '6:13: a rule that sets "priority" reads db.report, which is decided after it. read the state of services of this region; or set "report" instead',
  ],
  reportReadsItself: [
    '6:13: the rule reads wfe.report and sets the report of the same service. read its state instead, or set another service',
  ],
  resultIsNumber: [
    '6:13: the condition gives a number, not true or false. compare it, for example {"==": [{"var": "db.state"}, "up"]}, or use an operator such as {"up": "db"}',
  ],
  resultIsText: [
    '6:13: the condition gives a text, not true or false. compare it, for example {"==": [{"var": "db.state"}, "up"]}, or use an operator such as {"up": "db"}',
  ],
  ruleAtTheTop: ['1:1: the file is a rule by itself. put it into a list: { "version": 1, "rules": [ … ] }'],
  ruleIsNoObject: ['1:13: a rule is not an object. write { "name": …, "if": …, "then": … }'],
  rulesIsNoList: ['1:12: the file has no list of "rules". write { "version": 1, "rules": [ … ] }'],
  servicesInOneText: ['7:28: "service" names one service. write "services": ["wfe","app"]'],
  servicesIsText: ['7:29: "services" is not a list. write "service": "wfe"'],
  stateAsNumber: [
    '6:21: ">" takes numbers, but operand 1 is a text. write numbers without quotes; for texts use "=="',
  ],
  stateCircle: [
    '3:5: rules set the states of a, b in a circle. let one of them read something else than the state of another of these',
  ],
  stateReadsItself: [
    '4:5: the rule reads the state of wfe and sets it. read what makes it up or down ("healthy", a property, another service), or set "report"',
  ],
  stateReadsReport: [
    '6:13: a rule that sets "state" reads db.report, which is decided after it. read the state of services of this region, not their report; or set "report" instead of "state"',
  ],
  textForNumber: ['6:42: ">" takes numbers, but operand 2 is a text. write 2 without quotes'],
  textsCompared: [
    '6:22: "==" compares a text with another, and no fact. write a fact as in {"var": "db.state"}',
  ],
  tooFewOperands: ['6:15: "==" takes two values, but has 1. for example {"==":[{"var":"db.state"},"up"]}'],
  tooManyCommas: [
    '1:16: "," where a key should be. is it one comma too many, or is something missing before it?',
  ],
  twoKeys: [
    '6:27: two keys in one operation: "up" and "reported". join them: {"and":[{"up":"db"},{"reported":"app"}]}',
  ],
  typesApart: [
    '6:38: "==" compares a text with true or false. what is true or false needs no comparison: write it alone',
  ],
  unclosedBracket: ['1:12: "[" is never closed. add the missing "]"'],
  unclosedComment: ['1:15: a comment that starts here never ends. close it with */'],
  unclosedText: ['1:23: a text that starts here is not closed. add the missing "'],
  unfamiliarOperator: [
    '6:15: unknown operator "frobnicate". an operation is an operator with its operands, as in {"up": "db"}; rules/README.md lists the operators',
  ],
  unknownFact: ['6:31: unknown fact "db.stat". did you mean "db.state"?'],
  unknownOperator: ['6:15: unknown operator "upp". did you mean "up"?'],
  unknownWord: ['6:45: db.state is never "Up". did you mean "up"?'],
  webhookBadUrl: ['7:37: "db/failover" is no address. write http://… or https://…'],
  webhookIsText: ['7:28: "webhook" is not an object. write { "url": "http://…" }'],
  webhookWithoutUrl: ['7:28: "webhook" has no "url". add "url": "http://…"'],
  wordOfAnotherFact: ['6:45: db.state is never "healthy". it is "up" or "down"'],
  wordProcessorQuotes: ['1:3: "“" where a key should be. write "rules", in double quotes'],
  wrongBracket: ['6:55: "}" where "]" should be. close the "[" of line 6 with "]" first'],
  wrongIdentifier: [
    '6:21: "db west" names no service. write "db" for here, "west/db" for there, "*/db" for every region',
  ],
  yaml: ['1:1: "version" where a value should be. a file is JSON and begins with "{"; YAML is not read'],
};

test('every file in bad/ is one of those told here', () => {
  assert.deepEqual(
    readdirSync(folder)
      .map((name) => name.replace('.json', ''))
      .toSorted(),
    Object.keys(expected).toSorted(),
  );
});

for (const [name, messages] of Object.entries(expected))
  test(`${name} is refused with its place and what to do`, () => {
    const file = `${name}.json`;
    const loaded = loadRules([{ name: file, text: readFileSync(new URL(file, folder), 'utf8') }]);
    assert.ok(!loaded.ok);
    assert.deepEqual(
      loaded.problems.map(
        (problem) => `${problem.line}:${problem.column}: ${problem.message}. ${problem.hint}`,
      ),
      messages,
    );
    for (const problem of loaded.problems) assert.equal(problem.file, file);
  });

function messagesOf(files: readonly string[], known = {}): readonly string[] {
  const loaded = loadRules(
    files.map((text, index) => ({ name: `${index}.json`, text })),
    known,
  );
  return loaded.ok
    ? []
    : loaded.problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
}

const rule = (condition: string, name = 'r') =>
  `{"rules":[{"name":"${name}","if":${condition},"then":{"service":"wfe","report":"down"}}]}`;

test('a condition nested a thousand deep is refused, and so is text nested deeper than any stack', () => {
  const deep = (depth: number) => rule(`${'{"!":'.repeat(depth)}true${'}'.repeat(depth)}`);
  assert.deepEqual(messagesOf([deep(49)]), []);
  assert.deepEqual(messagesOf([deep(100)]), ['0.json:1:278: the condition is nested more than 50 deep']);
  assert.deepEqual(messagesOf([deep(1000)]), ['0.json:1:1018: nested more than 200 deep']);
  assert.deepEqual(messagesOf(['['.repeat(1_000_000)]), ['0.json:1:202: nested more than 200 deep']);
});

test('a file of 50 MB is refused without being read', () => {
  const startMs = performance.now();
  assert.deepEqual(messagesOf([' '.repeat(50 * 1024 * 1024)]), [
    '0.json:1:1: the file has 52428800 characters',
  ]);
  assert.ok(performance.now() - startMs < 5_000);
});

test('a set of a hundred thousand rules is refused', () => {
  const small = '{"name":"r","if":true,"then":{"service":"a","report":"up"}},';
  const text = `{"rules":[${small.repeat(100_000)}]}`;
  assert.deepEqual(messagesOf([text]), ['0.json:1:10: more than 10000 rules']);
});

test('no more than fifty mistakes are told at once', () => {
  const text = `{"rules":[${'{},'.repeat(1000)}]}`;
  assert.equal(messagesOf([text, text]).length, 50);
});

test('a message repeats no more than a little of what is wrong', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `"up${index}":"db"`).join(',');
  const loaded = loadRules([{ name: 'a.json', text: rule(`{"and":{${many}}}`) }]);
  assert.ok(!loaded.ok && loaded.problems[0] !== undefined);
  assert.equal(loaded.problems[0].hint.length, 'write …'.length + 200);
});

test('a doubled name in another file is told with both places', () => {
  assert.deepEqual(messagesOf([rule('true'), rule('false')]), [
    '1.json:1:11: a second rule "r"; the first stands in 0.json:1',
  ]);
});

test('two files with different versions are refused', () => {
  assert.deepEqual(messagesOf(['{"version":1,"rules":[]}', '{"rules":[]}', '{"version":2,"rules":[]}']), [
    '2.json:1:1: version 2, but 0.json has version 1',
  ]);
});

test('services and regions that are known not to be there are mistakes, with the nearest that is', () => {
  const known = { services: ['wfe', 'database'], regions: ['east', 'west'] };
  assert.deepEqual(messagesOf([rule('{"up":"wset/database"}')], known), [
    '0.json:1:34: unknown region "wset"',
  ]);
  assert.deepEqual(messagesOf([rule('{"up":"databse"}')], known), ['0.json:1:34: unknown service "databse"']);
  assert.deepEqual(messagesOf([rule('{"up":"west/database"}')], known), []);
});

test('mistakes of all files are told at once', () => {
  assert.deepEqual(messagesOf([rule('{"upp":"db"}', 'a'), '{', rule('{"healthy":"db"}', 'b')]), [
    '0.json:1:29: unknown operator "upp"',
    '1.json:1:1: "{" is never closed',
    '2.json:1:28: the condition gives a number, not true or false',
  ]);
});

test('comments and a comma after the last item are fine', () => {
  const text = `// rules of the house
{ /* one */ "version": 3, "rules": [
  { "name": "r", "if": { "up": "db" }, // when
    "then": { "service": "wfe", "report": "down", "message": "see http://wiki // no comment" }, },
], }`;
  const loaded = loadRules([{ name: 'a.json', text }]);
  assert.ok(loaded.ok);
  assert.equal(loaded.rules.version, 3);
  assert.deepEqual(
    loaded.rules.rules.map(({ name, line, column }) => [name, line, column]),
    [['r', 3, 3]],
  );
});

test('the hash tells sets apart, whatever order the files come in', () => {
  const hash = (...files: readonly string[]) => {
    const loaded = loadRules(files.map((text) => ({ name: text.slice(10, 30), text })));
    assert.ok(loaded.ok);
    return loaded.rules.hash;
  };
  const one = rule('true', 'one');
  const two = rule('true', 'two');
  assert.equal(hash(one, two), hash(two, one));
  assert.notEqual(hash(one), hash(two));
  assert.match(hash(), /^[0-9a-f]{12}$/);
});
