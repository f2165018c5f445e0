/** The commands do what their help says: what they print, and how they end. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { explainService } from '../../agent/cli/explain.ts';
import { runSimulation, simulationText } from '../../agent/cli/simulate.ts';
import { runTests } from '../../agent/cli/test.ts';
import { testText } from '../../agent/cli/testText.ts';
import { validate } from '../../agent/cli/validate.ts';
import { facts, noRules, on, region, remote, service, startMs } from '../decide/make.ts';
import { type Listening, listen } from '../report/listening.ts';
import { picture } from '../report/picture.ts';

const folder = await mkdtemp(join(tmpdir(), 'msa-cli-'));
after(() => rm(folder, { recursive: true }));

const plain = (_style: unknown, text: string): string => text;

async function file(name: string, content: object | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const rulesFile = await file('own.json', {
  version: 3,
  rules: [{ name: 'r', if: { up: 'db' }, else: { service: 'app', report: 'down', message: 'app needs db' } }],
});
const expecting = (report: string) => ({
  given: { east: { app: 'up', db: 'down' } },
  tests: [
    { name: 'first <one>', at: [{ t: '5s', expect: { app: { report, because: 'app needs db' } } }] },
    { name: 'second', at: [{ t: '0s', expect: { db: 'down' } }] },
  ],
});
const good = await file('own.test.json', expecting('down'));
const failing = await file('failing.test.json', { rules: ['own.json'], ...expecting('up') });

const urlOf = ({ front }: Listening): string => `http://127.0.0.1:${front.port}`;

/** Runs the real command; its exit code and what it printed. */
function msa(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['agent/cli.ts', ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

test('msa test ends with 0 where all tests pass, and writes JUnit XML where asked', async () => {
  const xml = join(folder, 'out.xml');
  const { code, output } = await msa('test', good, '--junit', xml);
  assert.deepEqual([code, output.includes('✓ first <one>'), output.includes('2 passed')], [0, true, true]);
  const written = await readFile(xml, 'utf8');
  assert.match(written, /<testsuite name="[^"]*own\.test\.json" tests="2" failures="0" errors="0">/);
  assert.match(written, /name="first &lt;one&gt;"\/>/);
});

test('msa test ends with 1 where one fails, and shows what was expected, what came, and why', async () => {
  const { code, output } = await msa('test', failing);
  assert.equal(code, 1);
  assert.match(
    output,
    /✗ first <one>\n {4}at 5s, east\/app .*failing\.test\.json:1:\d+\n {6}expected {2}report up\n {6}got {7}report down\n/,
  );
  assert.match(output, /rule {8}report down: app needs db {2}\[rule r/);
  assert.match(output, /1 passed, 1 failed/);
});

test('msa test runs only tests whose name has the filter in it, and none at all is no success', async () => {
  const [only] = await runTests([failing], 'SECOND');
  assert.deepEqual(
    only?.results.map(({ trial }) => trial.name),
    ['second'],
  );
  const { code, output } = await msa('test', good, '--filter', 'no such name');
  assert.deepEqual([code, output], [1, 'no test has such a name\n']);
});

test('a file of tests that is broken is told with its place, and the others run', async () => {
  const broken = await file('broken.test.json', { tests: [{ nam: 'x', at: [] }] });
  const text = testText(await runTests([broken, good], undefined), plain, false);
  assert.match(text, /broken\.test\.json:1:12: unknown key "nam" in a test\n {6}did you mean "name"\?/);
  assert.match(text, /2 passed, 1 of 2 files could not be run/);
});

test('what a command is told of and is not there is told, with what to name instead', async () => {
  assert.deepEqual(await msa('test', join(folder, 'nowhere')), {
    ...{
      code: 2,
      output: `${join(folder, 'nowhere')} is not there\nName files *.test.json, or folders that hold some.\n`,
    },
  });
});

test('msa validate warns of what is odd, and ends with 1 for it only where it shall be strict', async () => {
  const odd = await file(
    'odd.json',
    '{ "rules": [{ "name": "o", "if": { "and": [{ "up": "a" }, { "!": { "up": "a" } }] }, "then": { "service": "b", "report": "down" } }] }',
  );
  const { text, valid, warnings } = await validate([odd], {}, plain);
  assert.deepEqual([valid, warnings], [true, 1]);
  assert.match(text, /odd\.json:1:\d+: warning: rule o: the condition is never true/);
  assert.equal((await msa('validate', odd)).code, 0);
  assert.equal((await msa('validate', odd, '--strict')).code, 1);
});

const known = facts([service('db'), service('app', 'healthy', { ...on('db'), maxRegions: 1 })], {
  regions: [region('west', { app: remote({ priority: 100 }) })],
});

test('msa validate asks an agent which services there are', async () => {
  await using agent = await listen(picture({ services: Object.values(known.services), facts: known }));
  assert.equal((await validate([rulesFile], { url: urlOf(agent) }, plain)).valid, true);
  const strange = await file(
    'strange.json',
    '{ "rules": [{ "name": "s", "if": { "up": "wst/app" }, "then": { "service": "ap", "report": "down" } }] }',
  );
  const { text, valid } = await validate([strange], { url: urlOf(agent) }, plain);
  assert.equal(valid, false);
  assert.match(text, /unknown region "wst"\n {2}did you mean "west"\?/);
  assert.match(text, /unknown service "ap"\n {2}did you mean "app"\?/);
});

test('msa simulate shows what would change on the facts of an agent, and warns where its rules are others', async () => {
  await using agent = await listen(
    picture({ services: Object.values(known.services), facts: known, memory: { services: {}, rules: {} } }),
  );
  const options = { set: ['west/app.state=down'], url: urlOf(agent), rules: [rulesFile], ahead: '1h' };
  const text = simulationText(await runSimulation(options), options.set, plain, false);
  assert.match(
    text,
    /^In east, with west\/app\.state=down, this would change:\n\nAt once:\n {2}app: down → up\n/,
  );
  assert.match(text, /! The agent does not have these very files in force/);
});

test('msa simulate and msa explain take facts from a file', async () => {
  const saved = await file('facts.json', {
    facts: known,
    atMs: startMs,
    rules: { version: 0, hash: noRules.hash },
  });
  const { code, output } = await msa(
    'simulate',
    '--facts',
    saved,
    '--set',
    'db.state=down',
    '--rules',
    rulesFile,
    '--json',
  );
  assert.equal(code, 0);
  const simulation: unknown = JSON.parse(output);
  assert.match(JSON.stringify(simulation), /"service":"db","from":\{"state":"up"/);
  const explained = await explainService('app', { url: '', facts: saved, rules: [] }, plain, false);
  assert.match(explained, /^app is down in east \(state up/);
  await assert.rejects(explainService('ap', { url: '', facts: saved, rules: [] }, plain, false), {
    hint: 'Did you mean "app"?',
  });
});

test('msa explain shows what the agent says, and what is wrong', async () => {
  await using agent = await listen(picture({ stale: 'from disk' }));
  const text = await explainService('wfe', { url: urlOf(agent), rules: [] }, plain, false);
  assert.match(text, /! This decision may be old: from disk/);
  await assert.rejects(explainService('nosuch', { url: urlOf(agent), rules: [] }, plain, false), {
    exitCode: 1,
  });
});

test('msa explain paints the agent’s reasons on a terminal, and shows the words of an agent that it can’t read', async () => {
  const step = { step: 'instances', source: 'probes', says: 'down: 0 of 2 are healthy', inputs: [] };
  const head = { service: 'wfe', region: 'east', state: 'down', report: 'down', priority: 0, message: '' };
  const tree = { ...head, stateSinceMs: 0, reportSinceMs: 0, steps: [{ reason: step, because: [] }] };
  const textIn = async (explained: object, color: boolean): Promise<string> => {
    await using agent = await listen(picture({}), {
      explain: () => ({ tree: explained, text: 'its words' }),
    });
    return await explainService('wfe', { url: urlOf(agent), rules: [] }, plain, color);
  };
  assert.ok((await textIn(tree, true)).startsWith('\u001b[1mwfe\u001b[0m is \u001b[31mdown'));
  assert.match(
    await textIn(tree, false),
    /^wfe is down in east .*\n└─ instances {3}down: 0 of 2 are healthy/,
  );
  assert.match(await textIn({ ...tree, steps: 'of tomorrow' }, true), /^its words/);
});

test('an address that is none is told as such', async () => {
  const { code, output } = await msa('explain', 'wfe', '--url', 'node1:7070');
  assert.deepEqual(
    [code, output],
    [2, '"node1:7070" is no address of an agent\nWrite it as in --url http://node:7070\n'],
  );
});

test('colours are for terminals only', async () => {
  const { output } = await msa('test', failing);
  assert.ok(!output.includes('\u001b['));
});

for (const command of ['validate', 'test', 'explain', 'simulate']) {
  test(`msa ${command} --help says what it takes`, async () => {
    const { code, output } = await msa(command, '--help');
    assert.equal(code, 0);
    assert.match(output, new RegExp(`^Usage: msa ${command}`));
  });
}
