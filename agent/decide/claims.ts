/**
 * How strong this region's claim to each service is. Worked out from states, labels, overrides and the rules that read no
 * report, so that it never hangs on what any region reports.
 */

import type { Claim } from '../model.ts';
import type { Structure } from './structure.ts';

/** What a claim is made of, for one service. */
export interface Standing {
  /** State is up, and no operator, hold or damping keeps it out. */
  readonly base: boolean;
  /** Labels and rules would serve it. */
  readonly wanted: boolean;
  readonly priority: number;
}

/** The claims of all services. Where one is what it was, it is the same object as before. */
export function makeClaims(
  structure: Structure,
  standings: ReadonlyMap<string, Standing | undefined>,
  before: ReadonlyMap<string, Claim>,
): ReadonlyMap<string, Claim> {
  const { groupOf, closureOf } = structure.together;
  const isBase = (name: string) => standings.get(name)?.base === true;
  const isUnwanted = (name: string) => standings.get(name)?.wanted === false;
  const priorityOf = (name: string) => standings.get(name)?.priority ?? 0;
  const able = new Map(
    structure.names.map((name) => [name, (closureOf.get(name) ?? []).every(isBase)] as const),
  );
  const ofGroups = new Map<object, Omit<Claim, 'able'>>();
  const claims = new Map<string, Claim>();
  for (const name of structure.names) {
    const isAble = able.get(name) === true;
    const group = groupOf.get(name);
    if (group === undefined) {
      const unwanted = (closureOf.get(name) ?? []).filter(isUnwanted).length;
      const claim = { able: isAble, blocked: isAble ? 0 : 1, unwanted, priority: priorityOf(name) };
      claims.set(name, keep(before.get(name), claim));
      continue;
    }
    const shared = ofGroups.get(group) ?? {
      blocked: group.span.filter((member) => able.get(member) !== true).length,
      unwanted: group.closure.filter(isUnwanted).length,
      priority: group.members.reduce((sum, member) => sum + priorityOf(member), 0),
    };
    ofGroups.set(group, shared);
    claims.set(name, keep(before.get(name), { able: isAble, ...shared }));
  }
  return claims;
}

function keep(before: Claim | undefined, now: Claim): Claim {
  const same =
    before?.able === now.able &&
    before.blocked === now.blocked &&
    before.unwanted === now.unwanted &&
    before.priority === now.priority;
  return same ? before : now;
}
