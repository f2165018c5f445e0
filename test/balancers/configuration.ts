/** The configurations that the documents show, with a test's own addresses and ports in place of the examples. */

import { readFileSync } from 'node:fs';

/** Replaces every occurrence of each example, in the order given; an example that is not there fails the test. */
export function configuration(file: string, replacements: readonly (readonly [string, string])[]): string {
  const shown = readFileSync(`docs/load-balancers/${file}`, 'utf8');
  return replacements.reduce((text, [example, own]) => {
    if (!text.includes(example)) throw new Error(`${file} does not say ${example} any more`);
    return text.replaceAll(example, own);
  }, shown);
}
