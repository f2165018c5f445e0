/**
 * Sees to it that a lab ends with its maker, however the maker ends: a process of its own waits on a pipe that only the
 * maker holds open, and takes the lab down when it closes. So Ctrl-C, a crash and SIGKILL leave nothing behind.
 */

import { spawn } from 'node:child_process';
import path from 'node:path';

export interface Keeper {
  /** The lab shall stay, or is gone already: the keeper ends without doing anything. */
  dismiss(): void;
}

export function startKeeper(lab: string): Keeper {
  const command = path.join(import.meta.dirname, 'cli.ts');
  const child = spawn(
    'sh',
    ['-c', 'read -r nothing; exec "$0" "$1" down --lab "$2"', process.execPath, command, lab],
    // Detached, so that a Ctrl-C meant for the maker does not end it as well.
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  child.unref();
  return {
    dismiss: () => {
      child.kill('SIGKILL');
      child.stdin.destroy();
    },
  };
}
