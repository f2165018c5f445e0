/** Order among things that wait for each other. Pure; the same for the same edges, whatever order they come in. */

export interface Ordered<Node> {
  /** Each node after all that it waits for, save where they wait in a circle. */
  readonly order: readonly Node[];
  /** The circles: sets of nodes that wait for each other, each sorted. */
  readonly circles: readonly (readonly Node[])[];
}

/** Sorts the nodes so that each comes after what it waits for (Tarjan's strongly connected components, without recursion). */
export function orderByNeed<Node extends string>(
  nodes: readonly Node[],
  needsOf: (node: Node) => Iterable<Node>,
): Ordered<Node> {
  const all = new Set(nodes);
  const index = new Map<Node, number>();
  const low = new Map<Node, number>();
  const open: Node[] = [];
  const isOpen = new Set<Node>();
  const order: Node[] = [];
  const circles: (readonly Node[])[] = [];

  function enter(node: Node): Frame<Node> {
    index.set(node, index.size);
    low.set(node, index.get(node) ?? 0);
    open.push(node);
    isOpen.add(node);
    const needs = [...new Set(needsOf(node))].filter((need) => all.has(need)).toSorted();
    return { node, needs, next: 0 };
  }

  function lower(node: Node, to: number | undefined): void {
    low.set(node, Math.min(low.get(node) ?? 0, to ?? 0));
  }

  /** All that its descent has reached is done: if it leads back no further than itself, a component is complete. */
  function leave({ node, needs }: Frame<Node>): void {
    if (low.get(node) !== index.get(node)) return;
    const component = open.splice(open.lastIndexOf(node)).toSorted();
    for (const member of component) isOpen.delete(member);
    order.push(...component);
    if (component.length > 1 || needs.includes(node)) circles.push(component);
  }

  for (const root of nodes.toSorted()) {
    if (index.has(root)) continue;
    const stack = [enter(root)];
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const need = frame.needs[frame.next++];
      if (need === undefined) {
        stack.pop();
        leave(frame);
        const below = stack.at(-1);
        if (below !== undefined) lower(below.node, low.get(frame.node));
      } else if (!index.has(need)) stack.push(enter(need));
      else if (isOpen.has(need)) lower(frame.node, index.get(need));
    }
  }
  return { order, circles };
}

interface Frame<Node> {
  readonly node: Node;
  readonly needs: readonly Node[];
  next: number;
}
