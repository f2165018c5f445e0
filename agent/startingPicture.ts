/** What an agent shows before it knows anything: itself, and that nothing is decided yet. */

import type { Picture } from './model.ts';

export function startingPicture(start: {
  readonly region: string;
  readonly version: string;
  readonly protocol: number;
  readonly startedAtMs: number;
}): Picture {
  const { region, ...about } = start;
  return {
    self: {
      ...about,
      node: '',
      hostname: '',
      manager: false,
      raftLeader: false,
      rulesVersion: 0,
      rulesHash: '',
      hears: [],
      managers: 0,
      ready: false,
      problems: [],
    },
    role: 'caretaker',
    facts: { region, regionPriority: 0, services: {}, regions: {}, overrides: {} },
    nodes: [],
    agents: [],
    problems: [],
  };
}
