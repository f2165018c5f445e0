/**
 * Writes the parts of documents that come from the code: the README's tables and the rules' reference. Run by
 * `npm run generate`; `npm test` fails where a document is not what this would write.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { generatedDocuments } from './generatedDocuments.ts';

for (const { path, text } of generatedDocuments()) {
  if (readFileSync(path, 'utf8') === text) continue;
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}
