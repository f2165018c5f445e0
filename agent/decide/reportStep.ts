/** Gathers what the claim and the report of a service are made of, and decides the report anew where any of it has changed. */

import type { DecisionContext } from './context.ts';
import { equalReport } from './equalViews.ts';
import { asksElsewhere, needsOf, needsStand, remoteNeedsServe } from './needs.ts';
import type { Outcomes } from './outcomes.ts';
import { placementFor, placementStands } from './placing.ts';
import { decideReport, ownClaim } from './report.ts';
import type { Said } from './said.ts';
import { noWords } from './sortWords.ts';
import type { WordsInForce } from './words.ts';
import type { ReportView, Standing, Work } from './work.ts';

export interface ReportStep {
  /** Fills in what a claim is made of; all services have states and priorities. */
  standing(work: Work, context: DecisionContext): void;
  /** Fills in the report; all that it depends on has its own. */
  report(work: Work, context: DecisionContext): void;
}

export function createReportStep(wordsInForce: WordsInForce, outcomes: Outcomes): ReportStep {
  /** Nothing of its own has changed since the last decision, its state and priority included. */
  function isSettled(work: Work, context: DecisionContext): boolean {
    const { previous, name } = work;
    return (
      work.isQuiet &&
      work.state === previous?.state &&
      !outcomes.isTouched(name) &&
      needsStand(work, 'report', context)
    );
  }

  function standingOf(work: Work, { world, structure }: DecisionContext): Standing {
    const { around } = work;
    const override = around.override?.report;
    const free = around.heldUntilMs === undefined && around.suppressedUntilMs === undefined;
    const isUp = work.state?.state === 'up' && (override === undefined ? free : override === 'up');
    const { early } = structure.words.get(work.name) ?? noWords;
    return {
      base: isUp && remoteNeedsServe(work, world),
      wanted: override === 'up' || (!around.maintenance && isWanted(wordsInForce(early))),
      priority: work.priority?.priority ?? 0,
    };
  }

  function reportOf(work: Work, context: DecisionContext): ReportView {
    const last = work.previous?.report;
    if (last?.isVolatile === false && isSettled(work, context) && placementStands(work, context)) return last;
    const { world, structure } = context;
    const now = decideReport({
      ...work.around,
      work,
      needs: needsOf(work, 'report', context),
      said: wordsInForce((structure.words.get(work.name) ?? noWords).report),
      placement: placementFor(context, work, wordsInForce),
      onEligible: (eligible) => {
        work.eligible = eligible;
      },
      onWilling: (willing, eligible) => tellWilling(context, work, willing, eligible),
      nowMs: world.nowMs,
    });
    return last !== undefined && equalReport(last, now) ? last : now;
  }

  return {
    standing(work, context) {
      const last = work.previous?.standing;
      const isQuiet =
        work.isQuiet && work.state === work.previous?.state && work.priority === work.previous?.priority;
      const isHere = context.world.regionsStand || !asksElsewhere(work, context.structure);
      if (last !== undefined && isQuiet && isHere && !outcomes.isTouched(work.name)) {
        work.standing = last;
        return;
      }
      const now = standingOf(work, context);
      const same = last?.base === now.base && last.wanted === now.wanted && last.priority === now.priority;
      work.standing = same ? last : now;
    },

    report(work, context) {
      const view = reportOf(work, context);
      work.eligible = view.eligible;
      tellWilling(context, work, view.willing, view.eligible);
      work.report = view;
    },
  };
}

/** What the rules leave of an up: the last word counts. */
function isWanted(said: readonly Said[]): boolean {
  return (said.at(-1)?.effect.report ?? 'up') === 'up';
}

/** A service that stands alone claims by its own will; where several come together, the claim was made for all. */
function tellWilling({ structure }: DecisionContext, work: Work, willing: boolean, eligible: boolean): void {
  work.willing = willing;
  if (work.claim !== undefined && structure.alone.has(work.name))
    work.claim = ownClaim(work.claim, willing, eligible);
}
