/** Reads what holds always or never in a trial: short sentences. */

import type { JsonNode } from '../rule/jsonText.ts';
import { reports } from './readExpectations.ts';
import { isKnown } from './readServices.ts';
import type { Claimed } from './trial.ts';
import type { TrialScope } from './trialScope.ts';

const count = /^(\S+) (?:is )?(\w+) in (at most|at least|exactly|more than|fewer than) (\d+)(?: regions?)?$/;
const verdict = /^([^/\s]+)\/(\S+) (?:is )?(\w+)$/;
const effect = /^(?:webhook|notify) \S.*$/;

const hint =
  'write "db up in at most 1 region", "west/db up" or "webhook db-failover"; the numbers may also be "at least", "exactly", "more than", "fewer than"';

export function readClaims(nodes: readonly JsonNode[], scope: TrialScope): readonly Claimed[] {
  return nodes.flatMap((node) => {
    const text = node.kind === 'scalar' && typeof node.value === 'string' ? node.value.trim() : '';
    const claim = parseClaim(text);
    if (claim === undefined) {
      scope.complain(node.at, `${JSON.stringify(text)} is no sentence that can hold or not`, hint);
      return [];
    }
    if (claim.kind === 'verdict' && !isKnown(claim.region, node.at, scope)) return [];
    return [{ where: scope.whereOf(node.at), text, claim }];
  });
}

function parseClaim(text: string): Claimed['claim'] | undefined {
  if (effect.test(text)) return { kind: 'effect', words: text };
  const [, service = '', word, how = '', number] = count.exec(text) ?? [];
  const report = reports.find((one) => one === word);
  if (report !== undefined) return { kind: 'count', service, report, ...boundsOf(how, Number(number)) };
  const [, region = '', name = '', said] = verdict.exec(text) ?? [];
  const one = reports.find((other) => other === said);
  return one === undefined ? undefined : { kind: 'verdict', region, service: name, report: one };
}

function boundsOf(how: string, number: number): { readonly least: number; readonly most: number } {
  switch (how) {
    case 'at most':
      return { least: 0, most: number };
    case 'at least':
      return { least: number, most: Number.POSITIVE_INFINITY };
    case 'more than':
      return { least: number + 1, most: Number.POSITIVE_INFINITY };
    case 'fewer than':
      return { least: 0, most: number - 1 };
    default:
      return { least: number, most: number };
  }
}
