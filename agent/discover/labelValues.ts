/**
 * How the text of a label becomes a value.
 *
 * Pure. Each parser takes the text of one label and gives its value, or says in a few words what the text is not
 * ("is not a duration"), so that one place can make the sentence for people. A parser never throws.
 */

import { validate as validCron } from 'node-cron';
import { formatDuration, parseDuration } from '../duration.ts';
import type { Damping, HealthyMin, Maintenance, Preference, ServiceRef, StatusRange } from '../model.ts';

/** A value, or what is wrong: `why` goes on after "label x of y ". */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

export type Parser<T> = (text: string) => Parsed<T>;

/** What a service, a region, a channel or a credential may be called. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}

/** `true`, `yes`, `on` and `1`, or their opposites, in any case: what YAML and people make of a switch. */
export function parseBoolean(text: string): Parsed<boolean> {
  const word = text.trim().toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return good(true);
  if (['false', 'no', 'off', '0'].includes(word)) return good(false);
  return bad('is neither true nor false');
}

export function parseName(text: string): Parsed<string> {
  const name = text.trim();
  return NAME.test(name) ? good(name) : bad('is not a name (letters, digits, and . _ - after the first)');
}

/** Any text with something in it, as it is. */
export function parseText(text: string): Parsed<string> {
  return text === '' ? bad('is empty') : good(text);
}

/** A whole number within the bounds, both included. */
export function parseInteger(from: number, to: number): Parser<number> {
  return (text) => {
    const number = /^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (Number.isNaN(number)) return bad('is not a whole number');
    return number >= from && number <= to ? good(number) : bad(`is not between ${from} and ${to}`);
  };
}

/** `250ms`, `5s`, `1m30s`, `2h`, `1d`, or `0`: milliseconds within the bounds, both included. */
export function parseLength(fromMs: number, toMs: number): Parser<number> {
  return (text) => {
    const ms = text.trim() === '0' ? 0 : parseDuration(text.trim());
    if (ms === undefined) return bad('is not a duration such as 5s, 250ms or 1m30s');
    if (ms < fromMs) return bad(`is shorter than ${formatDuration(fromMs)}`);
    return ms > toMs ? bad(`is longer than ${formatDuration(toMs)}`) : good(ms);
  };
}

/** Items between commas; an empty list, or an empty item, is a mistake. */
export function parseList<T>(parseItem: Parser<T>): Parser<readonly T[]> {
  return (text) => {
    const items: T[] = [];
    for (const part of text.split(',')) {
      if (part.trim() === '') return bad('has an empty item in its list');
      const item = parseItem(part.trim());
      if (!item.ok) return bad(`has an item "${part.trim().slice(0, 60)}" that ${item.why}`);
      items.push(item.value);
    }
    return good(items);
  };
}

/** `db` is a service of this region, `west/db` of another; `*` in place of a region means every one. */
export function parseServiceRef(text: string): Parsed<ServiceRef> {
  const [first = '', second, ...more] = text.split('/');
  if (more.length > 0) return bad('has more than one /');
  if (second === undefined) {
    return NAME.test(first) ? good({ service: first }) : bad('is not a service, such as db or west/db');
  }
  const fits = (first === '*' || NAME.test(first)) && NAME.test(second);
  return fits ? good({ region: first, service: second }) : bad('is not a service, such as db or west/db');
}

/** `db:write=10000`, or `db=5`. */
export function parsePreference(text: string): Parsed<Preference> {
  const match = /^([^:=\s]+)(?::([^:=\s]+))?\s*=\s*([+-]?\d{1,9})$/.exec(text);
  const [, service = '', property, priority] = match ?? [];
  if (!NAME.test(service)) return bad('is not a preference such as db:write=10000');
  return good({ service, ...(property === undefined ? {} : { property }), priority: Number(priority) });
}

/** `200`, or `200-299`. */
export function parseStatusRange(text: string): Parsed<StatusRange> {
  const [, first = '', last = first] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
  if (first === '') return bad('is neither a status such as 204 nor a range such as 200-299');
  const range = { from: Number(first), to: Number(last) };
  return range.from <= range.to ? good(range) : bad('ends before it starts');
}

/** `1`, `2`, or `51%`. */
export function parseHealthyMin(text: string): Parsed<HealthyMin> {
  const percent = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text.trim())?.[1];
  if (percent !== undefined) {
    const fits = Number(percent) > 0 && Number(percent) <= 100;
    return fits ? good({ kind: 'percent', percent: Number(percent) }) : bad('is not above 0% and up to 100%');
  }
  const count = parseInteger(1, 100_000)(text);
  if (!count.ok) return bad('is neither a count from 1 on nor a share such as 51%');
  return good({ kind: 'count', count: count.value });
}

/** A cron expression of five fields, or six with seconds first. */
export function parseCron(text: string): Parsed<string> {
  const cron = text.trim().replaceAll(/\s+/g, ' ');
  return validCron(cron) ? good(cron) : bad('is not a cron expression such as */5 * * * *');
}

/** `true`, or cron, length and (where it is not UTC) time zone: `0 2 * * SUN 2h Europe/Berlin`. `false` is none. */
export function parseMaintenance(text: string): Parsed<Maintenance | undefined> {
  const always = parseBoolean(text);
  if (always.ok) return good(always.value ? { kind: 'always' } : undefined);
  const words = text.trim().split(/\s+/);
  const lengthAt = words.findLastIndex((word) => /^[\d.]+(ms|[smhd])/.test(word));
  if (lengthAt < 1 || words.length - lengthAt > 2) {
    return bad('is neither true nor a window: cron expression, length, time zone');
  }
  const cron = parseCron(words.slice(0, lengthAt).join(' '));
  if (!cron.ok) return bad('starts with what is not a cron expression such as 0 2 * * SUN');
  const lengthMs = parseLength(1_000, 366 * 86_400_000)(words[lengthAt] ?? '');
  if (!lengthMs.ok) return bad(`has a length that ${lengthMs.why}`);
  const timeZone = words[lengthAt + 1] ?? 'UTC';
  if (!isTimeZone(timeZone)) return bad(`has a time zone "${timeZone.slice(0, 60)}" that nobody knows`);
  return good({ kind: 'window', cron: cron.value, lengthMs: lengthMs.value, timeZone });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const defaultDamping: Damping = { penalty: 1_000, suppress: 3_000, reuse: 1_000, halfLifeMs: 60_000 };

/** `true` for the defaults, or what differs from them: `suppress=4000, half-life=2m`. `false` is none. */
export function parseDamping(text: string): Parsed<Damping | undefined> {
  const on = parseBoolean(text);
  if (on.ok) return good(on.value ? defaultDamping : undefined);
  let damping = defaultDamping;
  for (const part of text.split(',')) {
    const [name = '', value = '', ...more] = part.split('=').map((word) => word.trim());
    if (more.length > 0) return bad(`has an item "${part.trim().slice(0, 60)}" with two =`);
    const changed = changeDamping(damping, name, value);
    if (!changed.ok) return changed;
    damping = changed.value;
  }
  if (damping.reuse >= damping.suppress) return bad('has a reuse level that is not below suppress');
  return good(damping);
}

function changeDamping(damping: Damping, name: string, text: string): Parsed<Damping> {
  if (name === 'half-life') {
    const ms = parseLength(1_000, 86_400_000)(text);
    return ms.ok ? good({ ...damping, halfLifeMs: ms.value }) : bad(`has a half-life that ${ms.why}`);
  }
  if (name !== 'penalty' && name !== 'suppress' && name !== 'reuse') {
    return bad(`has a part "${name.slice(0, 60)}" that is not one of penalty, suppress, reuse, half-life`);
  }
  const level = parseInteger(1, 1_000_000)(text);
  return level.ok ? good({ ...damping, [name]: level.value }) : bad(`has a ${name} that ${level.why}`);
}
