/** The facts that a command thinks about: those of a running agent, or of a file that holds the same. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Facts, Memory, RegionFacts, ServiceFacts } from '../model.ts';
import { remoteService } from '../share/regionShapes.ts';
import { override, ruleMemory, serviceMemory, servicePlan, sharedInstance } from '../share/shapes.ts';
import { ask, CommandError } from './ask.ts';

const text = z.string();
const number = z.number();

const services: z.ZodType<Readonly<Record<string, ServiceFacts>>> = z.record(
  text,
  z.looseObject({
    plan: servicePlan,
    // The shape is of instances on their way between agents, which say whose they are.
    instances: z.array(
      z.preprocess((one) => (isObject(one) ? { service: '', ...one } : one), sharedInstance),
    ),
  }),
);

const regions: z.ZodType<Readonly<Record<string, RegionFacts>>> = z.record(
  text,
  z.looseObject({
    name: text,
    freshness: z.enum(['fresh', 'stale', 'lost']),
    sinceMs: number,
    via: text.exactOptional(),
    services: z.record(text, remoteService),
  }),
);

const facts: z.ZodType<Facts> = z.looseObject({
  region: text,
  regionPriority: number,
  services,
  regions,
  isolated: z.boolean().exactOptional(),
  settleMs: number.exactOptional(),
  overrides: z.record(text, override),
});

const memory: z.ZodType<Memory> = z.looseObject({
  services: z.record(text, serviceMemory),
  rules: z.record(text, ruleMemory),
});

const known = z.looseObject({
  facts,
  memory: memory.exactOptional(),
  /** When they were so. */
  atMs: number,
  rules: z.looseObject({ version: number, hash: text }).exactOptional(),
});

export type KnownFacts = z.infer<typeof known>;

/** What GET /api/v1/facts says, from the agent or, where a file is named, from there. Throws a CommandError where it is not so. */
export async function knownFacts(from: {
  readonly url: string;
  readonly file: string | undefined;
}): Promise<KnownFacts> {
  if (from.file === undefined) return ask(from.url, '/api/v1/facts', known);
  const content = await readFile(from.file, 'utf8').catch(() => {
    throw new CommandError(
      `${from.file} is not there`,
      'Save one with: curl http://node:7070/api/v1/facts > facts.json',
    );
  });
  const read = known.safeParse(parseJson(content));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new CommandError(
    `${from.file} holds no facts: at ${issue?.path.join(' > ') || 'its top'}: ${issue?.message ?? 'it is no JSON'}`,
    'It should be what GET /api/v1/facts of an agent answers.',
  );
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
