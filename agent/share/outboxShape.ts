/** The shape of what is on its way out of the region: another agent's word, so it is looked at before it is believed. */

import { z } from 'zod';
import type { Effect, OutboxEntry } from '../model.ts';

const effect: z.ZodType<Effect> = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('webhook'),
    key: z.string(),
    rule: z.string(),
    url: z.string(),
    method: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.exactOptional(z.json()),
    message: z.string(),
  }),
  z.looseObject({
    kind: z.literal('notify'),
    key: z.string(),
    source: z.string(),
    channel: z.string(),
    service: z.exactOptional(z.string()),
    message: z.string(),
  }),
]);

/** An effect on its way, as the region's agents share it. */
export const outboxEntry: z.ZodType<OutboxEntry> = z.looseObject({
  key: z.string(),
  effect,
  sequence: z.number(),
  recordedAtMs: z.number(),
  attempts: z.number(),
  refusals: z.number(),
  nextAtMs: z.number(),
  status: z.enum(['pending', 'done', 'given-up', 'withdrawn']),
  lastError: z.exactOptional(z.string()),
  doneAtMs: z.exactOptional(z.number()),
});
