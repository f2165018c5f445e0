/** `msa explain`: why a service is reported as it is, down to the cause. */

import { z } from 'zod';
import { decide } from '../decide/decide.ts';
import { type Explanation, explain, renderExplanation } from '../decide/explain.ts';
import type { RuleSet } from '../decide/rule/rule.ts';
import { nearest } from '../nearest.ts';
import { reason, report, state } from '../share/shapes.ts';
import { ask, CommandError } from './ask.ts';
import { knownFacts } from './knownFacts.ts';
import { rulesOf } from './rulesOf.ts';
import type { Paint } from './table.ts';

const explanation: z.ZodType<Explanation> = z.lazy(() =>
  z.looseObject({
    ...{ service: z.string(), region: z.string(), state, report, priority: z.number(), message: z.string() },
    ...{ stateSinceMs: z.number(), reportSinceMs: z.number() },
    steps: z.array(z.looseObject({ reason, because: z.array(explanation) })),
  }),
);

const answer = z.looseObject({
  atMs: z.number().optional(),
  // One of another version may say more than this one knows how to show: its text says it.
  explanation: explanation.optional().catch(undefined),
  text: z.string().optional(),
  stale: z.string().optional(),
  problems: z.array(z.object({ message: z.string(), hint: z.string() })),
});

export interface ExplainOptions {
  readonly url: string;
  /** Decide on the facts of this file instead of asking an agent. */
  readonly facts?: string;
  readonly rules: readonly string[];
}

/** The reasons as a tree. Throws a CommandError where there is no such service. */
export async function explainService(
  service: string,
  options: ExplainOptions,
  paint: Paint,
  color: boolean,
): Promise<string> {
  if (options.facts === undefined) return explainLive(service, options.url, paint, color);
  const { facts, memory, atMs } = await knownFacts({ url: options.url, file: options.facts });
  const rules: RuleSet = await rulesOf(options.rules);
  const { decision } = decide(rules, facts, memory ?? { services: {}, rules: {} }, atMs);
  const tree = explain(decision, service);
  if (tree !== undefined) return renderExplanation(tree, { nowMs: atMs, color });
  const names = Object.keys(facts.services);
  const near = nearest(service, names);
  throw new CommandError(
    `There is no service "${service}" in ${options.facts}`,
    near === undefined ? `There are ${names.slice(0, 10).join(', ') || 'none'}.` : `Did you mean "${near}"?`,
    1,
  );
}

/** The agent's own word: what it answers load balancers by. */
async function explainLive(service: string, url: string, paint: Paint, color: boolean): Promise<string> {
  const path = `/api/v1/services/${encodeURIComponent(service)}`;
  const { atMs, explanation: tree, text, stale, problems } = await ask(url, path, answer);
  const told =
    tree === undefined || atMs === undefined ? text : renderExplanation(tree, { nowMs: atMs, color });
  return [
    told ?? `Nothing is decided yet on ${service}.`,
    ...(stale === undefined ? [] : [`${paint('yellow', '!')} This decision may be old: ${stale}`]),
    ...problems.map(({ message, hint }) => `${paint('yellow', '!')} ${message} ${hint}`),
  ].join('\n');
}
