/**
 * Reads the labels of one service, and collects what is wrong with them.
 *
 * Pure. Whatever a label says, reading it gives a value: its own, or the default together with a problem.
 */

import type { ProbeHow, Problem } from '../model.ts';
import { nearest } from '../nearest.ts';
import { HEADER_PREFIX, type Label, labels, labelTable } from './labelTable.ts';

export interface LabelReader {
  /** The value of a label; its default where the label is missing or bad. */
  read<T>(label: Label<T>): T;
  /** What follows `msa.probe.header.` in the labels, with the values. */
  headers(): Readonly<Record<string, string>>;
  /** Notes that a label says what can't be: `why` goes on after "label x of y". */
  complain(label: Label<unknown>, why: string): void;
  /** Notes the labels that MSA doesn't know, and those that this kind of probe doesn't read. */
  complainOfStrangers(kind: ProbeHow['kind']): void;
  readonly problems: readonly Problem[];
}

/** How much of a value a message repeats. */
const QUOTE_LENGTH = 80;

/** A misspelt label longer than this has no near name worth the search. */
const LONGEST_MISSPELT = 60;

const knownLabels = new Map<string, Label<unknown>>(
  Object.values(labels).map((label) => [label.name, label]),
);

/** Headers of the connection itself, which are the prober's to set. */
const OWN_HEADERS = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

export function isMsaLabel(name: string): boolean {
  return name.toLowerCase().startsWith('msa.');
}

/** Reads these labels; `service` is what messages call their owner. */
export function createLabelReader(service: string, texts: Readonly<Record<string, string>>): LabelReader {
  const problems: Problem[] = [];

  function note(code: string, message: string, hint: string): void {
    problems.push({ code, message, hint, service });
  }

  function complain(label: Label<unknown>, why: string): void {
    const quoted = quote(texts[label.name] ?? '');
    const holds = label.default === '' ? 'it counts as absent' : `the default holds (${label.default})`;
    note(
      'bad-label',
      `Label ${label.name}=${quoted} of ${service} ${why}.`,
      `Write it like ${label.name}=${label.example}; until then ${holds}.`,
    );
  }

  return {
    problems,
    complain,
    read(label) {
      const text = texts[label.name];
      if (text === undefined) return label.fallback;
      const parsed = label.parse(text);
      if (parsed.ok) return parsed.value;
      complain(label, parsed.why);
      return label.fallback;
    },
    headers() {
      const headers: Record<string, string> = {};
      for (const [name, value] of sortedLabels(texts)) {
        if (!name.startsWith(HEADER_PREFIX)) continue;
        const header = name.slice(HEADER_PREFIX.length);
        const why = refuseHeader(header, value, Object.keys(headers));
        if (why === undefined) headers[header] = value;
        else
          note(
            'bad-label',
            `Label ${quoteName(name)} of ${service} ${why}.`,
            `Write it like ${HEADER_PREFIX}Host=health.example.org; until then the header is left out.`,
          );
      }
      return headers;
    },
    complainOfStrangers(kind) {
      for (const [name] of sortedLabels(texts)) {
        const label = knownLabels.get(name);
        if (label === undefined && !name.startsWith(HEADER_PREFIX)) {
          note(
            'unknown-label',
            `Label ${quoteName(name)} of ${service} is none that MSA knows.`,
            adviseOn(name),
          );
        } else if (!isRead(label, kind)) {
          note(
            'idle-label',
            `Label ${quoteName(name)} of ${service} has no effect with msa.probe=${kind}.`,
            'Remove it, or change msa.probe.',
          );
        }
      }
    },
  };
}

function sortedLabels(texts: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(texts)
    .filter(([name]) => isMsaLabel(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Only headers have no entry of their own among the known labels: they go with http. */
function isRead(label: Label<unknown> | undefined, kind: ProbeHow['kind']): boolean {
  if (label === undefined) return kind === 'http';
  return label.kinds === undefined || label.kinds.includes(kind);
}

function refuseHeader(header: string, value: string, taken: readonly string[]): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(header)) return 'does not end in the name of a header';
  if (OWN_HEADERS.includes(header.toLowerCase())) return 'names a header of the connection itself';
  if (taken.some((name) => name.toLowerCase() === header.toLowerCase()))
    return 'names a header that another label has already';
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : 'has a value that no header may have';
}

function adviseOn(name: string): string {
  const meant =
    name.length <= LONGEST_MISSPELT
      ? nearest(
          name.toLowerCase(),
          labelTable.map((row) => row.name),
        )
      : undefined;
  return meant === undefined ? 'Remove it, or look it up in the table of labels.' : `Did you mean ${meant}?`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > QUOTE_LENGTH ? `${text.slice(0, QUOTE_LENGTH)}…` : text);
}

function quoteName(name: string): string {
  return /^[\w.-]{1,80}$/.test(name) ? name : quote(name);
}
