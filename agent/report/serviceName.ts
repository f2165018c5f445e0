/** Service names as they come in a request: decoded safely, bounded, and looked up without surprises. */

import type { Picture } from '../model.ts';
import { nearest } from '../nearest.ts';
import type { Refusal } from './answer.ts';

const longestName = 253;

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
  const meant = nearest(name, serviceNames(picture));
  const all = 'GET /api/v1/services lists the names of all services.';
  return {
    status: 404,
    error: `No service here is called ${JSON.stringify(name)}.`,
    hint: meant === undefined ? all : `Did you mean ${JSON.stringify(meant)}? ${all}`,
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
