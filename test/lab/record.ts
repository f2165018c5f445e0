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
  /** The status that it answers with as long as nothing fails. */
  readonly usual: number;
  readonly answers: readonly Pick<Answer, 'atMs' | 'tookMs' | 'status' | 'error' | 'body'>[];
}

export interface Expected {
  /**
   * Nodes whose agents ended meanwhile, and came back. While away they don't answer; back again, they may be careful about
   * what is limited for a moment: it could have gone elsewhere meanwhile.
   */
  readonly away: readonly string[];
  /** How often each of them may be away; once unless told. */
  readonly times?: number;
  /** The failure may change what this node answers about this service. */
  readonly touches: (service: string, node: string) => boolean;
  /** Those that may be up in one region at a time. */
  readonly limited: readonly string[];
}

export interface Summary {
  readonly answers: number;
  /** Questions that nodes which were there did not answer. */
  readonly missing: number;
  /** When nodes which were there did not answer, and when else they did not, in words. */
  readonly silences: readonly string[];
  /** Answers that say otherwise than usual about services that the failure does not touch, in words. */
  readonly changed: readonly string[];
  /** In how many regions some node answered "up" for the same limited service at the same instant. */
  readonly mostUpAtOnce: number;
  /** When there was more than one, in words. */
  readonly overlaps: readonly string[];
  /** For how long no node of any region answered "up" for a limited service. */
  readonly longestWithoutMs: number;
}

export function summarise(
  traces: readonly Trace[],
  { away, times = 1, touches, limited }: Expected,
): Summary {
  const wasAway = ({ node }: Trace): boolean => away.includes(node);
  const untouched = traces.filter(({ service, node }) => !touches(service, node));
  const ofLimited = limited.map((name) => traces.filter(({ service }) => service === name));
  const missing = traces.map((trace) => missingIn(trace, wasAway(trace) ? times : 0));
  return {
    answers: traces.reduce((sum, { answers }) => sum + answers.length, 0),
    missing: missing.reduce((sum, { count }) => sum + count, 0),
    silences: missing.flatMap(({ told }) => told),
    changed: untouched.flatMap((trace) =>
      changedIn(trace, wasAway(trace) && limited.includes(trace.service)),
    ),
    mostUpAtOnce: Math.max(0, ...ofLimited.map(mostUpAtOnce)),
    overlaps: ofLimited.flatMap(overlapsIn),
    longestWithoutMs: Math.max(0, ...ofLimited.map(longestWithoutMs)),
  };
}

/** The rows of silence of a node that may be silent so many times: all but its longest ones are too many. */
function missingIn(
  trace: Trace,
  allowed: number,
): { readonly count: number; readonly told: readonly string[] } {
  const rows = silentRows(trace.answers);
  const surplus = rows.toSorted((a, b) => b.length - a.length).slice(allowed);
  const count = surplus.reduce((sum, row) => sum + row.length, 0);
  return { count, told: count === 0 ? [] : rows.flatMap((row) => toldRow(trace, row)) };
}

/** One ends where the node has answered for a second: an agent that stops hangs up on some, and answers others in between. */
function silentRows(answers: Trace['answers']): readonly (readonly Trace['answers'][number][])[] {
  const rows: Trace['answers'][number][][] = [];
  for (const answer of answers.filter(isMissing)) {
    const last = rows.at(-1)?.at(-1);
    const isBack = last !== undefined && answers.some(isWithin(last.atMs, answer.atMs));
    if (last === undefined || (isBack && answer.atMs - last.atMs > 1000)) rows.push([answer]);
    else rows.at(-1)?.push(answer);
  }
  return rows;
}

function toldRow(trace: Trace, row: Trace['answers']): readonly string[] {
  const [first] = row;
  return first === undefined
    ? []
    : [`${told(trace, first)}${row.length > 1 ? `, ${row.length} in a row` : ''}`];
}

/** One that may be careful says less than "up" for a while after its silence, never more. */
function changedIn(trace: Trace, mayBeCareful: boolean): readonly string[] {
  const { usual, answers } = trace;
  const isCareful = (answer: Trace['answers'][number]): boolean => {
    const silent = answers.findLast((other) => isMissing(other) && other.atMs < answer.atMs);
    if (silent === undefined || answer.status === 200) return false;
    return !answers.filter(({ status }) => status === usual).some(isWithin(silent.atMs, answer.atMs));
  };
  return answers
    .filter((answer) => !isMissing(answer) && answer.status !== usual)
    .filter((answer) => !(mayBeCareful && isCareful(answer)))
    .map((answer) => told(trace, answer));
}

/**
 * Asked and answered within. Answers come in another order than they were asked for: one whose connection took long is
 * overtaken, and an agent that stops still answers what it had begun when it hangs up on others.
 */
const isWithin = (fromMs: number, toMs: number) => (answer: Trace['answers'][number]) =>
  !isMissing(answer) && answer.atMs > fromMs && answer.atMs + answer.tookMs <= toMs;

const isMissing = ({ status }: Pick<Answer, 'status'>): boolean => status === undefined;

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
  return Math.max(0, ...edgesOf(traces).map(({ up }) => up.length));
}

function overlapsIn(traces: readonly Trace[]): readonly string[] {
  const beganMs = traces[0]?.answers[0]?.atMs ?? 0;
  const edges = edgesOf(traces);
  return edges.flatMap(({ atMs, up }, index) => {
    if (up.length < 2) return [];
    const untilMs = (edges[index + 1]?.atMs ?? atMs) - beganMs;
    return [`${traces[0]?.service} up in ${up.join(' and ')} from ${atMs - beganMs} to ${untilMs} ms`];
  });
}

/** The instants at which a region begins or ceases to be up, each with those that are up from there on. */
function edgesOf(
  traces: readonly Trace[],
): readonly { readonly atMs: number; readonly up: readonly string[] }[] {
  const regions = [...new Set(traces.map(({ region }) => region))];
  const edges = regions.flatMap((name) =>
    upSpans(traces.filter(({ region }) => region === name)).flatMap(({ fromMs, toMs }) => [
      { region: name, atMs: fromMs, begins: true },
      { region: name, atMs: toMs, begins: false },
    ]),
  );
  const up = new Set<string>();
  // At one and the same instant, what begins goes before what ends.
  const inOrder = edges.toSorted((a, b) => a.atMs - b.atMs || Number(b.begins) - Number(a.begins));
  return inOrder.map(({ region, atMs, begins }) => {
    if (begins) up.add(region);
    else up.delete(region);
    return { atMs, up: [...up] };
  });
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
