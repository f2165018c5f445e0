/**
 * The short notation of how a service is: `up`, `down`, `2/3 write version=7`. Pure.
 *
 * First how its instances are, then the properties that it says of itself.
 */

import type { Health, InstanceFacts, Json } from '../../model.ts';
import type { Situation } from './trial.ts';

export const situationHelp =
  'write "up", "down", "unknown", "silent", "none", "absent" or "2/3", then properties, as in "up write version=7"';

const wholeWords = { up: 'healthy', down: 'sick', unknown: 'unknown', silent: 'silent' } as const;
const mostInstances = 1_000;

/** Reads the notation; undefined where the text is none. */
export function parseSituation(text: string): Situation | undefined {
  const [first = '', ...rest] = text.trim().split(/\s+/);
  if (first === 'none' || first === 'absent') return rest.length === 0 ? { kind: first } : undefined;
  const properties: Record<string, Json> = {};
  for (const word of rest) {
    const [, name, value] = /^([A-Za-z][\w.-]*)(?:=(.+))?$/.exec(word) ?? [];
    if (name === undefined) return undefined;
    properties[name] = value === undefined ? true : readValue(value);
  }
  if (isWholeWord(first)) return { kind: 'all', are: wholeWords[first], properties };
  const [, healthyText = '', ofText = ''] = /^(\d+)\/(\d+)$/.exec(first) ?? [];
  const [healthy, of] = [Number(healthyText), Number(ofText)];
  if (healthyText === '' || healthy > of || of < 1 || of > mostInstances) return undefined;
  return { kind: 'some', healthy, of, properties };
}

function isWholeWord(word: string): word is keyof typeof wholeWords {
  return Object.hasOwn(wholeWords, word);
}

function readValue(text: string): Json {
  if (text === 'true') return true;
  if (text === 'false') return false;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** The instances that the situation stands for; `wanted` of them where it says no number. Undefined: the service is absent. */
export function instancesOf(
  service: string,
  situation: Situation,
  wanted: number,
  sinceMs: number,
): readonly InstanceFacts[] | undefined {
  if (situation.kind === 'absent') return undefined;
  if (situation.kind === 'none') return [];
  const { properties } = situation;
  const count = situation.kind === 'some' ? situation.of : wanted;
  return Array.from({ length: count }, (_, index): InstanceFacts => {
    const health = healthOf(situation, index);
    return {
      id: `${service}.${index + 1}`,
      node: `node-${index + 1}`,
      health,
      stale: situation.kind === 'all' && situation.are === 'silent',
      sinceMs,
      properties: health === 'healthy' ? properties : {},
      outcome:
        health === 'healthy'
          ? { result: 'pass', properties }
          : health === 'sick'
            ? { result: 'fail', reason: 'status', detail: 'status 503' }
            : { result: 'unknown', reason: 'not-yet', detail: 'not probed yet' },
      asked: '',
    };
  });
}

function healthOf(situation: Situation & { kind: 'all' | 'some' }, index: number): Health {
  if (situation.kind === 'some') return index < situation.healthy ? 'healthy' : 'sick';
  return situation.are === 'silent' ? 'healthy' : situation.are;
}
