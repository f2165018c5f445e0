/** What can go wrong with a file, told apart by what people should do about it. */

/**
 * `broken`: what the file holds can't be read; `full`: no space; `denied`: it may not be written, or its folder can't be had;
 * `newer`: a newer agent wrote it; `other`: busy, an error of the disk, and the like.
 */
export interface Failure {
  readonly kind: 'broken' | 'full' | 'denied' | 'newer' | 'other';
  /** In the words of who failed. */
  readonly detail: string;
}

/** By SQLite's primary result codes. Plain `1` is SQL that fails: these are not the tables that are expected. */
const kindBySqlite: Readonly<Record<number, Failure['kind']>> = {
  1: 'broken',
  3: 'denied',
  8: 'denied',
  11: 'broken',
  13: 'full',
  14: 'denied',
  23: 'denied',
  26: 'broken',
};

/** The shared memory beside a WAL could not grow: an error of the disk by its primary code, but it is space that lacks. */
const SHM_SIZE = 4874;

const kindBySystem: Readonly<Record<string, Failure['kind']>> = {
  EACCES: 'denied',
  EEXIST: 'denied',
  ENOENT: 'denied',
  ENOTDIR: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  EDQUOT: 'full',
  ENOSPC: 'full',
};

/** What was thrown by SQLite, the file system, or the reading of a document. */
export function failureOf(error: unknown): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof SyntaxError) return { kind: 'broken', detail };
  return { kind: kindOf(error) ?? 'other', detail };
}

function kindOf(error: unknown): Failure['kind'] | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number')
    return error.errcode === SHM_SIZE ? 'full' : kindBySqlite[error.errcode & 0xff];
  return 'code' in error && typeof error.code === 'string' ? kindBySystem[error.code] : undefined;
}
