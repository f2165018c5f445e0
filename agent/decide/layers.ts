/**
 * An order by needs of several kinds, the stronger kinds first: where needs form a circle, the weakest that close it give way.
 */

import { orderByNeed } from './graph.ts';

/** What each node waits for, by one kind of need. */
export type Needs = ReadonlyMap<string, readonly string[]>;

export interface LayeredOrder {
  readonly order: readonly string[];
  /** For each kind, the needs that gave way, with the circle that they would have closed. */
  readonly dropped: readonly (readonly DroppedNeed[])[];
}

export interface DroppedNeed {
  readonly node: string;
  readonly need: string;
  readonly circle: readonly string[];
}

export function orderByLayers(nodes: readonly string[], layers: readonly Needs[]): LayeredOrder {
  const kept = new Map<string, Set<string>>();
  const dropped: DroppedNeed[][] = [];
  let order: readonly string[] = nodes.toSorted();
  for (const [index, layer] of layers.entries()) {
    if (index > 0 && isEmpty(layer)) {
      dropped.push([]);
      continue;
    }
    const tried = orderByNeed(nodes, (node) => [...(kept.get(node) ?? []), ...(layer.get(node) ?? [])]);
    const circleOf = new Map(
      tried.circles.flatMap((circle) => circle.map((node) => [node, circle] as const)),
    );
    const gave: DroppedNeed[] = [];
    for (const [node, needs] of layer)
      for (const need of needs) {
        const circle = circleOf.get(node);
        if (circle?.includes(need) === true) gave.push({ node, need, circle });
        else kept.set(node, (kept.get(node) ?? new Set()).add(need));
      }
    dropped.push(gave);
    order = gave.length === 0 ? tried.order : orderByNeed(nodes, (node) => kept.get(node) ?? []).order;
  }
  return { order, dropped };
}

function isEmpty(layer: Needs): boolean {
  for (const needs of layer.values()) if (needs.length > 0) return false;
  return true;
}
