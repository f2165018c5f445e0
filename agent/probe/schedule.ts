/**
 * A cron expression as a yes-or-no question about an instant. Pure: node-cron's matcher is used, its timers never run.
 *
 * Always holds: expressions are read in UTC, so that agents in different time zones agree.
 */

import { createTask, parse } from 'node-cron';

export interface Schedule {
  /** How far apart the instants are that can match: a minute, or a second for an expression with seconds. */
  readonly stepMs: number;
  /** Does this instant, a whole number of steps, match? */
  matches(atMs: number): boolean;
}

/** Reads a cron expression of five or six fields; undefined where it is not one. */
export function scheduleOf(expression: string): Schedule | undefined {
  try {
    const task = createTask(expression, () => {}, { timezone: 'UTC' });
    // Taken off node-cron's own list again: only the matcher is wanted, and it outlives the task.
    task.destroy();
    const onlyFullMinutes = parse(expression).second.every((second) => second === 0);
    return { stepMs: onlyFullMinutes ? 60_000 : 1_000, matches: (atMs) => task.match(new Date(atMs)) };
  } catch {
    return undefined;
  }
}
