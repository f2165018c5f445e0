/** What people would see change between two pictures. Pure; what is the same object in both is not looked into. */

import type { Picture, Report, State, Verdict } from '../model.ts';
import { own } from './serviceName.ts';

/** A service whose verdict reads otherwise now. `report` and `state` are absent where the service is gone. */
interface VerdictChange {
  readonly service: string;
  readonly report?: Report;
  readonly state?: State;
  readonly message: string;
  readonly before?: { readonly report: Report; readonly state: State };
}

export interface PictureChanges {
  readonly verdicts: readonly VerdictChange[];
  /** Something else that is shown: instances, agents, nodes, regions, problems, this agent's role. */
  readonly other: boolean;
}

export function changesBetween(before: Picture, after: Picture): PictureChanges {
  if (before === after) return { verdicts: [], other: false };
  return { verdicts: verdictChanges(before, after), other: otherwiseDiffers(before, after) };
}

function verdictChanges(before: Picture, after: Picture): readonly VerdictChange[] {
  const old = before.decision?.verdicts;
  const now = after.decision?.verdicts;
  if (old === now) return [];
  const names = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})]);
  return [...names].flatMap((name) => {
    const was = own(old, name);
    const is = own(now, name);
    return was === is || (was !== undefined && is !== undefined && readsTheSame(was, is))
      ? []
      : [changeOf(name, was, is)];
  });
}

function readsTheSame(one: Verdict, other: Verdict): boolean {
  return one.report === other.report && one.state === other.state && one.message === other.message;
}

function changeOf(service: string, was: Verdict | undefined, is: Verdict | undefined): VerdictChange {
  return {
    service,
    ...(is === undefined
      ? { message: 'no longer there' }
      : { report: is.report, state: is.state, message: is.message }),
    ...(was === undefined ? {} : { before: { report: was.report, state: was.state } }),
  };
}

function otherwiseDiffers(before: Picture, after: Picture): boolean {
  return (
    before.role !== after.role ||
    before.leader !== after.leader ||
    before.stale !== after.stale ||
    differs(before.self, after.self) ||
    differs(before.problems, after.problems) ||
    differs(before.decision?.problems, after.decision?.problems) ||
    differs(before.agents, after.agents) ||
    differs(before.nodes, after.nodes) ||
    differs(before.facts.overrides, after.facts.overrides) ||
    recordDiffers(before.facts.regions, after.facts.regions) ||
    recordDiffers(before.facts.services, after.facts.services)
  );
}

/** Entry by entry, since most entries of a new picture are the old one's objects. */
function recordDiffers<T>(before: Readonly<Record<string, T>>, after: Readonly<Record<string, T>>): boolean {
  if (before === after) return false;
  const names = Object.keys(after);
  return (
    names.length !== Object.keys(before).length ||
    names.some((name) => differs(own(before, name), own(after, name)))
  );
}

function differs(one: unknown, other: unknown): boolean {
  return one !== other && JSON.stringify(one) !== JSON.stringify(other);
}
