/** The table of settings as text for `msa agent --help`. */

import { settingsTable } from '../settings/settingsTable.ts';
import { table } from './table.ts';

/** One line a setting: name, default, what it is for. */
export function describeSettings(): string {
  const rows = Object.values(settingsTable).map(({ name, default: value, help }) => [
    `  ${name}`,
    value === undefined ? '(required)' : value,
    help,
  ]);
  return `${table(rows, (_row, _column, text) => text)}

Each may also be given as <NAME>_FILE: the path of a file that holds the value, for secrets.
An unknown MSA_* name or a bad value stops the start; everything that is wrong is said at once.`;
}
