/** One decision under way, as its steps hand it on. */

import type { Structure } from './structure.ts';
import type { World } from './work.ts';

export interface DecisionContext {
  readonly world: World;
  readonly structure: Structure;
}
