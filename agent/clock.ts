/** The real clock: the one place that reads the machine's time and sets its timers. */

import type { Clock } from './model.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
