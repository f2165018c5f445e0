/** The results of `msa test` as JUnit XML, the form that build servers read. */

import type { TrialResult } from '../decide/trial/runTrial.ts';
import { differenceText, type FileOfTests } from './testText.ts';

/** One suite for each file, one case for each test; a file that can't be run is a case with an error. */
export function junit(files: readonly FileOfTests[]): string {
  const suites = files.map(({ file, problems, results }) => {
    const failed = results.filter(({ differences }) => differences.length > 0).length;
    const cases = [
      ...results.map((result) => junitCase(file, result)),
      ...problems.map(
        ({ line, column, message, hint }) =>
          `    <testcase classname="${xml(file)}" name="the file can be run">\n      <error message="${xml(message)}">${xml(`${file}:${line}:${column}\n${hint}`)}</error>\n    </testcase>`,
      ),
    ];
    const counts = `tests="${cases.length}" failures="${failed}" errors="${problems.length}"`;
    return `  <testsuite name="${xml(file)}" ${counts}>\n${cases.join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function junitCase(file: string, { trial, differences }: TrialResult): string {
  const open = `    <testcase classname="${xml(file)}" name="${xml(trial.name)}"`;
  const [first] = differences;
  if (first === undefined) return `${open}/>`;
  const told = differences
    .map((difference) => differenceText(difference, (_style, text) => text, false))
    .join('\n\n');
  const message = `${first.what}: expected ${first.expected}, got ${first.got}`;
  return `${open}>\n      <failure message="${xml(message)}">${xml(told)}</failure>\n    </testcase>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text and attributes alike; control characters, which XML may not hold, are left out. */
function xml(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '').replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}
