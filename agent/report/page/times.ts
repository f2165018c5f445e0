/** Times for people: how long ago, with the instant itself at hand. The page's script keeps the words current. */

import { isoTime } from '../isoTime.ts';
import { type Html, html } from './html.ts';

const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1_000 },
] as const;

/** `3 min`, in the largest unit of which there is one whole. */
export function lengthOf(ms: number): string {
  const unit = units.find((one) => ms >= one.ms);
  return unit === undefined ? '0 s' : `${Math.floor(ms / unit.ms)} ${unit.name}`;
}

/** `3 min ago`, or `in 3 min`. */
export function ago(atMs: number, nowMs: number): Html {
  const distance = lengthOf(Math.abs(nowMs - atMs));
  return time(atMs, atMs > nowMs ? `in ${distance}` : `${distance} ago`, 'ago');
}

/** `for 3 min`: how long something has been as it is. */
export function lasting(sinceMs: number, nowMs: number): Html {
  return time(sinceMs, lengthOf(nowMs - sinceMs), 'for');
}

/** The instant itself. */
export function clockTime(atMs: number): Html {
  const iso = isoTime(atMs);
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

function time(atMs: number, words: string, kind: 'ago' | 'for'): Html {
  const iso = isoTime(atMs);
  return html`<time datetime="${iso}" title="${iso}" data-age="${kind}">${words}</time>`;
}
