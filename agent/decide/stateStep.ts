/** Gathers what the state and the priority of a service are made of, and decides them anew where any of it has changed. */

import type { Override } from '../model.ts';
import type { Part } from './factSources.ts';
import { createMemos } from './memo.ts';
import { decidePriority } from './priority.ts';
import { readFact } from './readFact.ts';
import { noWords } from './sortWords.ts';
import { decideState, type StateNeed } from './state.ts';
import type { Structure } from './structure.ts';
import type { Wake } from './wake.ts';
import type { WordsInForce } from './words.ts';
import type { PriorityView, StateView, Work, World } from './work.ts';

/** One decision under way. */
export interface DecisionContext {
  readonly world: World;
  readonly structure: Structure;
  readonly wake: Wake;
  readonly overrideOf: (service: string) => Override | undefined;
}

export interface StateStep {
  /** Fills in the state of the service; all that it depends on has its own. */
  state(context: DecisionContext, name: string): void;
  /** Fills in its priority; all services have their states. */
  priority(context: DecisionContext, name: string): void;
}

export function createStateStep(deps: {
  readonly wordsInForce: WordsInForce;
  /** Told when a part of a service has become another. */
  readonly touch: (service: string, part: Part) => void;
}): StateStep {
  const { wordsInForce, touch } = deps;
  const stateMemos = createMemos<StateView>();
  const priorityMemos = createMemos<PriorityView>();

  return {
    state({ world, structure }, name) {
      const work = world.works.get(name);
      if (work === undefined) return;
      const needs = stateNeeds(work, world, structure);
      const said = wordsInForce((structure.words.get(name) ?? noWords).state);
      const { before } = work;
      const key: unknown[] = [work.view, before?.state, before?.stateSinceMs, before?.stateWas, said];
      for (const need of needs)
        key.push(need.work?.state, need.reading?.value, need.reading?.sinceMs, need.reading?.note);
      work.state = stateMemos(name)(
        key,
        () => {
          touch(name, 'state');
          return decideState(work, needs, said, world.nowMs);
        },
        (last) =>
          last.sinceMs ===
          (before === undefined || before.state !== last.state ? world.nowMs : before.stateSinceMs),
      );
    },

    priority({ world, structure, overrideOf }, name) {
      const work = world.works.get(name);
      if (work === undefined) return;
      const { plan } = work.facts;
      const { region, regionPriority } = world.facts;
      const preferred = plan.prefers.map(({ service }) => world.works.get(service));
      const said = wordsInForce((structure.words.get(name) ?? noWords).priority);
      const overriddenUp = overrideOf(name)?.report === 'up';
      const key: unknown[] = [plan, region, regionPriority, overriddenUp, said];
      for (const other of preferred) key.push(other?.view, other?.state);
      work.priority = priorityMemos(name)(key, () => {
        touch(name, 'priority');
        return decidePriority({ plan, region, regionPriority, preferred, said, overriddenUp });
      });
    },
  };
}

/** What it depends on: services here, save those of a circle, and services elsewhere. */
function stateNeeds(work: Work, world: World, structure: Structure): readonly StateNeed[] {
  const local = structure.needs.get(work.name) ?? [];
  return work.facts.plan.dependsOn.flatMap((ref): StateNeed[] => {
    if (ref.region === undefined || ref.region === world.facts.region) {
      if (local.includes(ref.service))
        return [{ ref, work: world.works.get(ref.service), reading: undefined }];
      if (world.works.has(ref.service)) return [];
    }
    return [{ ref, work: undefined, reading: readNeed(ref, 'state', world) }];
  });
}

/** The state or report of what a service depends on; of any region, where the region is `*`: one that serves is enough. */
export function readNeed(
  ref: { readonly region?: string; readonly service: string },
  field: 'state' | 'report',
  world: World,
) {
  const place = () => undefined;
  if (ref.region !== '*') return readFact({ kind: 'service', ...ref, field, path: [] }, world, place).reading;
  const regions = [world.facts.region, ...Object.keys(world.facts.regions).toSorted()];
  const readings = regions.map(
    (region) =>
      readFact({ kind: 'service', region, service: ref.service, field, path: [] }, world, place).reading,
  );
  const inOrder = readings.toSorted((a, b) => merit(b.value) - merit(a.value));
  return inOrder[0] ?? { value: undefined };
}

/** Up is enough; unknown may be up; draining is better than down. */
function merit(value: unknown): number {
  return value === 'up' ? 3 : value === undefined ? 2 : value === 'drain' ? 1 : 0;
}
