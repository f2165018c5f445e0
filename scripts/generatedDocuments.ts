/** Documents with parts that come from the code. A part stands between `<!-- generated: NAME -->` and `<!-- end -->`. */

import { readFileSync } from 'node:fs';
import { renderRulesReference } from '../agent/decide/reference.ts';
import { rulesSchema } from '../agent/decide/rule/schema.ts';
import { labelTable } from '../agent/discover/labelTable.ts';
import { openApi } from '../agent/report/openapi.ts';
import { settingsTable } from '../agent/settings/settingsTable.ts';

export interface GeneratedDocument {
  readonly path: string;
  readonly text: string;
}

const parts: Readonly<Record<string, () => string>> = {
  labels: () =>
    markdownTable(
      ['label', 'example', 'default', 'what it says'],
      labelTable.map((row) => [code(row.name), code(row.example), row.default, row.help]),
    ),
  settings: () =>
    markdownTable(
      ['setting', 'default', 'what it is for'],
      Object.values(settingsTable).map((row) => [
        code(row.name),
        row.default === undefined ? '(required)' : code(row.default),
        row.help,
      ]),
    ),
  endpoints: () => markdownTable(['request', 'answer'], endpoints()),
};

/** Every document that comes from the code, in part or whole, as it should be. */
export function generatedDocuments(): readonly GeneratedDocument[] {
  return [
    { path: 'README.md', text: fill(readFileSync('README.md', 'utf8')) },
    { path: 'rules/README.md', text: renderRulesReference() },
    { path: 'rules/schema.json', text: `${JSON.stringify(rulesSchema(), null, 2)}\n` },
  ];
}

function fill(text: string): string {
  return text.replace(/(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_all, start, name, end) => {
    const part = parts[String(name)];
    if (part === undefined)
      throw new Error(`no generator is called ${name}; known: ${Object.keys(parts).join(', ')}`);
    return `${start}${part()}\n${end}`;
  });
}

function endpoints(): readonly (readonly string[])[] {
  const document = openApi('');
  const paths = 'paths' in document ? document.paths : undefined;
  if (typeof paths !== 'object' || paths === null) return [];
  return Object.entries(paths).flatMap(([path, methods]: [string, unknown]) => {
    if (typeof methods !== 'object' || methods === null) return [];
    const named = Object.keys(methods).map((method) => method.toUpperCase());
    const [first]: readonly unknown[] = Object.values(methods);
    const summary =
      typeof first === 'object' && first !== null && 'summary' in first ? String(first.summary) : '';
    return [[code(`${named.join(', ')} ${path}`), summary]];
  });
}

function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
