/** The sums of several records, as a table for people. Pure. */

import type { Summary } from './record.ts';

export interface Row extends Summary {
  readonly failure: string;
  /** How long a limited service may be up nowhere. */
  readonly boundMs: number;
}

export function table(rows: readonly Row[]): readonly string[] {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const cells = rows.map((row) => [
    row.failure,
    `${row.answers}`,
    `${row.missing}`,
    `${row.changed.length}`,
    `${row.mostUpAtOnce}`,
    seconds(row.longestWithoutMs),
    seconds(row.boundMs),
  ]);
  const head = [
    'failure',
    'answers',
    'missing',
    'changed',
    'most regions up at once',
    'longest without',
    'bound',
  ];
  const lines = [head, ...cells];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join(' | '),
  );
}
