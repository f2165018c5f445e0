/** Texts in Docker's answers, where Go had nothing to say: absent or null reads as empty. Pure. */

import { z } from 'zod';

export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

export const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((labels) => labels ?? {});

/** `10.0.0.1:2377` and `[fd00::1]:2377` without the port. */
export function withoutPort(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
