/**
 * How strong this region's claim to each service is. Worked out from states, labels, overrides and the rules that read no
 * report, so that it never hangs on what any region reports.
 */

import type { Claim } from '../model.ts';
import type { Structure } from './structure.ts';
import type { Work } from './work.ts';

/** Fills in the claims of all services, which have their standings. Where one is what it was, it is the same object as before. */
export function makeClaims(structure: Structure, works: ReadonlyMap<string, Work>): void {
  if (isUnchanged(works)) {
    for (const work of works.values()) tell(work, work.previous?.commonClaim);
    return;
  }
  const { groupOf, closureOf } = structure.together;
  const isBase = (name: string) => works.get(name)?.standing?.base === true;
  const isUnwanted = (name: string) => works.get(name)?.standing?.wanted === false;
  const priorityOf = (name: string) => works.get(name)?.standing?.priority ?? 0;
  const able = new Map(
    structure.names.map((name) => [name, (closureOf.get(name) ?? []).every(isBase)] as const),
  );
  const ofGroups = new Map<object, Omit<Claim, 'able'>>();
  const claim = (name: string, now: Claim) => {
    const work = works.get(name);
    if (work !== undefined) tell(work, keep(work.previous?.commonClaim, now));
  };
  for (const name of structure.names) {
    const isAble = able.get(name) === true;
    const group = groupOf.get(name);
    if (group === undefined) {
      const unwanted = (closureOf.get(name) ?? []).filter(isUnwanted).length;
      claim(name, { able: isAble, blocked: isAble ? 0 : 1, unwanted, priority: priorityOf(name) });
      continue;
    }
    const shared = ofGroups.get(group) ?? {
      blocked: group.span.filter((member) => able.get(member) !== true).length,
      unwanted: group.closure.filter(isUnwanted).length,
      priority: group.members.reduce((sum, member) => sum + priorityOf(member), 0),
    };
    ofGroups.set(group, shared);
    claim(name, { able: isAble, ...shared });
  }
}

function isUnchanged(works: ReadonlyMap<string, Work>): boolean {
  for (const { standing, previous } of works.values()) if (standing !== previous?.standing) return false;
  return true;
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
