import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generatedDocuments } from '../scripts/generatedDocuments.ts';

for (const { path, text } of generatedDocuments()) {
  test(`${path} says what the code says (else run \`npm run generate\`)`, () => {
    assert.equal(readFileSync(path, 'utf8'), text);
  });
}
