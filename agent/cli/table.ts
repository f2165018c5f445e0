/** Text for a terminal: columns that line up, and colours only where somebody looks. */

import { styleText } from 'node:util';

export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Paints where the stream is a terminal that wants colours (`NO_COLOR` and `FORCE_COLOR` are heard). */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream, validateStream: true });
}

/** Rows as lines: each column as wide as its widest cell, two spaces between; the last one is not padded. */
export function table(
  rows: readonly (readonly string[])[],
  paint: (row: number, column: number, text: string) => string,
): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((cells, row) =>
      cells
        .map((cell, column) => {
          const gap = column === cells.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - cell.length + 2);
          return paint(row, column, cell) + gap;
        })
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
