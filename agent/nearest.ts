/** The known word that a misspelt one most likely meant. Pure. */

/** Where more than a third of the word differs, nothing was meant; two letters of a longer word, or one of a short one, always may. */
function mostDifferences(word: string): number {
  return Math.max(word.length < 4 ? 1 : 2, Math.floor(word.length / 3));
}

/** The first of the known words that differ least, in whatever case; undefined where all differ too much. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let limit = mostDifferences(word) + 1;
  for (const candidate of known) {
    // Words come from outside and the known ones may be many: most are ruled out by their length.
    if (Math.abs(candidate.length - word.length) >= limit) continue;
    const differences = distance(word.toLowerCase(), candidate.toLowerCase(), limit);
    if (differences >= limit) continue;
    best = candidate;
    limit = differences;
  }
  return best;
}

/** Letters to add, drop, replace, or swap with the next (Damerau's edit distance of adjacent letters); stops early at `limit`. */
function distance(from: string, to: string, limit: number): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const costs = [
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
      ];
      if (swapped) costs.push((beforeLast[column - 2] ?? limit) + 1);
      current.push(Math.min(...costs));
    }
    if (Math.min(...current) >= limit) return limit;
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? limit;
}
