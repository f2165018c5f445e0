/** Gathers what the state and the priority of a service are made of, and decides them anew where any of it has changed. */

import type { DecisionContext } from './context.ts';
import { equalPriority, equalState } from './equalViews.ts';
import { needsOf, needsStand } from './needs.ts';
import type { Outcomes } from './outcomes.ts';
import { decidePriority } from './priority.ts';
import { noWords } from './sortWords.ts';
import { decideState } from './state.ts';
import type { WordsInForce } from './words.ts';
import type { PriorityView, StateView, Work } from './work.ts';

export interface StateStep {
  /** Fills in the state of the service; all that it depends on has its own. */
  state(work: Work, context: DecisionContext): void;
  /** Fills in its priority; all services have their states. */
  priority(work: Work, context: DecisionContext): void;
}

const none: readonly (Work | undefined)[] = [];

export function createStateStep(wordsInForce: WordsInForce, outcomes: Outcomes): StateStep {
  function stateOf(work: Work, context: DecisionContext): StateView {
    const { name, previous } = work;
    const last = previous?.state;
    if (last !== undefined && work.isQuiet && !outcomes.isTouched(name) && needsStand(work, 'state', context))
      return last;
    const { world, structure } = context;
    const needs = needsOf(work, 'state', context);
    const said = wordsInForce((structure.words.get(name) ?? noWords).state);
    const now = decideState(work, needs, said, world.nowMs);
    return last !== undefined && equalState(last, now) ? last : now;
  }

  function priorityOf(work: Work, { world, structure }: DecisionContext): PriorityView {
    const { name, previous } = work;
    const { plan } = work.facts;
    const { region, regionPriority } = world.facts;
    const last = previous?.priority;
    const preferred =
      plan.prefers.length === 0 ? none : plan.prefers.map(({ service }) => world.works.get(service));
    const stands = preferred.every(
      (other) => other?.view === other?.previous?.view && other?.state === other?.previous?.state,
    );
    if (last?.regionPriority === regionPriority && work.isQuiet && stands && !outcomes.isTouched(name))
      return last;
    const said = wordsInForce((structure.words.get(name) ?? noWords).priority);
    const overriddenUp = work.around.override?.report === 'up';
    const now = decidePriority({ plan, region, regionPriority, preferred, said, overriddenUp });
    return last !== undefined && equalPriority(last, now) ? last : now;
  }

  return {
    state(work, context) {
      work.state = stateOf(work, context);
      if (work.state !== work.previous?.state) outcomes.touch(work.name, 'state');
    },

    priority(work, context) {
      work.priority = priorityOf(work, context);
      if (work.priority !== work.previous?.priority) outcomes.touch(work.name, 'priority');
    },
  };
}
