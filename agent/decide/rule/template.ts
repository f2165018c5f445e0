/** Texts with facts in them: `db is {{db.state}}`. Checked at load, filled in when a decision is made. */

import type { Json } from '../../model.ts';
import { type FactRef, parseFactName } from '../catalogue.ts';

export interface Template {
  /** Texts and facts (by index into the rule set's list) in turn. */
  readonly parts: readonly (string | number)[];
  /** The facts in it. */
  readonly facts: readonly number[];
}

export const emptyTemplate: Template = { parts: [], facts: [] };

export type TemplateRead =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly message: string; readonly hint: string };

const slot = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Finds the facts in the text; each must be in the catalogue. */
export function parseTemplate(text: string, indexOf: (fact: FactRef) => number): TemplateRead {
  const parts: (string | number)[] = [];
  let end = 0;
  for (const match of text.matchAll(slot)) {
    const name = match[1] ?? '';
    const fact = parseFactName(name);
    if (fact === undefined || (fact.kind === 'service' && fact.region === '*'))
      return {
        ok: false,
        message: `the message names an unknown fact "${name}"`,
        hint: 'write it as in {{db.state}} or {{west/db.report}}; rules/README.md lists the facts',
      };
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(indexOf(fact));
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return { ok: true, template: { parts, facts: parts.filter((part) => typeof part === 'number') } };
}

/** The text, with what the facts say; an unknown fact reads `unknown`. */
export function fillTemplate({ parts }: Template, read: (fact: number) => Json | undefined): string {
  const [only = ''] = parts;
  if (parts.length < 2 && typeof only === 'string') return only;
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const value = read(part);
      if (value === undefined) return 'unknown';
      return typeof value === 'string' ? value : JSON.stringify(value);
    })
    .join('');
}
