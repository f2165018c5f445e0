/** What the documents on load balancers show is what the tests try. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';

const folder = 'docs/load-balancers';
const documents = globSync(`${folder}/*.md`).map((path) => readFileSync(path, 'utf8'));

for (const path of globSync(`${folder}/*.{cfg,conf,json}`).toSorted()) {
  test(`${basename(path)} stands in a document as it is`, () => {
    const shown = `\n${readFileSync(path, 'utf8')}\`\`\`\n`;
    assert.ok(
      documents.some((text) => text.includes(shown) && text.includes(`(${basename(path)})`)),
      `no document in ${folder} links ${basename(path)} and shows it word for word`,
    );
  });
}
