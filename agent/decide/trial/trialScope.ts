/** What reading a file of trials carries along: where to complain, and the regions that the trial has. */

import type { Complain } from '../rule/readingScope.ts';
import type { Where } from './trial.ts';

export interface TrialScope {
  readonly complain: Complain;
  readonly whereOf: (at: number) => Where;
  /** The regions of the trial; none at the top of a file, where nobody knows yet. */
  readonly regions: readonly string[];
}

export function complainOfDuration(text: string, at: number, { complain }: TrialScope): void {
  complain(at, `"${text}" is no length of time`, 'write it as in "20s", "500ms" or "1m30s"');
}
