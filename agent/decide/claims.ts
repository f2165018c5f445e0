/**
 * How strong this region's claim to each service is. Worked out from states, labels, overrides and the rules that read no
 * report, so that it never hangs on what any region reports.
 */

import type { Claim } from '../model.ts';
import type { Structure } from './structure.ts';
import type { Group } from './together.ts';
import type { Work } from './work.ts';

/** Fills in the claims of all services, which have their standings. Where one is what it was, it is the same object as before. */
export function makeClaims(structure: Structure, works: ReadonlyMap<string, Work>): void {
  const { groupOf, closureOf } = structure.together;
  const isUnwanted = (name: string) => works.get(name)?.standing?.wanted === false;
  const isAble = (name: string) =>
    (closureOf.get(name) ?? []).every((member) => works.get(member)?.standing?.base === true);
  const priorityOf = (name: string) => works.get(name)?.standing?.priority ?? 0;
  const affected = affectedBy(structure, works);
  const shared = new Map<Group, Omit<Claim, 'able'>>();
  for (const group of new Set(groupOf.values())) {
    if (!group.closure.some((member) => affected.has(member))) continue;
    shared.set(group, {
      blocked: group.span.filter((member) => !isAble(member)).length,
      unwanted: group.closure.filter(isUnwanted).length,
      priority: group.members.reduce((sum, member) => sum + priorityOf(member), 0),
    });
  }
  for (const work of works.values()) {
    const { name, previous } = work;
    const group = groupOf.get(name);
    const common = group === undefined ? undefined : shared.get(group);
    if (common === undefined && !affected.has(name)) {
      tell(work, previous?.commonClaim);
      continue;
    }
    const able = isAble(name);
    const unwanted = () => (closureOf.get(name) ?? []).filter(isUnwanted).length;
    const own = common ?? { blocked: able ? 0 : 1, unwanted: unwanted(), priority: priorityOf(name) };
    tell(work, keep(previous?.commonClaim, { able, ...own }));
  }
}

/** The services whose standing has changed, and all that depends on them. */
function affectedBy({ together }: Structure, works: ReadonlyMap<string, Work>): ReadonlySet<string> {
  const affected = new Set<string>();
  for (const { name, standing, previous } of works.values()) {
    if (standing === previous?.standing) continue;
    affected.add(name);
    for (const dependant of together.dependantsOf.get(name) ?? []) affected.add(dependant);
  }
  return affected;
}

function tell(work: Work, claim: Claim | undefined): void {
  work.commonClaim = claim;
  work.claim = claim;
}

function keep(before: Claim | undefined, now: Claim): Claim {
  const same =
    before?.able === now.able &&
    before.blocked === now.blocked &&
    before.unwanted === now.unwanted &&
    before.priority === now.priority;
  return same ? before : now;
}
