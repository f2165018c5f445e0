/** The state of one service: from its instances, then what it depends on, then rules that set it. */

import type { Reason, ReasonInput, ServicePlan, State } from '../model.ts';
import { serviceName } from './catalogue.ts';
import type { Need } from './needs.ts';
import type { Said } from './said.ts';
import { wordReason } from './words.ts';
import type { Root, StateView, Work } from './work.ts';

interface Step {
  readonly state: State | undefined;
  readonly root: Root;
}

/** Decides the state. What nobody can tell right now stays as it was; without a before, it is unknown. */
export function decideState(
  work: Work,
  needs: readonly Need[],
  said: readonly Said[],
  nowMs: number,
): StateView {
  const { view, before, facts } = work;
  const reasons: Reason[] = [view.reason];
  let step: Step = { state: view.state, root: { service: work.name, cause: view.cause } };
  for (const need of needs) {
    const next = applyNeed(step, need, facts.plan);
    if (next === undefined) continue;
    step = next.step;
    reasons.push(next.reason);
  }
  for (const one of said) {
    const { state } = one.effect;
    if (state === undefined) continue;
    reasons.push(wordReason(one, state, { field: 'state', value: state }));
    step = { state, root: { service: work.name, cause: one.message ?? `rule ${one.outcome.rule.name}` } };
  }
  if (step.state === undefined && before !== undefined && before.state !== 'unknown')
    reasons.push(heldReason(work));
  const state = step.state ?? before?.state ?? 'unknown';
  const changed = before !== undefined && before.state !== state;
  return {
    state,
    sinceMs: before === undefined || changed ? nowMs : before.stateSinceMs,
    was: changed ? before.state : before?.stateWas,
    reasons,
    root: step.root,
  };
}

function applyNeed(
  step: Step,
  { ref, work, reading }: Need,
  plan: ServicePlan,
): { readonly step: Step; readonly reason: Reason } | undefined {
  const name = serviceName(ref);
  const word = work === undefined ? reading?.value : work.state?.state;
  const state: State = word === 'up' || word === 'down' ? word : 'unknown';
  const input: ReasonInput = {
    fact: `${name}.state`,
    value: state,
    ...(work?.state === undefined
      ? {
          ...(reading?.sinceMs === undefined ? {} : { sinceMs: reading.sinceMs }),
          ...(reading?.note === undefined ? {} : { note: reading.note }),
        }
      : { sinceMs: work.state.sinceMs }),
  };
  if (state === 'up') return undefined;
  const root = work?.state?.root ?? { service: name, cause: reading?.note ?? `it is ${state}` };
  const sets = step.state !== 'down' && (state === 'down' || step.state === 'up');
  const value = state === 'down' ? 'down' : undefined;
  return {
    step: sets ? { state: value, root } : step,
    reason: {
      step: 'dependency',
      source: `label msa.depends-on of ${plan.name}`,
      says: `${state === 'down' ? 'down' : 'in doubt'} because ${name} is ${state}${tellRoot(name, root)}`,
      ...(sets && value !== undefined ? { sets: { field: 'state', value } } : {}),
      inputs: [input],
    },
  };
}

/** What is at the bottom of it, in brackets: with its name, where it is not what was just named. */
export function tellRoot(name: string, root: Root): string {
  return root.service === name ? ` (${root.cause})` : ` (${root.service}: ${root.cause})`;
}

function heldReason({ name, before }: Work): Reason {
  return {
    step: 'hold',
    source: 'the decision before',
    says: `stays ${before?.state ?? 'unknown'}: nobody can tell right now`,
    sets: { field: 'state', value: before?.state ?? 'unknown' },
    inputs:
      before === undefined
        ? []
        : [{ fact: `${name}.state`, value: before.state, sinceMs: before.stateSinceMs }],
  };
}
