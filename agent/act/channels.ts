/**
 * The channels in force: the file of channels and the secrets that it names, read at start and again when any of them
 * changes.
 *
 * All or nothing: a file with any mistake, or with a secret that can't be had, is a problem that people see, and the last good
 * one stands. Problems never hold a secret.
 */

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Problem } from '../model.ts';
import { type Channel, type ChannelSet, noChannels } from './channel.ts';
import {
  type ChannelPlan,
  type ChannelsPlan,
  type FileValue,
  isHeaderValue,
  parseChannels,
  type Value,
  whatIsWrongWithUrl,
} from './channelsFile.ts';
import { parseSigningKeys } from './signature.ts';
import type { Complaint } from './yamlFields.ts';

export interface Channels extends AsyncDisposable {
  /** In force now; the same object while nothing changed. */
  set(): ChannelSet;
  /** What is wrong with the file, or with a secret that it names. */
  problems(): readonly Problem[];
}

const EVERY_MS = 2_000;
const MOST_LETTERS = 1024 * 1024;
const MOST_PROBLEMS = 20;

/** Resolves after the first reading. Without a path there are no channels. `onChange` is called when what is in force, or what is wrong, differs. */
export async function createChannels(deps: {
  readonly path: string | undefined;
  readonly clock: Clock;
  readonly onChange: () => void;
}): Promise<Channels> {
  const { path, clock, onChange } = deps;
  let set = noChannels;
  let problems: readonly Problem[] = [];
  let reading: Reading | undefined;
  let looking: Promise<void> = Promise.resolve();
  let cancel: () => void = () => {};
  let isClosed = false;

  async function look(file: string): Promise<void> {
    const next = await readAll(file);
    if (!isDeepStrictEqual(next, reading)) {
      const isFirst = reading === undefined;
      reading = next;
      const made = makeSet(next);
      if (made.ok) set = made.set;
      problems = made.ok ? [] : made.complaints.slice(0, MOST_PROBLEMS).map((one) => asProblem(file, one));
      if (!isFirst && !isClosed) onChange();
    }
    if (isClosed) return;
    cancel = clock.after(EVERY_MS, () => {
      looking = look(file);
    });
  }

  if (path !== undefined) await look(path);
  return {
    set: () => set,
    problems: () => problems,
    async [Symbol.asyncDispose]() {
      isClosed = true;
      cancel();
      await looking;
    },
  };
}

/** All that was read: the file as it is meant, and the texts of the files that it names, by path as named. */
interface Reading {
  readonly plan: ChannelsPlan | undefined;
  readonly complaints: readonly Complaint[];
  readonly texts: ReadonlyMap<string, Text>;
}

type Text = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

async function readAll(path: string): Promise<Reading> {
  const file = await readText(path);
  if (!file.ok) {
    const complaint = { line: 1, message: file.why, hint: 'put the file there, readable for the agent' };
    return { plan: undefined, complaints: [complaint], texts: new Map() };
  }
  const parsed = parseChannels(file.text);
  if (!parsed.ok) return { plan: undefined, complaints: parsed.complaints, texts: new Map() };
  const named = [...new Set(fileValues(parsed.plan).map((value) => value.path))];
  const texts = await Promise.all(
    named.map(async (name) => [name, await readText(resolve(dirname(path), name))] as const),
  );
  return { plan: parsed.plan, complaints: [], texts: new Map(texts) };
}

async function readText(path: string): Promise<Text> {
  try {
    const text = await readFile(path, 'utf8');
    return text.length > MOST_LETTERS
      ? { ok: false, why: `it has more than ${MOST_LETTERS} letters` }
      : { ok: true, text };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return { ok: false, why: `it can't be read (${String(code)})` };
  }
}

function fileValues({ channels, ruleSecret }: ChannelsPlan): readonly FileValue[] {
  const values = [...channels.values()].flatMap((channel): readonly (Value | undefined)[] =>
    channel.kind === 'slack'
      ? [channel.url]
      : [channel.url, channel.secret, ...Object.values(channel.headers)],
  );
  return [...values, ruleSecret].filter((value) => value?.kind === 'file');
}

function asProblem(path: string, { line, message, hint }: Complaint): Problem {
  return {
    code: 'bad-channels',
    message: `The file of channels ${path} is refused: line ${line}: ${message}.`,
    hint: `${hint.slice(0, 1).toUpperCase()}${hint.slice(1)}. Until then the last good one stands.`,
  };
}

// ---------------------------------------------------------------- putting in what the named files hold

type Made =
  | { readonly ok: true; readonly set: ChannelSet }
  | { readonly ok: false; readonly complaints: readonly Complaint[] };

function makeSet({ plan, complaints, texts }: Reading): Made {
  if (plan === undefined) return { ok: false, complaints };
  const wrong: Complaint[] = [];
  const values: Values = { texts, complain: (complaint) => wrong.push(complaint) };
  const channels = new Map(
    Array.from(plan.channels, ([name, channel]) => [name, makeChannel(channel, values)] as const),
  );
  const ruleKeys = keysOf(plan.ruleSecret, values);
  return wrong.length > 0 ? { ok: false, complaints: wrong } : { ok: true, set: { channels, ruleKeys } };
}

interface Values {
  readonly texts: Reading['texts'];
  readonly complain: (complaint: Complaint) => void;
}

function makeChannel(plan: ChannelPlan, values: Values): Channel {
  const url = textOf(plan.url, values);
  const wrong = plan.url.kind === 'file' && url !== '' ? whatIsWrongWithUrl(url) : undefined;
  if (wrong !== undefined && plan.url.kind === 'file')
    values.complain({
      line: plan.url.line,
      message: `what ${plan.url.path} holds ${wrong.message}`,
      hint: wrong.hint,
    });
  if (plan.kind === 'slack') return { kind: 'slack', url };
  const headers = Object.entries(plan.headers).map(
    ([name, value]) => [name, headerOf(value, values)] as const,
  );
  return { kind: 'webhook', url, headers: Object.fromEntries(headers), keys: keysOf(plan.secret, values) };
}

function headerOf(value: Value, values: Values): string {
  const text = textOf(value, values);
  if (value.kind === 'file' && text !== '' && !isHeaderValue(text))
    values.complain({
      line: value.line,
      message: `what ${value.path} holds can't be a header`,
      hint: 'write it in one line of plain letters',
    });
  return text;
}

function keysOf(value: FileValue | undefined, values: Values): Extract<Channel, { kind: 'webhook' }>['keys'] {
  const text = value === undefined ? '' : textOf(value, values);
  if (value === undefined || text === '') return [];
  const keys = parseSigningKeys(text);
  if (keys === undefined)
    values.complain({
      line: value.line,
      message: `what ${value.path} holds is not a signing secret`,
      hint: 'make one by: echo whsec_$(openssl rand -base64 32)',
    });
  return keys ?? [];
}

/** The text without the space around it; empty, with a complaint, where it can't be had. */
function textOf(value: Value, { texts, complain }: Values): string {
  if (value.kind === 'plain') return value.text;
  const found = texts.get(value.path);
  const text = found?.ok === true ? found.text.trim() : '';
  if (text === '') {
    const why = found?.ok === false ? found.why : 'it is empty';
    complain({
      line: value.line,
      message: `${value.path} gives nothing: ${why}`,
      hint: 'put the secret into that file, readable for the agent',
    });
  }
  return text;
}
