/** The files beside the pages (style, script, icon): read once at start, served under names that change with their content. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const types = {
  'style.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

type WebFileName = keyof typeof types;

interface WebFile {
  readonly name: WebFileName;
  readonly type: string;
  readonly content: Buffer;
}

export interface WebFiles {
  readonly all: readonly WebFile[];
  /** Where a page finds it: `/web/style.css?v=<hash>`. */
  url(name: WebFileName): string;
}

/** Throws where a file is missing: then the agent was not installed whole. */
export function readWebFiles(): WebFiles {
  const all = [read('style.css'), read('page.js'), read('icon.svg')];
  const urls = new Map(all.map(({ name, content }) => [name, `/web/${name}?v=${shortHash(content)}`]));
  return { all, url: (name) => urls.get(name) ?? `/web/${name}` };
}

function read(name: WebFileName): WebFile {
  return { name, type: types[name], content: readFileSync(join(import.meta.dirname, 'web', name)) };
}

function shortHash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
