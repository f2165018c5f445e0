/**
 * What must be served in one region together.
 *
 * A limited service runs in few regions, so all that depends on it can only be served there. Limited services that some
 * service depends on at once must therefore be placed together, or that service would be served nowhere. They form a group;
 * its span is all that depends on any of them; regions are ranked for the group as a whole.
 */

import type { Needs } from './layers.ts';

export interface Group {
  /** The limited services. */
  readonly members: readonly string[];
  /** The members and all that depends on them. */
  readonly span: readonly string[];
  /** The span and all that it depends on. */
  readonly closure: readonly string[];
}

export interface Together {
  /** The group in whose span a service is. */
  readonly groupOf: ReadonlyMap<string, Group>;
  /** A service and all that it depends on, at any distance. */
  readonly closureOf: Needs;
  /** All that depends on a service, at any distance. */
  readonly dependantsOf: Needs;
}

export function findTogether(
  names: readonly string[],
  needs: Needs,
  limitedNames: ReadonlySet<string>,
): Together {
  const closureOf = new Map(names.map((name) => [name, closure(name, needs)]));
  const dependantsOf = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const [name, members] of closureOf)
    for (const member of members) if (member !== name) dependantsOf.get(member)?.push(name);
  const limited = new Set(names.filter((name) => limitedNames.has(name)));
  const groupOf = new Map<string, Group>();
  for (const members of unite(names, closureOf, limited)) {
    const span = [...new Set(members.flatMap((member) => [member, ...(dependantsOf.get(member) ?? [])]))];
    const all = [...new Set(span.flatMap((name) => closureOf.get(name) ?? []))];
    const group = { members, span: span.toSorted(), closure: all.toSorted() };
    for (const name of span) groupOf.set(name, group);
  }
  return { groupOf, closureOf, dependantsOf };
}

function closure(name: string, needs: Needs): readonly string[] {
  const found = new Set([name]);
  for (const member of found) for (const need of needs.get(member) ?? []) found.add(need);
  return [...found];
}

/** Limited services that stand in one closure are united, and so on. */
function unite(
  names: readonly string[],
  closureOf: Needs,
  limited: ReadonlySet<string>,
): readonly (readonly string[])[] {
  const parent = new Map<string, string>([...limited].map((name) => [name, name]));
  const find = (name: string): string => {
    let root = name;
    for (let up = parent.get(root) ?? root; up !== root; up = parent.get(root) ?? root) root = up;
    return root;
  };
  for (const name of names) {
    const [first, ...rest] = (closureOf.get(name) ?? []).filter((member) => limited.has(member));
    if (first === undefined) continue;
    for (const other of rest) parent.set(find(other), find(first));
  }
  return [...Map.groupBy(limited, find).values()];
}
