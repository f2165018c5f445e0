/**
 * The report of one service: it starts as the state, then what it depends on, rules, maintenance, hold, damping, placement,
 * an operator's override, and last the guard. Nothing but an override makes a report up where the state is not.
 */

import type { Claim, Json, Override, Reason, ReasonInput, Report } from '../model.ts';
import type { Need } from './needs.ts';
import { judgeNeeds } from './reportNeeds.ts';
import type { Said } from './said.ts';
import { wordReason } from './words.ts';
import type { Circumstances, ReportView, Root, Work } from './work.ts';

/** Asked late, since the answers may hang on what has just been found out. */
export interface Placement {
  /** This region is among those that may serve it, by its label; with why. */
  readonly limit: () => PlacementWord | undefined;
  /** Words of rules that ask of placement. */
  readonly words: () => readonly Said[];
  /** Where the guard or a rule on placement is asked, more than this service's own facts stands behind the answer. */
  readonly isVolatile: boolean;
  /** A label or a rule limits it, so that other regions are asked. */
  readonly isLimited: boolean;
  /** A better variant that is reported up here. */
  readonly betterVariant: () => string | undefined;
  /** Must it be kept up, since it would be served nowhere else? Undefined where a silent region hides the answer. */
  readonly guard: () => GuardWord;
}

export interface PlacementWord {
  readonly chosen: boolean | undefined;
  readonly source: string;
  readonly says: string;
  readonly inputs: readonly ReasonInput[];
}

export interface GuardWord {
  readonly keeps: boolean | undefined;
  readonly says: string;
}

interface ReportPlan extends Circumstances {
  readonly work: Work;
  readonly needs: readonly Need[];
  readonly said: readonly Said[];
  readonly placement: Placement;
  /** Told as soon as it is known, for the placement to read. */
  readonly onEligible: (eligible: boolean) => void;
  readonly onWilling: (willing: boolean, eligible: boolean) => void;
  readonly nowMs: number;
}

/** A report under way: what it is so far, and the last word that made it so. */
interface Draft {
  report: Report;
  root: Root;
  message: string;
  readonly reasons: Reason[];
}

export function decideReport(plan: ReportPlan): ReportView {
  const { work, override } = plan;
  const draft = draftOf(work);
  const served = applyNeeds(draft, plan);
  const kept = applyDelays(plan);
  const out = override !== undefined && override.report !== 'up';
  const eligible = served && !out && (kept.length === 0 || override?.report === 'up');
  plan.onEligible(eligible);
  const taken = applyWords(draft, plan);
  for (const delay of kept) {
    if (draft.report === 'up') set(draft, work, 'down', delay);
    else draft.reasons.push(delay);
  }
  const willing = eligible && (draft.report === 'up' || override?.report === 'up');
  plan.onWilling(willing, eligible);
  const asksOthers = override === undefined && (taken !== undefined || plan.placement.isLimited);
  let isVolatile = false;
  if (override !== undefined) applyOverride(draft, work, override);
  else {
    isVolatile = plan.placement.isVolatile && (taken !== undefined || plan.placement.words().length > 0);
    const guarded = applyPlacement(draft, plan, taken);
    if (eligible && guarded && draft.report !== 'up') applyGuard(draft, plan);
  }
  const { before } = work;
  const changed = before !== undefined && before.report !== draft.report;
  return {
    report: draft.report,
    sinceMs: before === undefined || changed ? plan.nowMs : before.reportSinceMs,
    was: changed ? before.report : before?.reportWas,
    eligible,
    willing,
    reasons: draft.reasons,
    root: draft.root,
    message: draft.message,
    isVolatile,
    asksOthers,
  };
}

function draftOf(work: Work): Draft {
  const state = work.state?.state ?? 'unknown';
  const root = work.state?.root ?? { service: work.name, cause: 'nothing is known of it' };
  const last = work.state?.reasons.findLast(
    (reason) => reason.sets?.field === 'state' && reason.sets.value === state,
  );
  return { report: state, root, message: last?.says ?? `${state}: ${root.cause}`, reasons: [] };
}

/** Sets the report, with the reason, which becomes the message. */
function set(
  draft: Draft,
  work: Work,
  report: Report,
  reason: Omit<Reason, 'sets'>,
  cause = reason.says,
): void {
  draft.report = report;
  draft.root = { service: work.name, cause };
  draft.message = reason.says;
  draft.reasons.push({ ...reason, sets: { field: 'report', value: report } });
}

/** Gives whether all that it depends on serves, and so does its own state. */
function applyNeeds(draft: Draft, { work, needs }: ReportPlan): boolean {
  const { worst, reasons } = judgeNeeds(needs, work);
  if (worst === undefined || draft.report !== 'up') {
    draft.reasons.push(...reasons);
    return worst === undefined && draft.report === 'up';
  }
  for (const reason of reasons) {
    if (reason !== worst.reason) {
      draft.reasons.push(reason);
      continue;
    }
    set(draft, work, worst.report, reason);
    draft.root = worst.root;
  }
  return draft.report === 'up';
}

/** Rules, then maintenance. Gives what took it out of service, if anything did. */
function applyWords(
  draft: Draft,
  { work, said, maintenance }: ReportPlan,
): { readonly guarded: boolean } | undefined {
  const could = draft.report === 'up';
  let taken: { readonly guarded: boolean } | undefined;
  for (const one of said) {
    const { report } = one.effect;
    if (report === undefined) continue;
    if (!could) {
      draft.reasons.push(wordReason(one, `would be ${report}, if it could serve`));
      continue;
    }
    set(draft, work, report, wordReason(one, report), one.message);
    taken = report === 'up' ? undefined : { guarded: one.outcome.rule.guarded };
  }
  if (!maintenance) return taken;
  const reason: Reason = {
    step: 'maintenance',
    source: `label msa.maintenance of ${work.name}`,
    says: 'drain: planned maintenance',
    inputs: [],
  };
  if (draft.report !== 'up') {
    draft.reasons.push(reason);
    return taken;
  }
  set(draft, work, 'drain', reason);
  return { guarded: true };
}

/** The limit, rules that ask of it, and better variants. Gives whether the guard may have a say. */
function applyPlacement(
  draft: Draft,
  { work, placement }: ReportPlan,
  taken: { readonly guarded: boolean } | undefined,
): boolean {
  if (draft.report !== 'up' && taken === undefined) return false;
  let guarded = taken?.guarded ?? false;
  const limit = placement.limit();
  if (limit !== undefined) {
    const chosen = applyLimit(draft, work, limit);
    if (!chosen) guarded = false;
  }
  for (const one of placement.words()) {
    const { report } = one.effect;
    if (report === undefined) continue;
    const reason: Reason = { ...wordReason(one, report), step: 'placement' };
    if (draft.report !== 'up') {
      draft.reasons.push(reason);
      continue;
    }
    set(draft, work, report, reason, one.message);
    if (report !== 'up') guarded = one.outcome.rule.guarded;
  }
  const better = placement.betterVariant();
  if (better === undefined) return guarded;
  const reason: Reason = {
    step: 'placement',
    source: `label msa.capability of ${better}`,
    says: `down because ${better} serves, which is more capable`,
    inputs: [{ fact: `${better}.report`, value: 'up' }],
  };
  if (draft.report === 'up') set(draft, work, 'down', reason);
  else draft.reasons.push(reason);
  return false;
}

/** Where a silent region hides who comes first, the report stays what it was. */
function applyLimit(draft: Draft, work: Work, limit: PlacementWord): boolean {
  const { chosen, source, says, inputs } = limit;
  const reason: Reason = { step: 'placement', source, says, inputs };
  if (chosen === true || (chosen === undefined && work.before?.report === 'up')) {
    draft.reasons.push(reason);
    return true;
  }
  const known = chosen === false || (work.before !== undefined && work.before.report !== 'unknown');
  if (draft.report === 'up') set(draft, work, known ? 'down' : 'unknown', reason);
  else draft.reasons.push(reason);
  return false;
}

/** Hold and damping: what keeps a service from coming back. */
function applyDelays({ work, heldUntilMs, suppressedUntilMs }: ReportPlan): readonly Reason[] {
  const delays: Reason[] = [];
  if (heldUntilMs !== undefined)
    delays.push({
      step: 'hold',
      source: `label msa.hold of ${work.name}`,
      says: `held down until ${timeOf(heldUntilMs)}, so that it does not flap`,
      inputs: [{ fact: `${work.name}.heldUntil`, value: heldUntilMs }],
    });
  if (suppressedUntilMs !== undefined)
    delays.push({
      step: 'damping',
      source: `label msa.damping of ${work.name}`,
      says: `suppressed until about ${timeOf(suppressedUntilMs)}: it changed too often`,
      inputs: [
        { fact: `${work.name}.suppressedUntil`, value: suppressedUntilMs },
        { fact: `${work.name}.penalty`, value: Math.round(work.before?.penalty ?? 0) },
      ],
    });
  return delays;
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** An operator's word is the last, whatever else is so. */
function applyOverride(draft: Draft, work: Work, override: Override): void {
  const { report, owner, reason, setAtMs, expiresAtMs } = override;
  const value: Json = report;
  const until = expiresAtMs === undefined ? '' : `, until ${timeOf(expiresAtMs)}`;
  set(draft, work, report, {
    step: 'override',
    source: `override by ${owner}`,
    says: `${report}: ${reason}${until}`,
    inputs: [{ fact: `${work.name}.override`, value, sinceMs: setAtMs }],
  });
}

function applyGuard(draft: Draft, { work, placement }: ReportPlan): void {
  const { keeps, says } = placement.guard();
  const keep = keeps ?? work.before?.report === 'up';
  if (!keep) return;
  set(draft, work, 'up', {
    step: 'guard',
    source: 'guard: never make it worse',
    says: keeps === true ? says : 'up: stays, since a silent region may no longer serve it',
    inputs: [],
  });
}

/** A service that comes with nothing it depends on or that depends on it: its claim counts its own will. */
export function ownClaim(claim: Claim, willing: boolean, eligible: boolean): Claim {
  const unwanted = willing ? 0 : 1;
  if (!eligible || claim.unwanted === unwanted) return claim;
  const known = ownClaims.get(claim) ?? { ...claim, unwanted };
  ownClaims.set(claim, known);
  return known;
}

/** What a claim becomes, once for each, so that it is the same object the next time: there is one other way only. */
const ownClaims = new WeakMap<Claim, Claim>();
