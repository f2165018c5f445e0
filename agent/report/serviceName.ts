/** Service names as they come in a request: decoded safely, bounded, and looked up without surprises. */

import type { Picture } from '../model.ts';
import type { Refusal } from './answer.ts';

const longestName = 253;
/** How many letters may differ for a name to be offered as the one that was meant. */
const mostDifferences = 3;

export type NameReading = { readonly name: string } | { readonly refusal: Refusal };

/** Reads one path segment, still percent-encoded, as a service's name. */
export function readServiceName(segment: string): NameReading {
  const name = decode(segment);
  if (name === undefined) {
    return refuse(
      'The name is not valid percent-encoded UTF-8.',
      'Encode the name as encodeURIComponent does.',
    );
  }
  if (name === '') {
    return refuse(
      "The service's name is missing.",
      'Ask /report/<service>; /report answers for the whole region.',
    );
  }
  if (name.length > longestName) {
    return refuse(
      `The name has more than ${longestName} characters.`,
      'GET /api/v1/services lists the names of all services.',
    );
  }
  return { name };
}

/** The refusal for a service that nobody knows, with the nearest known name. */
export function unknownService(name: string, picture: Picture): Refusal {
  const nearest = nearestName(name, serviceNames(picture));
  const all = 'GET /api/v1/services lists the names of all services.';
  return {
    status: 404,
    error: `No service here is called ${JSON.stringify(name)}.`,
    hint: nearest === undefined ? all : `Did you mean ${JSON.stringify(nearest)}? ${all}`,
  };
}

/** Every service that has a plan or a verdict, sorted. */
export function serviceNames(picture: Picture): readonly string[] {
  const planned = Object.keys(picture.facts.services);
  const judged = Object.keys(picture.decision?.verdicts ?? {});
  return [...new Set([...planned, ...judged])].sort();
}

/** The value of that name, never what the record's prototype holds under it. */
export function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** The known name that differs least, where it differs little. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Math.min(mostDifferences, Math.floor(name.length / 2)) + 1;
  for (const candidate of known) {
    if (candidate.length > longestName || Math.abs(candidate.length - name.length) >= least) continue;
    const differences = distance(name.toLowerCase(), candidate.toLowerCase(), least);
    if (differences < least) {
      nearest = candidate;
      least = differences;
    }
  }
  return nearest;
}

/** Letters to add, drop, replace, or swap with the next, to get from one to the other; stops early at `limit`. */
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

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function refuse(error: string, hint: string): NameReading {
  return { refusal: { status: 400, error, hint } };
}
