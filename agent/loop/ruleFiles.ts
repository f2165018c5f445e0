/**
 * The rule files on disk, read at start and again whenever one changes. Polled by size, time and inode, since watching
 * misses the swaps by link that orchestrators do. What the files mean is not its business.
 */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Clock } from '../model.ts';

export interface RuleFile {
  /** Path below the folder, with `/`. */
  readonly name: string;
  readonly text: string;
}

export type RuleFilesRead =
  | { readonly ok: true; readonly files: readonly RuleFile[] }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** More than this is no rule set but a mistake; reading it would stop the agent from answering. */
const mostBytes = 32 * 1024 * 1024;

/** Reads every `*.json` below the folder, in the order of their names; leaves out tests and the schema. A missing folder holds no rules. */
export async function readRuleFiles(folder: string): Promise<RuleFilesRead> {
  try {
    const entries = await listRuleFiles(folder);
    const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
    if (bytes > mostBytes) {
      return {
        ok: false,
        message: `the rule files in ${folder} have ${bytes} bytes together`,
        hint: `keep them under ${mostBytes} bytes: is something else in that folder?`,
      };
    }
    const files = await Promise.all(
      entries.map(async ({ path }) => ({ name: relative(folder, path), text: await readFile(path, 'utf8') })),
    );
    return { ok: true, files };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      message: `the rule files can't be read: ${why}`,
      hint: 'make them readable for the agent',
    };
  }
}

/** Looks every `everyMs` whether the files changed, and calls back with the new ones. The first call comes with the first look. */
export function followRuleFiles(wish: {
  readonly folder: string;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly onChange: (read: RuleFilesRead) => void;
}): Disposable {
  let seen: string | undefined;
  let cancel: (() => void) | undefined;
  let stopped = false;

  async function look(): Promise<void> {
    const signature = await sign(wish.folder);
    if (signature !== seen) {
      const read = await readRuleFiles(wish.folder);
      if (stopped) return;
      seen = signature;
      wish.onChange(read);
    }
    if (!stopped) cancel = wish.clock.after(wish.everyMs, () => void look());
  }

  void look();
  return {
    [Symbol.dispose]() {
      stopped = true;
      cancel?.();
    },
  };
}

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly sign: string;
}

async function listRuleFiles(folder: string): Promise<readonly Entry[]> {
  const found = await readdir(folder, { recursive: true }).catch(missingIsEmpty);
  const names = found
    .filter((name) => name.endsWith('.json') && !name.endsWith('.test.json') && !name.endsWith('schema.json'))
    .filter((name) => !name.split('/').some((step) => step.startsWith('.')))
    .toSorted();
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const { size, mtimeMs, ino } = await stat(path);
      return { path, size, sign: `${name} ${size} ${mtimeMs} ${ino}` };
    }),
  );
}

function missingIsEmpty(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}

async function sign(folder: string): Promise<string> {
  try {
    return (await listRuleFiles(folder)).map((entry) => entry.sign).join('\n');
  } catch (error) {
    return `unreadable: ${String(error)}`;
  }
}
