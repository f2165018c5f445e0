/** How many requests got which kind of answer, by route: two plain numbers to add for each, so that counting costs nothing. */

export interface RequestCounts {
  /** `route` is one of a fixed few, never a path as it was asked. */
  count(route: string, status: number): void;
  /** Route, status class (`2xx`) and how many. */
  all(): Iterable<readonly [route: string, statusClass: string, count: number]>;
}

export function createRequestCounts(): RequestCounts {
  const byRoute = new Map<string, number[]>();
  return {
    count(route, status) {
      const counts = byRoute.get(route) ?? [0, 0, 0, 0, 0, 0];
      const statusClass = Math.floor(status / 100);
      counts[statusClass] = (counts[statusClass] ?? 0) + 1;
      byRoute.set(route, counts);
    },
    *all() {
      for (const [route, counts] of byRoute) {
        for (const [statusClass, count] of counts.entries()) {
          if (count > 0) yield [route, `${statusClass}xx`, count];
        }
      }
    },
  };
}
