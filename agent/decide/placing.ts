/** What other regions and other variants have to say in the report of a service here. */

import type { DecisionContext } from './context.ts';
import { guardFor } from './guard.ts';
import { claimSettlesAtMs, placeHere } from './handover.ts';
import { candidatesFor } from './ranking.ts';
import type { Placement, PlacementWord } from './report.ts';
import { noWords } from './sortWords.ts';
import type { WordsInForce } from './words.ts';
import type { Work } from './work.ts';

/** The answers for one service, each found out when it is asked. */
export function placementFor(context: DecisionContext, work: Work, wordsInForce: WordsInForce): Placement {
  const { world, structure } = context;
  const { placement } = structure.words.get(work.name) ?? noWords;
  const better = structure.betterVariants.get(work.name) ?? [];
  return {
    isLimited: work.facts.plan.maxRegions !== undefined || placement.length > 0,
    isVolatile:
      placement.length > 0 ||
      (structure.together.dependantsOf.get(work.name) ?? []).length > 0 ||
      (structure.otherVariants.get(work.name) ?? []).length > 0,
    limit: () => limitOf(context, work),
    words: () => wordsInForce(placement),
    betterVariant: () => better.find((name) => world.works.get(name)?.report?.report === 'up'),
    guard: () => guardFor(work, world, structure),
  };
}

/** What the answers hang on is as it was in the last decision. */
export function placementStands(work: Work, context: DecisionContext): boolean {
  const { world, structure } = context;
  const isSame = work.commonClaim === work.previous?.commonClaim && work.priority === work.previous?.priority;
  if (!isSame || (!world.regionsStand && work.previous?.report?.asksOthers === true)) return false;
  if (!settlingStands(work, context)) return false;
  return (structure.betterVariants.get(work.name) ?? []).every((name) => {
    const better = world.works.get(name);
    return better?.report === better?.previous?.report;
  });
}

/** A claim that has stood for long enough is another thing than one that has not. */
function settlingStands(work: Work, { world, structure }: DecisionContext): boolean {
  if (!structure.limits.has(work.name)) return true;
  const settlesAtMs = claimSettlesAtMs(work.before, world.facts);
  work.isSettled = settlesAtMs === undefined || world.nowMs >= settlesAtMs;
  return work.isSettled === work.previous?.isSettled;
}

function limitOf(context: DecisionContext, work: Work): PlacementWord | undefined {
  const { maxRegions } = work.facts.plan;
  if (maxRegions === undefined) return undefined;
  const { chosen, keptBack, goesOn } = placeHere(work.name, maxRegions, context.world);
  const many = maxRegions === 1 ? 'the first region' : `one of the first ${maxRegions} regions`;
  const says = {
    true: `chosen: this is ${many} to serve it`,
    false: `down: this is not ${many} to serve it`,
    undefined: `stays as it was: whether this is ${many} to serve it hangs on a silent region`,
  };
  return {
    chosen,
    source: `label msa.max-regions of ${work.name}`,
    says: keptBack === undefined ? (goesOn ?? says[`${chosen}`]) : `down: ${keptBack}`,
    inputs: [
      { fact: `${work.name}.priority`, value: work.priority?.priority ?? 0 },
      ...candidatesFor(work.name, context.world.facts).flatMap(({ region, silent, remote }) => [
        { fact: `${region}/${work.name}.eligible`, value: silent ? 'unknown' : remote.eligible },
        { fact: `${region}/${work.name}.priority`, value: silent ? 'unknown' : remote.priority },
      ]),
    ],
  };
}
