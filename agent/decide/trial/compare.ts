/** Compares what is with what is expected, and says the difference so that one sees at a glance what went wrong. Pure. */

import type { Decision, Effect, Verdict } from '../../model.ts';
import { type Explanation, explain, renderExplanation } from '../explain.ts';
import type { Claimed, Expectation, ExpectedEffects, Where } from './trial.ts';

/** One thing that is not as expected. */
export interface Difference {
  readonly where: Where;
  /** Since the start. */
  readonly atMs: number;
  /** `east/db`, or something else that it is about. */
  readonly what: string;
  readonly expected: string;
  readonly got: string;
  /** Why it is so. */
  readonly explanation?: { readonly tree: Explanation; readonly nowMs: number };
}

/** All regions that run, at one instant. */
export interface Seen {
  readonly nowMs: number;
  readonly startMs: number;
  readonly regions: readonly { readonly name: string; readonly decision: Decision }[];
}

export function checkExpectation(expectation: Expectation, seen: Seen): readonly Difference[] {
  const { region, service, where, onlyIn, report } = expectation;
  const what = region === undefined ? service : `${region}/${service}`;
  const about = { where, atMs: seen.nowMs - seen.startMs, what };
  const asked = seen.regions
    .filter(({ name }) => region === undefined || region === name)
    .map(({ name, decision }) => ({ name, decision, verdict: verdictIn(decision, service) }));
  if (asked.every(({ verdict }) => verdict === undefined)) {
    const got = asked.length === 0 ? 'that region does not run' : 'there is no such service';
    return [{ ...about, expected: 'a verdict', got }];
  }
  const differences: Difference[] = [];
  if (onlyIn !== undefined && report !== undefined) {
    const got = asked.filter(({ verdict }) => verdict?.report === report).map(({ name }) => name);
    if (!sameNames(got, onlyIn)) {
      const wrong = asked.find(({ name }) => got.includes(name) !== onlyIn.includes(name));
      const why = wrong === undefined ? {} : explanationOf(wrong.decision, service, seen);
      differences.push({
        ...about,
        expected: tellWhere(report, onlyIn),
        got: tellWhere(report, got),
        ...why,
      });
    }
  }
  for (const { name, decision, verdict } of asked) {
    if (verdict === undefined) continue;
    const wrong = fieldsThatDiffer(expectation, verdict, () => renderedIn(decision, service, seen));
    if (wrong.length === 0) continue;
    differences.push({
      ...about,
      what: `${name}/${service}`,
      expected: wrong.map((one) => one.expected).join(', '),
      got: wrong.map((one) => one.got).join(', '),
      ...explanationOf(decision, service, seen),
    });
  }
  return differences;
}

interface Words {
  readonly expected: string;
  readonly got: string;
}

function fieldsThatDiffer(
  expectation: Expectation,
  verdict: Verdict,
  rendered: () => string,
): readonly Words[] {
  const wrong: Words[] = [];
  const fields = ['report', 'state', 'priority', 'eligible', 'willing'] as const;
  for (const field of fields) {
    const expected = field === 'report' && expectation.onlyIn !== undefined ? undefined : expectation[field];
    if (expected !== undefined && expected !== verdict[field])
      wrong.push({ expected: `${field} ${expected}`, got: `${field} ${verdict[field]}` });
  }
  for (const text of expectation.because)
    if (!contains(rendered(), text)) wrong.push({ expected: `because … ${text}`, got: 'no reason says so' });
  const { message } = expectation;
  if (message !== undefined && !contains(verdict.message, message))
    wrong.push({ expected: `message "… ${message} …"`, got: `message "${verdict.message}"` });
  return wrong;
}

function contains(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

function verdictIn({ verdicts }: Decision, service: string): Verdict | undefined {
  return Object.hasOwn(verdicts, service) ? verdicts[service] : undefined;
}

function renderedIn(decision: Decision, service: string, { nowMs }: Seen): string {
  const tree = explain(decision, service);
  return tree === undefined ? '' : renderExplanation(tree, { nowMs, color: false });
}

function explanationOf(
  decision: Decision,
  service: string,
  { nowMs }: Seen,
): Pick<Difference, 'explanation'> {
  const tree = explain(decision, service);
  return tree === undefined ? {} : { explanation: { tree, nowMs } };
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.toSorted().join(' ') === others.toSorted().join(' ');
}

function tellWhere(report: string, regions: readonly string[]): string {
  return regions.length === 0 ? `${report} nowhere` : `${report} only in ${regions.join(', ')}`;
}

/** The difference, where the claim holds and should not, or should and does not. */
export function checkClaim(
  claimed: Claimed,
  wanted: boolean,
  seen: Seen,
  begun: readonly (readonly [string, Effect])[],
): Difference | undefined {
  const { holds, got } = judgeClaim(claimed.claim, seen, begun);
  if (holds === wanted) return undefined;
  return {
    where: claimed.where,
    atMs: seen.nowMs - seen.startMs,
    what: wanted ? 'always' : 'never',
    expected: claimed.text,
    got,
  };
}

function judgeClaim(
  claim: Claimed['claim'],
  seen: Seen,
  begun: readonly (readonly [string, Effect])[],
): { readonly holds: boolean; readonly got: string } {
  switch (claim.kind) {
    case 'count': {
      const { service, report, least, most } = claim;
      const where = seen.regions.filter(({ decision }) => verdictIn(decision, service)?.report === report);
      const got = `${service} is ${tellWhere(
        report,
        where.map(({ name }) => name),
      )}`;
      return { holds: where.length >= least && where.length <= most, got };
    }
    case 'verdict': {
      const decision = seen.regions.find(({ name }) => name === claim.region)?.decision;
      const report = decision === undefined ? undefined : verdictIn(decision, claim.service)?.report;
      return { holds: report === claim.report, got: `it is ${report ?? 'not decided'}` };
    }
    case 'effect': {
      const line = begun
        .map(([region, effect]) => tellEffect(region, effect))
        .find((one) => says(one, claim.words));
      return { holds: line !== undefined, got: line ?? 'no such effect' };
    }
  }
}

/** Each line that is expected tells of one effect, and each effect is expected. */
export function checkEffects(
  { where, lines }: ExpectedEffects,
  begun: readonly (readonly [string, Effect])[],
  seen: Seen,
): readonly Difference[] {
  const got = begun.map(([region, effect]) => tellEffect(region, effect));
  const left = [...got];
  const missing = lines.filter((line) => {
    const index = left.findIndex((one) => says(one, line));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  if (missing.length === 0 && left.length === 0) return [];
  const list = (all: readonly string[]) => (all.length === 0 ? 'none' : all.join('; '));
  return [{ where, atMs: seen.nowMs - seen.startMs, what: 'effects', expected: list(lines), got: list(got) }];
}

/** `east webhook db-failover POST http://db/failover: taking the database over` */
function tellEffect(region: string, effect: Effect): string {
  if (effect.kind === 'webhook')
    return `${region} webhook ${effect.rule} ${effect.method} ${effect.url}: ${effect.message}`;
  return `${region} notify ${effect.channel}: ${effect.message} [${effect.source}]`;
}

/** Do all words stand in the line? */
function says(line: string, words: string): boolean {
  return words.split(/\s+/).every((word) => contains(line, word));
}
