/** Verdict words as marks: a shape, a word and a colour, so that none of the three is needed to read the others. */

import type { Freshness, Health, Report, State } from '../../model.ts';
import { type Html, html } from './html.ts';

/** How a mark feels: `calm` is out of service for a reason, not for a fault. */
export type Tone = 'good' | 'bad' | 'warn' | 'calm' | 'dim';

const shapes: Readonly<Record<Tone, Html>> = {
  good: html`<circle cx="8" cy="8" r="7"/><path class="ink" d="M4.6 8.3l2.4 2.4 4.5-5"/>`,
  bad: html`<path d="M5 .9h6L15.1 5v6L11 15.1H5L.9 11V5z"/><path class="ink" d="M5.4 5.4l5.2 5.2m0-5.2l-5.2 5.2"/>`,
  warn: html`<path d="M8 .8l7.6 13.9H.4z"/><path class="ink" d="M8 5.6v4.2m0 2v.6"/>`,
  calm: html`<circle cx="8" cy="8" r="7"/><path class="ink" d="M6 5v6m4-6v6"/>`,
  dim: html`<rect x="1" y="1" width="14" height="14" rx="3"/><path class="ink" d="M5.8 6a2.2 2.2 0 114 1.2C9.2 8 8 8.2 8 9.4m0 2v.6"/>`,
};

export function mark(tone: Tone, word: string, more?: string): Html {
  return html`<span class="mark ${tone}">${symbol(tone)}${word}${
    more === undefined ? undefined : html` <small>${more}</small>`
  }</span>`;
}

export function symbol(tone: Tone): Html {
  return html`<svg class="symbol ${tone}" viewBox="0 0 16 16" aria-hidden="true">${shapes[tone]}</svg>`;
}

/** `down` of a service that could run is a choice, not a fault. */
export function reportTone(report: Report, state: State): Tone {
  switch (report) {
    case 'up':
      return 'good';
    case 'drain':
      return 'warn';
    case 'unknown':
      return 'dim';
    case 'down':
      return state === 'up' ? 'calm' : 'bad';
  }
}

export function reportMark(report: Report, state: State): Html {
  return mark(reportTone(report, state), report);
}

export function stateMark(state: State): Html {
  return mark(state === 'up' ? 'good' : state === 'down' ? 'bad' : 'dim', state);
}

export function healthTone(health: Health, stale: boolean): Tone {
  if (stale) return 'dim';
  return health === 'healthy' ? 'good' : health === 'sick' ? 'bad' : 'dim';
}

export function healthMark(health: Health, stale: boolean): Html {
  return mark(healthTone(health, stale), health, stale ? 'last heard' : undefined);
}

export function freshnessMark(freshness: Freshness): Html {
  return mark(freshness === 'fresh' ? 'good' : freshness === 'stale' ? 'warn' : 'bad', freshness);
}
