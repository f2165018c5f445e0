/** `msa simulate`: what would change, and why, if some facts were others. Nothing is changed. */

import { changeFacts } from '../decide/changeFacts.ts';
import { renderExplanation } from '../decide/explain.ts';
import { type SimulatedChange, type Simulation, simulate } from '../decide/simulate.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import type { Effect, Facts } from '../model.ts';
import { CommandError } from './ask.ts';
import { type KnownFacts, knownFacts } from './knownFacts.ts';
import { rulesOf } from './rulesOf.ts';
import type { Paint } from './table.ts';

export interface SimulateOptions {
  readonly set: readonly string[];
  readonly url: string;
  readonly facts?: string;
  readonly rules: readonly string[];
  /** The rules in force, where `rules` are new ones. */
  readonly inForce?: readonly string[];
  /** How far to look ahead. */
  readonly ahead: string;
}

/** The simulation, and what the reader should know of it. */
export async function runSimulation(options: SimulateOptions): Promise<{
  readonly simulation: Simulation;
  readonly warnings: readonly string[];
}> {
  const known = await knownFacts({ url: options.url, file: options.facts });
  const rules = await rulesOf(options.rules);
  const rulesBefore = options.inForce === undefined ? rules : await rulesOf(options.inForce);
  const aheadMs = parseDuration(options.ahead);
  if (aheadMs === undefined)
    throw new CommandError(`"${options.ahead}" is no length of time`, 'Write it as in --ahead 10m.');
  let changed: Facts = known.facts;
  for (const change of options.set) {
    const next = changeFacts(changed, change, known.atMs);
    if (!next.ok) throw new CommandError(next.message, next.hint);
    changed = next.facts;
  }
  const memory = known.memory ?? { services: {}, rules: {} };
  const simulation = simulate({
    rules,
    rulesBefore,
    facts: known.facts,
    changed,
    memory,
    nowMs: known.atMs,
    aheadMs,
  });
  return { simulation, warnings: warningsOf(known, rulesBefore.hash, options.rules.length > 0) };
}

function warningsOf({ memory, rules }: KnownFacts, hash: string, named: boolean): readonly string[] {
  const none = 'No --rules are named: labels alone decide here, while the agent has rules.';
  const others = 'The agent does not have these very files in force: what it would do may differ.';
  const differs = rules !== undefined && rules.hash !== hash && (named || rules.version > 0);
  return [
    ...(differs ? [named ? others : none] : []),
    ...(memory === undefined ? ['What was decided before is not known: holds and waits begin anew.'] : []),
  ];
}

/** What changes, in the order of time, each with its reasons. */
export function simulationText(
  { simulation, warnings }: Awaited<ReturnType<typeof runSimulation>>,
  set: readonly string[],
  paint: Paint,
  color: boolean,
): string {
  const { region, instants } = simulation;
  const what = set.length === 0 ? 'as things are' : `with ${set.join(' and ')}`;
  const parts = instants.map(({ atMs, afterMs, changes, effects }) =>
    [
      paint('bold', afterMs === 0 ? 'At once:' : `After ${formatDuration(afterMs)}:`),
      ...changes.map((change) => changeText(change, atMs, paint, color)),
      ...effects.map((effect) => `  ${paint('magenta', effectText(effect))}`),
    ].join('\n'),
  );
  return [
    `In ${region}, ${what}, ${instants.length === 0 ? 'nothing would change.' : 'this would change:'}`,
    ...parts,
    ...warnings.map((warning) => `${paint('yellow', '!')} ${warning}`),
  ].join('\n\n');
}

const colours = { up: 'green', down: 'red', drain: 'yellow', unknown: 'magenta' } as const;

function changeText(change: SimulatedChange, nowMs: number, paint: Paint, color: boolean): string {
  const { service, from, to, explanation } = change;
  const arrows = [
    ...(from.report === to.report
      ? []
      : [`${paint(colours[from.report], from.report)} → ${paint(colours[to.report], to.report)}`]),
    ...(from.state === to.state || (from.state === from.report && to.state === to.report)
      ? []
      : [`state ${from.state} → ${to.state}`]),
    ...(from.priority === to.priority ? [] : [`priority ${from.priority} → ${to.priority}`]),
  ];
  const tree = renderExplanation(explanation, { nowMs, color }).split('\n').slice(1);
  return [`  ${paint('bold', service)}: ${arrows.join(', ')}`, ...tree.map((line) => `    ${line}`)].join(
    '\n',
  );
}

function effectText(effect: Effect): string {
  return effect.kind === 'webhook'
    ? `webhook of rule ${effect.rule}: ${effect.method} ${effect.url} (${effect.message})`
    : `message to ${effect.channel}: ${effect.message}`;
}
