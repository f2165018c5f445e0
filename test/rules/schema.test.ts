/** The schema of test files says what the reader says, so that an editor and `msa test` agree. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { parseJsonText, plainValue } from '../../agent/decide/rule/jsonText.ts';
import { readTrials } from '../../agent/decide/trial/readTrials.ts';
import type { Json } from '../../agent/model.ts';

const schema = z.fromJSONSchema(
  z.record(z.string(), z.json()).parse(JSON.parse(readFileSync('rules/test.schema.json', 'utf8'))),
);

function contentOf(text: string): Json {
  const parsed = parseJsonText(text);
  assert.ok(parsed.ok);
  return plainValue(parsed.root);
}

for (const file of globSync('rules/*.test.json')) {
  test(`${file} is as the schema of tests says, and names it`, () => {
    const text = readFileSync(file, 'utf8');
    assert.deepEqual(schema.safeParse(contentOf(text)).error?.issues ?? [], []);
    assert.match(text, /"\$schema": "\.\/test\.schema\.json"/);
  });
}

/** A file with everything that may be said. */
const everything = `{
  "$schema": "x", "rules": ["a.json"], "stack": null, "labels": { "db": { "msa.priority": 1 } }, "start": "2026-01-05T09:00:00Z",
  "settings": { "MSA_STALE_AFTER": "1s", "MSA_LOST_AFTER": "2s", "MSA_RELEASE_AFTER": "1s", "MSA_ON_ISOLATION": "keep", "MSA_REGION_PRIORITY": { "east": 1 } },
  "given": { "east": { "*": "up", "db": "2/3 write version=7" }, "west": "up" },
  "always": ["db up in at least 1 region"], "never": ["west/db drain", "webhook x"],
  "tests": [ { "name": "a", "rules": [], "at": [ { "t": "0s", "set": { "db": "silent" }, "cut": "west", "heal": ["east <> west"], "stop": "west",
    "start": "west", "override": { "east/db": "drain", "*": null }, "labels": { "db": { "msa.hold": "1s" } },
    "expect": { "db": "up only in east", "effects": [], "east/db": { "report": "up", "state": "up", "priority": 1, "eligible": true, "willing": true, "because": ["x"], "message": "y" } } } ] } ]
}`;

test('the schema and the reader know the same words', () => {
  assert.deepEqual(schema.safeParse(contentOf(everything)).error?.issues ?? [], []);
  const read = readTrials({ name: 'a.test.json', text: everything });
  assert.deepEqual(read.ok ? [] : read.problems, []);
});

for (const [good, bad] of [
  ['"cut": "west"', '"cutt": "west"'],
  ['"2/3 write version=7"', '"two of three"'],
  ['"t": "0s"', '"t": "0"'],
  ['"because": ["x"]', '"becuase": ["x"]'],
  ['"MSA_LOST_AFTER"', '"MSA_LOST"'],
  ['"db up in at least 1 region"', '"db is fine"'],
  ['"drain", "*"', '"off", "*"'],
  ['"db": "up only in east"', '"db": "on"'],
  ['"2026-01-05T09:00:00Z"', '"now"'],
] as const) {
  test(`both refuse ${bad} in place of ${good}`, () => {
    assert.ok(everything.includes(good));
    const text = everything.replace(good, bad);
    assert.equal(schema.safeParse(contentOf(text)).success, false, 'the schema');
    assert.equal(readTrials({ name: 'a.test.json', text }).ok, false, 'the reader');
  });
}
