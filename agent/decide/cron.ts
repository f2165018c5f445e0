/**
 * Windows of the calendar: open at each instant of a cron expression, for a length of time, in a time zone.
 *
 * node-cron parses the expression; when it matches is worked out here, because that package tells only what comes next after
 * the clock's own now, and a decision must be able to ask of any instant. As there, all fields must match.
 */

import { parse } from 'node-cron';
import { parseDuration } from '../duration.ts';

export interface WindowPlan {
  readonly cron: string;
  readonly lengthMs: number;
  readonly timeZone: string;
}

export interface CalendarWindow {
  /** Whether it is open at that instant, and until when that answer holds. */
  at(nowMs: number): { readonly open: boolean; readonly untilMs: number };
}

export type WindowRead =
  | { readonly ok: true; readonly value: WindowPlan }
  | { readonly ok: false; readonly message: string; readonly hint: string };

const dayMs = 86_400_000;
const longestMs = 366 * dayMs;

/** Expressions such as 30 February never come: not looked for further than this. 29 February may take eight years. */
const monthsAhead = 12 * 8 + 1;

/** Reads `0 2 * * SUN 2h Europe/Berlin`: cron expression, length, and a time zone where it is not UTC. */
export function parseWindow(text: string): WindowRead {
  const words = text.trim().split(/\s+/);
  const zoned = parseDuration(words.at(-1) ?? '') === undefined;
  const timeZone = zoned ? (words.at(-1) ?? '') : 'UTC';
  const length = words.at(zoned ? -2 : -1) ?? '';
  const cron = words.slice(0, zoned ? -2 : -1).join(' ');
  const lengthMs = parseDuration(length);
  const hint = 'write cron expression, length and time zone, as in "0 2 * * SUN 2h Europe/Berlin"';
  if (lengthMs === undefined || lengthMs <= 0 || lengthMs > longestMs)
    return { ok: false, message: `"${text}" has no length of time up to 366d`, hint };
  if (formatterOf(timeZone) === undefined)
    return {
      ok: false,
      message: `unknown time zone "${timeZone}"`,
      hint: 'name it as in "Europe/Berlin" or "UTC"',
    };
  if (fieldsOf(cron) === undefined) return { ok: false, message: `"${cron}" is no cron expression`, hint };
  return { ok: true, value: { cron, lengthMs, timeZone } };
}

/** The window, ready to be asked; undefined where its cron expression or time zone is none. */
export function createWindow(plan: WindowPlan): CalendarWindow | undefined {
  const fields = fieldsOf(plan.cron);
  const formatter = formatterOf(plan.timeZone);
  if (fields === undefined || formatter === undefined) return undefined;
  const zone = createZone(formatter);
  let last: { fromMs: number; open: boolean; untilMs: number } | undefined;

  return {
    at(nowMs) {
      if (last === undefined || nowMs < last.fromMs || nowMs >= last.untilMs) {
        const opened = lastInstant(fields, zone, nowMs, plan.lengthMs);
        const untilMs = opened === undefined ? nextInstant(fields, zone, nowMs) : opened + plan.lengthMs;
        last = { fromMs: nowMs, open: opened !== undefined, untilMs };
      }
      return { open: last.open, untilMs: last.untilMs };
    },
  };
}

// ---------------------------------------------------------------- the cron expression

interface CronFields {
  /** Seconds of the day, ascending. */
  readonly times: readonly number[];
  readonly months: readonly number[];
  readonly days: readonly (number | string)[];
  readonly weekdays: readonly (number | string)[];
}

/** A calendar day, as people count: January is 1. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function fieldsOf(cron: string): CronFields | undefined {
  try {
    const { second, minute, hour, month, dayOfMonth, dayOfWeek } = parse(cron);
    const times = hour.flatMap((h) => minute.flatMap((m) => second.map((s) => h * 3600 + m * 60 + s)));
    return { times: times.toSorted((a, b) => a - b), months: month, days: dayOfMonth, weekdays: dayOfWeek };
  } catch {
    return undefined;
  }
}

function matchesDay(fields: CronFields, date: Day): boolean {
  const weekday = weekdayOf(date);
  return (
    fields.months.includes(date.month) &&
    fields.days.some((token) => matchesDayOfMonth(token, date)) &&
    fields.weekdays.some((token) => matchesWeekday(token, date, weekday))
  );
}

/** `15`, `L` (the last), `L-2`, `15W` and `LW` (the nearest working day). */
function matchesDayOfMonth(token: number | string, date: Day): boolean {
  if (typeof token === 'number') return token === date.day;
  const last = daysIn(date);
  const [, start = '', before = '0', working] = /^(L|\d+)(?:-(\d+))?(W?)$/.exec(token) ?? [];
  const target = start === 'L' ? last - Number(before) : Number(start);
  return date.day === (working === 'W' ? nearestWorkday(date, target, last) : target);
}

function nearestWorkday(date: Day, target: number, last: number): number {
  const weekday = weekdayOf({ ...date, day: target });
  if (weekday === 6) return target === 1 ? 3 : target - 1;
  if (weekday === 0) return target === last ? target - 2 : target + 1;
  return target;
}

/** `0` is Sunday; `5#2` the second Friday, `5L` the last. */
function matchesWeekday(token: number | string, date: Day, weekday: number): boolean {
  if (typeof token === 'number') return token % 7 === weekday;
  const [, wanted = '', nth, last] = /^(\d)(?:#(\d)|(L))?$/i.exec(token) ?? [];
  if (wanted === '' || Number(wanted) % 7 !== weekday) return false;
  if (nth !== undefined) return Math.ceil(date.day / 7) === Number(nth);
  return last === undefined || date.day + 7 > daysIn(date);
}

function weekdayOf({ year, month, day }: Day): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

function daysIn({ year, month }: Day): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

// ---------------------------------------------------------------- instants

/** The last instant in the window before now that is still open, if there is one. */
function lastInstant(fields: CronFields, zone: Zone, nowMs: number, lengthMs: number): number | undefined {
  const today = zone.dayOf(nowMs);
  const days = Math.ceil(lengthMs / dayMs) + 1;
  for (let back = 0; back <= days; back++) {
    const date = shift(today, -back);
    if (!matchesDay(fields, date)) continue;
    const latest = back === 0 ? zone.secondsOf(nowMs) + clockChange : Number.POSITIVE_INFINITY;
    for (const time of fields.times.filter((one) => one <= latest).toReversed()) {
      const instant = zone.instant(date, time);
      if (instant <= nowMs) return instant > nowMs - lengthMs ? instant : undefined;
    }
  }
  return undefined;
}

/** By so many seconds at most a clock on the wall jumps. */
const clockChange = 3600;

function nextInstant(fields: CronFields, zone: Zone, nowMs: number): number {
  const today = zone.dayOf(nowMs);
  for (let ahead = 0; ahead <= monthsAhead; ahead++) {
    const month = shift({ ...today, month: today.month + ahead, day: 1 }, 0);
    if (!fields.months.includes(month.month)) continue;
    for (let day = ahead === 0 ? today.day : 1; day <= daysIn(month); day++) {
      const date = { ...month, day };
      if (!matchesDay(fields, date)) continue;
      const earliest = ahead === 0 && day === today.day ? zone.secondsOf(nowMs) - clockChange : 0;
      for (const time of fields.times) {
        if (time < earliest) continue;
        const instant = zone.instant(date, time);
        if (instant > nowMs) return instant;
      }
    }
  }
  return nowMs + monthsAhead * 31 * dayMs;
}

function shift({ year, month, day }: Day, days: number): Day {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

// ---------------------------------------------------------------- time zones

interface Zone {
  dayOf(ms: number): Day;
  /** Seconds since midnight, as the clock on the wall shows. */
  secondsOf(ms: number): number;
  /** The instant of that second of the day: the first, where clocks show it twice; where they skip it, an hour later. */
  instant(date: Day, seconds: number): number;
}

function createZone(formatter: Intl.DateTimeFormat): Zone {
  /** What a clock on the wall shows, read as if it were UTC. */
  function wall(ms: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of formatter.formatToParts(ms)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour % 24, minute, second);
  }

  const offset = (ms: number) => wall(ms) - ms;

  return {
    dayOf(ms) {
      const date = new Date(wall(ms));
      return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    },
    secondsOf: (ms) => (wall(ms) % dayMs) / 1000,
    instant({ year, month, day }, seconds) {
      const wanted = Date.UTC(year, month - 1, day) + seconds * 1000;
      const before = wanted - offset(wanted - dayMs);
      const after = wanted - offset(wanted + dayMs);
      return before === after || wall(before) === wanted || wall(after) !== wanted ? before : after;
    },
  };
}

/** One for each time zone: they take long to make, and there are some hundreds of zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  try {
    const formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    formatters.set(timeZone, formatter);
    return formatter;
  } catch {
    return undefined;
  }
}
