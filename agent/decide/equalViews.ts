/** Are two views alike in all they say? Then the older one is kept, and what is made of it stands. */

import type { Reason, ReasonInput } from '../model.ts';
import { equalJson } from './equalJson.ts';
import type { PriorityView, ReportView, Root, StateView } from './work.ts';

export function equalState(one: StateView, other: StateView): boolean {
  return (
    one.state === other.state &&
    one.sinceMs === other.sinceMs &&
    one.was === other.was &&
    equalRoot(one.root, other.root) &&
    equalReasons(one.reasons, other.reasons)
  );
}

export function equalPriority(one: PriorityView, other: PriorityView): boolean {
  return (
    one.priority === other.priority &&
    one.regionPriority === other.regionPriority &&
    equalReasons(one.reasons, other.reasons)
  );
}

export function equalReport(one: ReportView, other: ReportView): boolean {
  return (
    one.report === other.report &&
    one.sinceMs === other.sinceMs &&
    one.was === other.was &&
    one.eligible === other.eligible &&
    one.willing === other.willing &&
    one.message === other.message &&
    one.isVolatile === other.isVolatile &&
    one.asksOthers === other.asksOthers &&
    equalRoot(one.root, other.root) &&
    equalReasons(one.reasons, other.reasons)
  );
}

function equalRoot(one: Root, other: Root): boolean {
  return one.service === other.service && one.cause === other.cause;
}

function equalReasons(some: readonly Reason[], others: readonly Reason[]): boolean {
  return some.length === others.length && some.every((one, index) => equalReason(one, others[index]));
}

function equalReason(one: Reason, other: Reason | undefined): boolean {
  if (one === other) return true;
  return (
    one.says === other?.says &&
    one.step === other.step &&
    one.source === other.source &&
    one.sets?.field === other.sets?.field &&
    equalJson(one.sets?.value, other.sets?.value) &&
    one.inputs.length === other.inputs.length &&
    one.inputs.every((input, index) => equalInput(input, other.inputs[index]))
  );
}

function equalInput(one: ReasonInput, other: ReasonInput | undefined): boolean {
  return (
    one.fact === other?.fact &&
    one.sinceMs === other.sinceMs &&
    one.note === other.note &&
    equalJson(one.value, other.value)
  );
}
