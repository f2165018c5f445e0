/**
 * Runs benchmarks and prints what they found: `npm run bench [names]`, all of them without names.
 * Ends with 1 where a limit is broken.
 */

import type { BenchResult, BenchRow } from './benchResult.ts';
import { benchDecide } from './decide.ts';
import { benchLab } from './lab.ts';
import { benchLabRegions } from './labRegions.ts';
import { benchProbes } from './probes.ts';
import { benchRegions } from './regions.ts';
import { benchReport } from './report.ts';

const benches: Readonly<Record<string, () => Promise<BenchResult>>> = {
  probes: benchProbes,
  regions: benchRegions,
  report: benchReport,
  decide: benchDecide,
  lab: benchLab,
  'lab-regions': benchLabRegions,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(
    `No benchmark is called ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`,
  );
  process.exit(2);
}

let broken = 0;
for (const [name, bench] of Object.entries(benches)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const { rows } = await bench();
  broken += rows.filter(({ ok }) => !ok).length;
  console.log(`\n${name}`);
  for (const line of table(rows)) console.log(line);
}
console.log(broken === 0 ? '\nAll limits hold.' : `\n${broken} limits are broken.`);
process.exitCode = broken === 0 ? 0 : 1;

function table(rows: readonly BenchRow[]): readonly string[] {
  const cells = rows.map((row) => [
    row.ok ? ' ' : '✗',
    row.what,
    `${rounded(row.value)} ${row.unit}`,
    row.against === undefined ? '' : `${row.against.what}: ${rounded(row.against.value)} ${row.unit}`,
    row.ratio === undefined ? '' : `× ${rounded(row.ratio)}`,
    row.limit === undefined ? '' : `limit: ${row.limit}`,
  ]);
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
