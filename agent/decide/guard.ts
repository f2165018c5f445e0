/**
 * Never make it worse: no rule or label takes the last region of a service out of service.
 *
 * Where no other region serves it of its own will, the region that comes first keeps it up. A region also keeps up what a
 * service needs that it alone can serve. Every region comes to the same answer, since regions are ranked by claims that do
 * not hang on what anyone reports; a limit on regions is never overruled, nor is a wait
 * for others to let go.
 */

import { placeHere } from './handover.ts';
import {
  type Candidate,
  type Contender,
  candidatesFor,
  isAmongFirst,
  isKnownElsewhere,
  isServedElsewhere,
} from './ranking.ts';
import type { GuardWord } from './report.ts';
import type { Structure } from './structure.ts';
import type { Work, World } from './work.ts';

/** Must this region keep the service up, which it could serve, and which rules or labels take out? */
export function guardFor(work: Work, world: World, structure: Structure): GuardWord {
  const { facts } = world;
  const { maxRegions } = work.facts.plan;
  if (work.claim === undefined || !isKnownElsewhere(work.name, facts)) return no;
  if (isReplaced(work, world, structure)) return no;
  const limit = structure.limits.get(work.name);
  if (limit !== undefined && placeHere(work.name, limit, world).keptBack !== undefined) return no;
  const here: Contender = { region: facts.region, claim: work.claim };
  const others = candidatesFor(work.name, facts);
  const many = maxRegions ?? Number.POSITIVE_INFINITY;
  const isEligible = ({ remote }: Candidate) => remote.eligible;
  const chosen = isAmongFirst(here, others, many, isEligible);
  if (chosen === false) return no;
  const own = and(not(isServedElsewhere(here, others, many)), isAmongFirst(here, others, 1, isEligible));
  if (own === true && chosen === true)
    return { keeps: true, says: 'up: no other region serves it, so this one keeps it' };
  let keeps = own;
  for (const name of structure.together.dependantsOf.get(work.name) ?? []) {
    const needs = isAnchoredHere(name, world);
    if (needs === true && chosen === true)
      return {
        keeps: true,
        says: `up: ${name} needs it and is served nowhere else, so this region keeps it`,
      };
    if (needs === undefined || (needs && chosen === undefined)) keeps = undefined;
  }
  return { keeps: keeps === true ? chosen : keeps, says: '' };
}

const no: GuardWord = { keeps: false, says: '' };

/** Is this the region where the service comes with all that it needs, since none serves it of its own will? */
function isAnchoredHere(name: string, { works, facts }: World): boolean | undefined {
  const claim = works.get(name)?.claim;
  if (claim?.able !== true || !isKnownElsewhere(name, facts)) return false;
  return isAmongFirst(
    { region: facts.region, claim },
    candidatesFor(name, facts),
    1,
    (other) => other.claim.able,
  );
}

/** Another variant of its family could serve here: nothing is lost with this one. */
function isReplaced(work: Work, { works }: World, { otherVariants }: Structure): boolean {
  return (otherVariants.get(work.name) ?? []).some((name) => {
    const claim = works.get(name)?.claim;
    return claim?.able === true && claim.unwanted === 0;
  });
}

function not(answer: boolean | undefined): boolean | undefined {
  return answer === undefined ? undefined : !answer;
}

function and(one: boolean | undefined, other: boolean | undefined): boolean | undefined {
  if (one === false || other === false) return false;
  return one === undefined || other === undefined ? undefined : true;
}
