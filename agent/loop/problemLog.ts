/** Tells the log of problems: once when one comes, once when it goes. */

import type { Log, Problem } from '../model.ts';

/** To be called with all problems there are; gives them back, each once. */
export function createProblemLog(log: Log): (now: readonly Problem[]) => readonly Problem[] {
  let before = new Map<string, Problem>();
  return (now) => {
    const current = new Map(now.map((problem) => [keyOf(problem), problem]));
    for (const [key, { code, service, message, hint }] of current) {
      if (!before.has(key)) log.warn({ problem: code, service }, `${message} ${hint}`);
    }
    for (const [key, { code, service, message }] of before) {
      if (!current.has(key)) log.info({ problem: code, service }, `no longer: ${message}`);
    }
    before = current;
    return [...current.values()];
  };
}

function keyOf({ code, service, message }: Problem): string {
  return `${code} ${service ?? ''} ${message}`;
}
