/**
 * Where the agent starts as root, it keeps of root only what it needs: the group that may use Docker's socket. Everything
 * it must own is handed over before. Always run before anything listens or connects.
 */

import { chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from './model.ts';

/** Drops from root to `user`, with the group of the Docker socket. Does nothing where the agent is not root, or `user` is `0`. */
export function dropPrivileges(wish: {
  readonly user: string;
  readonly docker: string;
  readonly dataFolder: string;
  readonly log: Log;
}): void {
  if (process.getuid?.() !== 0 || wish.user === '0') return;
  const user = Number(wish.user);
  const groups = socketGroup(wish.docker);
  const handedOver = handOver(wish.dataFolder, user);
  process.setgroups?.([...groups]);
  process.setgid?.(user);
  process.setuid?.(user);
  wish.log.info({ user, groups, data: handedOver }, 'running unprivileged');
}

function socketGroup(docker: string): readonly number[] {
  if (!docker.startsWith('unix://')) return [];
  try {
    return [statSync(docker.slice('unix://'.length)).gid];
  } catch {
    // No socket yet: discovery says so to people; without its group it stays out of reach until a restart.
    return [];
  }
}

/** The data folder and what lies in it become the user's. Read-only or missing is no reason not to start: storing says so later. */
function handOver(folder: string, user: number): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    chownSync(folder, user, user);
    for (const name of readdirSync(folder)) chownSync(join(folder, name), user, user);
    return true;
  } catch {
    return false;
  }
}
