/**
 * What was answered while something failed, judged afterwards from the record alone. Pure.
 *
 * A record can tell what was so between two answers only where both say the same: a node answers "up" from its first such
 * answer in a row to its last. So two regions are up at once where each said so before the other had ceased to.
 */

import type { Answer } from '../../scripts/lab/client.ts';

/** All that one node answered about one service, in the order of asking. */
export interface Trace {
  readonly node: string;
  readonly region: string;
  readonly service: string;
  readonly answers: readonly Pick<Answer, 'atMs' | 'tookMs' | 'status' | 'error' | 'body'>[];
}

export interface Expected {
  /** Nodes whose agents end in this failure, and come back: while they are away they don't answer. */
  readonly away: readonly string[];
  /** The failure may change what this node answers about this service. */
  readonly touches: (service: string, node: string) => boolean;
  /** Those that may be up in one region at a time. */
  readonly limited: readonly string[];
}

export interface Summary {
  readonly answers: number;
  /** Questions that nodes which were there did not answer, in words. */
  readonly missing: readonly string[];
  /** Answers that say otherwise than the first about services that the failure does not touch, in words. */
  readonly changed: readonly string[];
  /** In how many regions some node answered "up" for the same limited service at the same instant. */
  readonly mostUpAtOnce: number;
  /** For how long no node of any region answered "up" for a limited service. */
  readonly longestWithoutMs: number;
}

export function summarise(traces: readonly Trace[], { away, touches, limited }: Expected): Summary {
  const there = traces.filter(({ node }) => !away.includes(node));
  const untouched = traces.filter(({ service, node }) => !touches(service, node));
  const ofLimited = limited.map((name) => traces.filter(({ service }) => service === name));
  return {
    answers: traces.reduce((sum, { answers }) => sum + answers.length, 0),
    missing: there.flatMap(missingIn),
    changed: untouched.flatMap(changedIn),
    mostUpAtOnce: Math.max(0, ...ofLimited.map(mostUpAtOnce)),
    longestWithoutMs: Math.max(0, ...ofLimited.map(longestWithoutMs)),
  };
}

function missingIn(trace: Trace): readonly string[] {
  return trace.answers.filter(({ status }) => status === undefined).map((answer) => told(trace, answer));
}

function changedIn(trace: Trace): readonly string[] {
  const [first] = trace.answers;
  return trace.answers
    .filter(({ status }) => status !== undefined && status !== first?.status)
    .map((answer) => told(trace, answer));
}

function told({ node, service, answers }: Trace, answer: Trace['answers'][number]): string {
  const sinceMs = answer.atMs - (answers[0]?.atMs ?? 0);
  const what = answer.status === undefined ? answer.error : `${answer.status} ${answer.body.trim()}`;
  return `${node}, ${service}, after ${sinceMs} ms: ${what}`;
}

/** Both ends belong to it. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

function mostUpAtOnce(traces: readonly Trace[]): number {
  const regions = [...new Set(traces.map(({ region }) => region))];
  const edges = regions.flatMap((name) =>
    upSpans(traces.filter(({ region }) => region === name)).flatMap(({ fromMs, toMs }) => [
      { atMs: fromMs, step: 1 },
      { atMs: toMs, step: -1 },
    ]),
  );
  let up = 0;
  let most = 0;
  // At one and the same instant, what begins goes before what ends.
  for (const { step } of edges.toSorted((a, b) => a.atMs - b.atMs || b.step - a.step)) {
    up += step;
    most = Math.max(most, up);
  }
  return most;
}

/** From the first question to the last; where nobody ever answered "up", that is all of it. */
function longestWithoutMs(traces: readonly Trace[]): number {
  const asked = traces.flatMap(({ answers }) => answers.map(({ atMs }) => atMs));
  if (asked.length === 0) return 0;
  let coveredToMs = asked.reduce((a, b) => Math.min(a, b));
  let longest = 0;
  for (const { fromMs, toMs } of upSpans(traces)) {
    longest = Math.max(longest, fromMs - coveredToMs);
    coveredToMs = toMs;
  }
  return Math.max(longest, asked.reduce((a, b) => Math.max(a, b)) - coveredToMs);
}

/** When any of these nodes answered "up": spans that do not touch each other, in their order. */
function upSpans(traces: readonly Trace[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of traces.flatMap(upSpansOf).toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last === undefined || span.fromMs > last.toMs) merged.push(span);
    else merged[merged.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) };
  }
  return merged;
}

/**
 * A row of "up" is certain from when its first answer had come to when its last one was asked for. One that stands alone was
 * up at some instant between its own question and answer, and is taken to have been so all that time.
 */
function upSpansOf({ answers }: Trace): readonly Span[] {
  const spans: Span[] = [];
  let row: Trace['answers'][number][] = [];
  const close = (): void => {
    const [first] = row;
    const last = row.at(-1);
    row = [];
    if (first === undefined || last === undefined) return;
    const ends = [first.atMs + first.tookMs, last.atMs];
    spans.push({ fromMs: Math.min(...ends), toMs: Math.max(...ends) });
  };
  for (const answer of answers) {
    if (answer.status === 200) row.push(answer);
    else close();
  }
  close();
  return spans;
}
