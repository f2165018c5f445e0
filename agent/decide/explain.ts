/**
 * Why a verdict is what it is, as a tree: the steps that led to it, and below each dependency that is not well, the same for
 * that service, down to the cause. Plain data, and one way to print it.
 */

import { formatDuration } from '../duration.ts';
import type { Decision, Json, Reason, ReasonInput, Report, State, Verdict } from '../model.ts';

export interface Explanation {
  readonly service: string;
  readonly region: string;
  readonly state: State;
  readonly report: Report;
  readonly priority: number;
  readonly message: string;
  readonly stateSinceMs: number;
  readonly reportSinceMs: number;
  readonly steps: readonly ExplanationStep[];
}

interface ExplanationStep {
  readonly reason: Reason;
  /** Services here whose own verdicts are behind this step. */
  readonly because: readonly Explanation[];
}

/** The tree for a service; undefined where there is no such service. */
export function explain(decision: Decision, service: string): Explanation | undefined {
  return explainBelow(decision, service, new Set());
}

function explainBelow(
  decision: Decision,
  service: string,
  above: ReadonlySet<string>,
): Explanation | undefined {
  const verdict = Object.hasOwn(decision.verdicts, service) ? decision.verdicts[service] : undefined;
  if (verdict === undefined) return undefined;
  const told = new Set([...above, service]);
  const { state, report, priority, message, stateSinceMs, reportSinceMs } = verdict;
  const steps = verdict.because.map((reason) => {
    const because = causesOf(reason, decision.verdicts, told).flatMap(
      (name) => explainBelow(decision, name, told) ?? [],
    );
    for (const { service: name } of because) told.add(name);
    return { reason, because };
  });
  return {
    ...{ service, region: decision.region, state, report, priority, message },
    ...{ stateSinceMs, reportSinceMs, steps },
  };
}

/** The services here that a dependency step names and that are not up; each is told once. */
function causesOf(
  { step, inputs }: Reason,
  verdicts: Readonly<Record<string, Verdict>>,
  told: ReadonlySet<string>,
): readonly string[] {
  if (step !== 'dependency') return [];
  const names = inputs.map(({ fact }) => fact.replace(/\.(state|report)$/, ''));
  return names.filter((name) => Object.hasOwn(verdicts, name) && !told.has(name));
}

export interface RenderOptions {
  readonly nowMs: number;
  readonly color: boolean;
}

/** The tree as text for a terminal or a page. */
export function renderExplanation(tree: Explanation, options: RenderOptions): string {
  return [headline(tree, options), ...renderSteps(tree, '', options)].join('\n');
}

function headline(tree: Explanation, options: RenderOptions): string {
  const { service, region, state, report, reportSinceMs, priority } = tree;
  const age = formatDuration(Math.max(0, options.nowMs - reportSinceMs));
  const details = [
    ...(state === report ? [] : [`state ${state}`]),
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    `for ${age}`,
  ];
  const name = paint('bold', service, options);
  return `${name} is ${paintWord(report, options)} in ${region} (${details.join(', ')})`;
}

function renderSteps(tree: Explanation, indent: string, options: RenderOptions): readonly string[] {
  return tree.steps.flatMap(({ reason, because }, index) => {
    const last = index === tree.steps.length - 1;
    const below = `${indent}${last ? '   ' : '│  '}`;
    const inputs = reason.inputs.map(
      (input) => `${below}${paint('dim', `· ${renderInput(input, options)}`, options)}`,
    );
    const causes = because.flatMap((cause) => [
      `${below}└─ ${headline(cause, options)}`,
      ...renderSteps(cause, `${below}   `, options),
    ]);
    return [`${indent}${last ? '└─' : '├─'} ${renderReason(reason, options)}`, ...inputs, ...causes];
  });
}

function renderReason({ step, source, says, sets }: Reason, options: RenderOptions): string {
  const field = sets === undefined || sets.field === 'message' ? '' : `${sets.field} `;
  const [, word = '', rest = ''] = /^(up|down|drain|unknown)?(.*)$/s.exec(says) ?? [];
  const text = `${field}${word === '' ? '' : paintWord(word, options)}${rest}`;
  return `${step.padEnd(11)} ${text}  ${paint('dim', `[${source}]`, options)}`;
}

function renderInput({ fact, value, sinceMs, note }: ReasonInput, { nowMs }: RenderOptions): string {
  const age = sinceMs === undefined ? '' : ` for ${formatDuration(Math.max(0, nowMs - sinceMs))}`;
  return `${fact} = ${tellValue(value)}${age}${note === undefined ? '' : ` (${note})`}`;
}

function tellValue(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const codes = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33' } as const;

function paint(style: keyof typeof codes, text: string, { color }: RenderOptions): string {
  return color ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}

function paintWord(word: string, options: RenderOptions): string {
  const style = word === 'up' ? 'green' : word === 'down' ? 'red' : 'yellow';
  return paint(style, word, options);
}
