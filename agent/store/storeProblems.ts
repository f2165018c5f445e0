/** What is wrong with the store, for people. */

import { join } from 'node:path';
import type { Problem } from '../model.ts';
import { FILE } from './database.ts';
import type { Failure } from './failure.ts';

/** The file was broken, and was set aside under that name. */
export function brokenProblem(folder: string, name: string, { detail }: Failure): Problem {
  return {
    code: 'store-broken',
    message: `${join(folder, FILE)} can't be read (${detail}), so this agent has begun a new one.`,
    hint: `Check the disk of this node; the broken file is ${name} beside it, delete it when you have seen it.`,
  };
}

/** Nothing is stored right now. */
export function failureProblem(folder: string, { kind, detail }: Failure): Problem {
  const path = join(folder, FILE);
  switch (kind) {
    case 'full':
      return {
        code: 'store-full',
        message: `There is no space for ${path}, so this agent's last decision does not outlive a restart.`,
        hint: 'Make space on that disk or volume: storing goes on by itself.',
      };
    case 'denied':
      return {
        code: 'store-denied',
        message: `${path} can't be written (${detail}), so this agent's last decision does not outlive a restart.`,
        hint: 'Mount a volume at MSA_DATA that the user of MSA_USER may write: storing goes on by itself.',
      };
    case 'newer':
      return {
        code: 'store-newer',
        message: `${path} was written by a newer agent (${detail}), so this one leaves it alone and stores nothing.`,
        hint: 'Bring the agent to the newer version again, or delete the file and restart the agent.',
      };
    case 'broken':
    case 'other':
      return {
        code: 'store-failed',
        message: `${path} can't be used (${detail}), so this agent's last decision does not outlive a restart.`,
        hint: 'Check the disk, and that no other process uses the file; it is tried again every few seconds.',
      };
  }
}
