/** What the agent says of itself: that it lives, and whether its answers mean something yet. */

import type { Picture } from '../model.ts';

/** The JSON body of /ready. */
export interface Readiness {
  readonly ready: boolean;
  readonly message: string;
  readonly node: string;
  readonly role: Picture['role'];
  readonly stale?: string;
}

/** Ready: the first complete discovery and the first probes are in, and something was decided from them. */
export function readiness({ self, role, decision, stale }: Picture): Readiness {
  const missing = !self.ready
    ? 'discovery or the first probes are still under way'
    : decision === undefined
      ? 'nothing is decided yet'
      : undefined;
  return {
    ready: missing === undefined,
    message: missing ?? 'answers come from a decision',
    node: self.node,
    role,
    ...(stale === undefined ? {} : { stale }),
  };
}

/** The JSON body of /live: the process runs and answers; nothing else is claimed. */
export function liveness({ self }: Picture): {
  readonly live: true;
  readonly node: string;
  readonly version: string;
} {
  return { live: true, node: self.node, version: self.version };
}
