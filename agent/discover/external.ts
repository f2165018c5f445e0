/**
 * External services: what runs outside of Docker and has labels in a file instead.
 *
 *     services:
 *       db:
 *         labels: { msa.probe: tcp://db.example.org:5432, msa.priority: 10 }
 *
 * YAML, or JSON. The file is read again when its content changes; one that is missing or invalid is a problem, and the last
 * good one stands.
 */

import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Clock, Problem, ServicePlan } from '../model.ts';
import { isMsaLabel } from './labelReader.ts';
import { planOf } from './labels.ts';
import { parseName } from './labelValues.ts';
import { createWatch } from './watch.ts';

export interface ExternalServices {
  readonly plans: readonly ServicePlan[];
  /** Of the file; those of a service's labels are in its plan. */
  readonly problems: readonly Problem[];
}

const EVERY_MS = 2_000;
const MAX_LENGTH = 1024 * 1024;

const name = z.string().refine((key) => parseName(key).ok, 'is not a name');
const labelName = z.string().refine(isMsaLabel, 'is not a label: labels begin with msa.');
const labelValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const file = z.strictObject({
  services: z.record(
    name,
    z.strictObject({ labels: z.record(labelName, labelValue).default({}) }).nullable(),
  ),
});

/** Reads the file at `path` again and again until disposed; `onServices` gets them at first, and when they differ. */
export function followExternalFile(deps: {
  readonly path: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onServices: (services: ExternalServices) => void;
}): AsyncDisposable {
  const { path, clock, random, onServices } = deps;
  let last: ExternalServices | undefined;
  let lastReading: Reading | undefined;

  async function ask(): Promise<void> {
    const reading = await readText(path);
    if (isDeepStrictEqual(reading, lastReading)) return;
    lastReading = reading;
    const next = afterReading(last, reading, path);
    if (isDeepStrictEqual(next, last)) return;
    last = next;
    onServices(next);
  }

  return createWatch({ clock, random, everyMs: EVERY_MS, ask });
}

type Reading = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly why: string };

async function readText(path: string): Promise<Reading> {
  try {
    const value = await readFile(path, 'utf8');
    return value.length > MAX_LENGTH
      ? { ok: false, why: `has more than ${MAX_LENGTH} letters` }
      : { ok: true, value };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    return { ok: false, why: `can't be read (${String(code)})` };
  }
}

function afterReading(last: ExternalServices | undefined, text: Reading, path: string): ExternalServices {
  const read = text.ok ? parseExternal(text.value) : text;
  if (read.ok) return { plans: read.plans, problems: [] };
  const stands =
    last === undefined ? 'until then there are no external services' : 'until then the last good one stands';
  const message = `The file of external services ${path} ${read.why}.`;
  return {
    plans: last?.plans ?? [],
    problems: [{ code: 'bad-external-file', message, hint: `Mend it; ${stands}.` }],
  };
}

type Parsed =
  | { readonly ok: true; readonly plans: readonly ServicePlan[] }
  | { readonly ok: false; readonly why: string };

/** The plans of the services in such a file, or what is wrong with it: `why` goes on after "the file x ". */
function parseExternal(text: string): Parsed {
  const content = parseYaml(text);
  if (!content.ok) return content;
  const parsed = file.safeParse(content.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { ok: false, why: `is wrong at ${issue?.path.join(' > ') || 'its top'}: ${describe(issue)}` };
  }
  const plans = Object.entries(parsed.data.services).flatMap(([key, service]) => {
    const labels = { 'msa.enable': 'true', ...service?.labels };
    return planOf({ name: key, id: key, source: 'external', labels }) ?? [];
  });
  return { ok: true, plans };
}

function parseYaml(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string } {
  try {
    return { ok: true, value: parse(text) };
  } catch (error) {
    const [line = ''] = error instanceof Error ? error.message.split('\n') : [];
    return { ok: false, why: `is not YAML: ${line.replace(/:$/, '')}` };
  }
}

/** A key that is wrong says so in an issue of its own, inside. */
function describe(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_key') return `${String(issue.path.at(-1))} ${issue.issues[0]?.message ?? ''}`;
  return issue?.message ?? '';
}
