/** Gathers what the report of a service is made of, and decides it anew where any of it has changed. */

import type { Facts } from '../model.ts';
import type { Standing } from './claims.ts';
import { suppressedUntil } from './damping.ts';
import { equalReport } from './equalReport.ts';
import { guardFor } from './guard.ts';
import { heldUntil } from './hold.ts';
import { createMemos } from './memo.ts';
import { candidatesFor, isAmongFirst } from './ranking.ts';
import { windowOf } from './readFact.ts';
import { ownEntry } from './record.ts';
import { decideReport, ownClaim, type Placement, type PlacementWord } from './report.ts';
import type { ReportNeed } from './reportNeeds.ts';
import { noWords, type WordsOn } from './sortWords.ts';
import { type DecisionContext, readNeed } from './stateStep.ts';
import type { Said, WordsInForce } from './words.ts';
import type { ReportView, Work } from './work.ts';

export interface ReportStep {
  /** What a claim is made of; needs states and priorities. */
  standing(context: DecisionContext, name: string): Standing;
  /** Fills in the report; all that it depends on has its own. */
  report(context: DecisionContext, name: string): void;
  /** Is this region among the first so many eligible ones to serve it? Undefined: a silent region hides it. */
  isAmongFirst(context: DecisionContext, name: string, regions: number): boolean | undefined;
}

export function createReportStep(wordsInForce: WordsInForce): ReportStep {
  const memos = createMemos<ReportView>();

  function saidOf({ structure }: DecisionContext, name: string, such: 'early' | 'report' | 'placement') {
    return wordsInForce((structure.words.get(name) ?? noWords)[such]);
  }

  function place(context: DecisionContext, name: string, regions: number): boolean | undefined {
    const { world } = context;
    const work = world.works.get(name);
    if (work?.claim === undefined || work.eligible !== true) return false;
    const here = { region: world.facts.region, claim: work.claim };
    const others = candidatesFor(name, world.facts);
    return isAmongFirst(here, others, regions, ({ remote }) => remote.eligible);
  }

  function limitOf(context: DecisionContext, work: Work): PlacementWord | undefined {
    const { maxRegions } = work.facts.plan;
    if (maxRegions === undefined) return undefined;
    const { world } = context;
    const chosen = place(context, work.name, maxRegions);
    const many = maxRegions === 1 ? 'the first region' : `the first ${maxRegions} regions`;
    const says = {
      true: `chosen: among ${many} to serve it`,
      false: `down: not among ${many} to serve it`,
      undefined: `stays as it was: a silent region may be among ${many} to serve it`,
    };
    return {
      chosen,
      source: `label msa.max-regions of ${work.name}`,
      says: says[`${chosen}`],
      inputs: [
        { fact: `${work.name}.priority`, value: work.priority?.priority ?? 0 },
        ...candidatesFor(work.name, world.facts).flatMap(({ region, silent, remote }) => [
          { fact: `${region}/${work.name}.eligible`, value: silent ? 'unknown' : remote.eligible },
          { fact: `${region}/${work.name}.priority`, value: silent ? 'unknown' : remote.priority },
        ]),
      ],
    };
  }

  function placementOf(context: DecisionContext, work: Work): Placement {
    const { world, structure } = context;
    const better = structure.betterVariants.get(work.name) ?? [];
    const hasWords = (structure.words.get(work.name) ?? noWords).placement.length > 0;
    return {
      isVolatile:
        hasWords ||
        (structure.together.dependantsOf.get(work.name) ?? []).length > 0 ||
        (structure.otherVariants.get(work.name) ?? []).length > 0,
      limit: () => limitOf(context, work),
      words: () => saidOf(context, work.name, 'placement'),
      betterVariant: () => better.find((name) => world.works.get(name)?.report?.report === 'up'),
      guard: () => guardFor(work, world, structure),
    };
  }

  return {
    isAmongFirst: place,

    standing(context, name) {
      const { world, overrideOf } = context;
      const work = world.works.get(name);
      if (work === undefined) return { base: false, wanted: false, priority: 0 };
      const override = overrideOf(name)?.report;
      const { heldUntilMs, suppressedUntilMs } = delaysOf(work, world.nowMs);
      const free = heldUntilMs === undefined && suppressedUntilMs === undefined;
      const base = work.state?.state === 'up' && (override === undefined ? free : override === 'up');
      return {
        base: base && remoteNeedsServe(work, context),
        wanted:
          override === 'up' || (!isInMaintenance(work, context) && wantedBy(saidOf(context, name, 'early'))),
        priority: work.priority?.priority ?? 0,
      };
    },

    report(context, name) {
      const { world, structure, wake, overrideOf } = context;
      const work = world.works.get(name);
      if (work === undefined) return;
      const needs = reportNeeds(work, context);
      const said = saidOf(context, name, 'report');
      const maintenance = isInMaintenance(work, context);
      const { heldUntilMs, suppressedUntilMs } = delaysOf(work, world.nowMs);
      wake.at(heldUntilMs);
      wake.at(suppressedUntilMs);
      const override = overrideOf(name);
      const { before } = work;
      const isAlone = isOnItsOwn(name, context);
      const onWilling = (willing: boolean, eligible: boolean) => {
        work.willing = willing;
        if (isAlone && work.claim !== undefined) work.claim = ownClaim(work.claim, willing, eligible);
      };
      const words = structure.words.get(name) ?? noWords;
      const key: unknown[] = [
        work.state,
        before?.report,
        before?.reportSinceMs,
        before?.reportWas,
        before?.penalty,
      ];
      key.push(structure, said, maintenance, heldUntilMs, suppressedUntilMs, override);
      for (const need of needs)
        key.push(need.work?.report, need.reading?.value, need.reading?.sinceMs, need.reading?.note);
      if (mayBePlaced(work, words, maintenance)) pushOthers(key, name, world.facts);
      for (const better of structure.betterVariants.get(name) ?? [])
        key.push(world.works.get(better)?.report);
      key.push(work.claim, work.priority);
      const memo = memos(name);
      let last: ReportView | undefined;
      const view = memo(
        key,
        () => {
          const next = decideReport({
            ...{ work, needs, said, maintenance, heldUntilMs, suppressedUntilMs, override },
            placement: placementOf(context, work),
            onEligible: (eligible) => {
              work.eligible = eligible;
            },
            onWilling,
            nowMs: world.nowMs,
          });
          return last !== undefined && equalReport(last, next) ? last : next;
        },
        (known) => {
          last = known;
          const changed = before === undefined || before.report !== known.report;
          return !known.isVolatile && known.sinceMs === (changed ? world.nowMs : before.reportSinceMs);
        },
      );
      work.eligible = view.eligible;
      onWilling(view.willing, view.eligible);
      work.report = view;
    },
  };
}

/** Could what other regions say have a say in it? */
function mayBePlaced({ facts: { plan } }: Work, words: WordsOn, maintenance: boolean): boolean {
  return (
    plan.maxRegions !== undefined || maintenance || words.report.length > 0 || words.placement.length > 0
  );
}

function pushOthers(key: unknown[], service: string, { regions }: Facts): void {
  for (const name of Object.keys(regions)) {
    const region = regions[name];
    key.push(name, region?.freshness, region === undefined ? undefined : ownEntry(region.services, service));
  }
}

function delaysOf({ facts: { plan }, before }: Work, nowMs: number) {
  return {
    heldUntilMs: heldUntil(plan.holdMs, before, nowMs),
    suppressedUntilMs: suppressedUntil(plan.damping, before, nowMs),
  };
}

function isInMaintenance({ facts: { plan } }: Work, { world, wake }: DecisionContext): boolean {
  const { maintenance } = plan;
  if (maintenance === undefined) return false;
  if (maintenance.kind === 'always') return true;
  const window = windowOf(maintenance)?.at(world.nowMs);
  wake.at(window?.untilMs);
  return window?.open ?? false;
}

/** What the rules leave of an up: the last word counts. */
function wantedBy(said: readonly Said[]): boolean {
  return (said.at(-1)?.effect.report ?? 'up') === 'up';
}

/** It depends on nothing and nothing depends on it, so its claim is its own. */
function isOnItsOwn(name: string, { structure: { together } }: DecisionContext): boolean {
  return (
    (together.closureOf.get(name)?.length ?? 0) === 1 &&
    (together.dependantsOf.get(name)?.length ?? 0) === 0 &&
    (together.groupOf.get(name)?.span.length ?? 1) === 1
  );
}

function reportNeeds(work: Work, { world, structure }: DecisionContext): readonly ReportNeed[] {
  const local = structure.needs.get(work.name) ?? [];
  return work.facts.plan.dependsOn.flatMap((ref): ReportNeed[] => {
    if (ref.region === undefined || ref.region === world.facts.region) {
      if (local.includes(ref.service))
        return [{ ref, work: world.works.get(ref.service), reading: undefined }];
      if (world.works.has(ref.service)) return [];
    }
    return [{ ref, work: undefined, reading: readNeed(ref, 'report', world) }];
  });
}

/** Services of other regions that it depends on, as they report; while that is unknown, as it was. */
function remoteNeedsServe(work: Work, context: DecisionContext): boolean {
  const { region } = context.world.facts;
  return work.facts.plan.dependsOn.every((ref) => {
    if (ref.region === undefined || ref.region === region) return true;
    const { value } = readNeed(ref, 'report', context.world);
    return value === undefined ? work.before?.report === 'up' : value === 'up';
  });
}
