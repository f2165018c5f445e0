import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { followRuleFiles, type RuleFilesRead, readRuleFiles } from '../../agent/loop/ruleFiles.ts';
import type { Clock } from '../../agent/model.ts';

function folder(t: { after(then: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'msa-rules-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A clock whose next look a test asks for. */
function handClock(): Clock & { turn(): void } {
  let due: (() => void) | undefined;
  return {
    now: () => 0,
    after(_ms, then) {
      due = then;
      return () => {
        due = undefined;
      };
    },
    turn() {
      due?.();
    },
  };
}

test('rule files are read in the order of their names, without tests, schema and hidden files', async (t) => {
  const rules = folder(t);
  mkdirSync(join(rules, 'more'));
  for (const name of [
    'b.json',
    'a.json',
    'a.test.json',
    'schema.json',
    '.hidden.json',
    'note.md',
    'more/c.json',
  ]) {
    writeFileSync(join(rules, name), name);
  }
  const read = await readRuleFiles(rules);
  assert.ok(read.ok);
  assert.deepEqual(
    read.files.map(({ name }) => name),
    ['a.json', 'b.json', 'more/c.json'],
  );
});

test('a missing folder holds no rules', async (t) => {
  assert.deepEqual(await readRuleFiles(join(folder(t), 'none')), { ok: true, files: [] });
});

test('a file of 50 MB is refused before it is read', async (t) => {
  const rules = folder(t);
  writeFileSync(join(rules, 'huge.json'), '');
  truncateSync(join(rules, 'huge.json'), 50 * 1024 * 1024);
  const read = await readRuleFiles(rules);
  assert.ok(!read.ok);
  assert.match(read.message, /52428800 bytes/);
});

test('a swap of a linked folder is seen, and no change is told twice', async (t) => {
  const rules = folder(t);
  for (const version of ['one', 'two']) {
    mkdirSync(join(rules, version));
    writeFileSync(join(rules, version, 'r.json'), version);
  }
  symlinkSync('one', join(rules, 'data'));
  const clock = handClock();
  const heard: RuleFilesRead[] = [];
  const waiting: (() => void)[] = [];
  const next = () => new Promise<void>((resolve) => waiting.push(resolve));
  const first = next();
  using _ = followRuleFiles({
    folder: join(rules, 'data'),
    everyMs: 1000,
    clock,
    onChange(read) {
      heard.push(read);
      waiting.shift()?.();
    },
  });
  await first;
  await new Promise(setImmediate);
  clock.turn();
  await new Promise(setImmediate);
  symlinkSync('two', join(rules, 'new'));
  renameSync(join(rules, 'new'), join(rules, 'data'));
  const second = next();
  clock.turn();
  await second;
  assert.deepEqual(
    heard.map((read) => (read.ok ? read.files[0]?.text : read.message)),
    ['one', 'two'],
  );
});
