/** The house rules that no other tool checks: who may import whom, who may touch the world, and how large a thing may grow. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

/** Words and measures that every room may use. */
const ground = ['agent/model.ts', 'agent/duration.ts', 'agent/nearest.ts'];

const compositionRoots = ['agent/main.ts', 'agent/cli.ts'];

/** These folders tie rooms together. */
const knots = ['cli', 'loop', 'settings'];

/** The few files that may touch the world directly; everything else is handed a clock, a log, a socket. */
const world: readonly {
  readonly what: string;
  readonly pattern: RegExp;
  readonly allowed: readonly RegExp[];
}[] = [
  {
    what: 'the clock',
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bset(?:Timeout|Interval)\(|\bperformance\.now\(/,
    allowed: [/^agent\/clock\.ts$/, /^agent\/report\/web\//],
  },
  {
    what: 'randomness',
    pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/,
    allowed: [/^agent\/main\.ts$/, /^agent\/cli\/(?:keys|token)\.ts$/],
  },
  {
    what: 'the environment',
    pattern: /\bprocess\.env\b/,
    allowed: [/^agent\/settings\/settings\.ts$/, /^agent\/cli\//],
  },
  {
    what: 'the console',
    pattern: /\bconsole\.|\bprocess\.std(?:out|err)\b/,
    allowed: [/^agent\/cli\.ts$/, /^agent\/cli\//, /^agent\/report\/web\//],
  },
];

const mostLinesInFile = 350;
const mostLinesInFunction = 70;

const files = globSync('agent/**/*.{ts,js}').toSorted();
const read = (file: string) => readFileSync(file, 'utf8');

function importsOf(file: string): readonly string[] {
  const found = read(file).matchAll(/^\s*(?:import|export)\b[^;]*?from\s+'(\.[^']+)'/gms);
  return [...found].map((match) => normalize(join(dirname(file), match[1] ?? '')));
}

/** The folder directly under agent/; nothing for the files that stand there themselves. */
function roomOf(file: string): string | undefined {
  return /^agent\/([^/]+)\//.exec(file)?.[1];
}

test('a room imports its own files and the ground, and no other room', () => {
  const strays = files.flatMap((file) => {
    const room = roomOf(file);
    if (room === undefined || knots.includes(room)) return [];
    return importsOf(file)
      .filter((target) => roomOf(target) !== room && !ground.includes(target))
      .map((target) => `${file} imports ${target}`);
  });
  assert.deepEqual(strays, []);
});

test('nothing imports the composition roots', () => {
  const strays = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => compositionRoots.includes(target) && !/^agent\/cli(\.ts|\/)/.test(file))
      .map((target) => `${file} imports ${target}`),
  );
  assert.deepEqual(strays, []);
});

test('files of a room do not import each other in a circle', () => {
  const open = new Set<string>();
  const done = new Set<string>();
  const circles: string[] = [];
  function visit(file: string, path: readonly string[]): void {
    if (done.has(file)) return;
    if (open.has(file)) {
      circles.push([...path, file].join(' -> '));
      return;
    }
    open.add(file);
    for (const target of importsOf(file)) visit(target, [...path, file]);
    open.delete(file);
    done.add(file);
  }
  for (const file of files) if (file.endsWith('.ts')) visit(file, []);
  assert.deepEqual(circles, []);
});

for (const { what, pattern, allowed } of world) {
  test(`only named files touch ${what}`, () => {
    const strays = files
      .filter((file) => !allowed.some((name) => name.test(file)))
      .flatMap((file) =>
        read(file)
          .split('\n')
          .flatMap((line, index) => (pattern.test(stripComment(line)) ? [`${file}:${index + 1}`] : [])),
      );
    assert.deepEqual(strays, []);
  });
}

test('the pure part knows no input or output', () => {
  const strays = globSync('agent/decide/**/*.ts').flatMap((file) =>
    [...read(file).matchAll(/from '(node:[^']+|axios|undici|express|dockerode|bunyan)'/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => !['node:crypto', 'node:assert'].includes(name))
      .map((name) => `${file} imports ${name}`),
  );
  assert.deepEqual(strays, []);
});

test(`no file is longer than ${mostLinesInFile} lines`, () => {
  const long = files
    .filter((file) => file !== 'agent/model.ts')
    .map((file) => ({ file, lines: read(file).split('\n').length }))
    .filter(({ lines }) => lines > mostLinesInFile);
  assert.deepEqual(long, []);
});

test(`no function is longer than ${mostLinesInFunction} lines, save the makers of objects`, () => {
  const long = files.flatMap((file) => longFunctions(file));
  assert.deepEqual(long, []);
});

test('every file says first what it is for', () => {
  const silent = files.filter((file) => !/^(#!.*\n)?\/\*\*/.test(read(file)));
  assert.deepEqual(silent, []);
});

/** Top-level functions, found by the formatter's layout: from `function` at the margin to the next `}` there. `createX` holds others. */
function longFunctions(file: string): readonly string[] {
  const lines = read(file).split('\n');
  return lines.flatMap((line, index) => {
    const name = /^(?:export )?(?:async )?function\*? (\w+)/.exec(line)?.[1];
    if (name === undefined || /^create[A-Z]/.test(name)) return [];
    const length = lines.slice(index).indexOf('}') + 1;
    return length > mostLinesInFunction ? [`${file}: ${name} has ${length} lines`] : [];
  });
}

function stripComment(line: string): string {
  return line.replace(/^\s*(\*|\/\/|\/\*).*/, '').replace(/\s\/\/ .*/, '');
}
