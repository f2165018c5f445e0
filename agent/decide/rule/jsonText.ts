/**
 * JSON with comments, read into a tree that knows where everything stands.
 *
 * Written by hand because messages need the line and column of every key, and because the general parser at hand takes two
 * seconds for two thousand rules. It refuses depth before the stack does, and accepts what JSON accepts, besides comments
 * (`//`, slash-star) and a comma after the last item.
 */

import type { Json } from '../../model.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export type JsonNode =
  | { readonly kind: 'object'; readonly at: number; readonly entries: readonly JsonEntry[] }
  | { readonly kind: 'array'; readonly at: number; readonly items: readonly JsonNode[] }
  | { readonly kind: 'scalar'; readonly at: number; readonly value: null | boolean | number | string };

export interface JsonEntry {
  readonly key: string;
  readonly keyAt: number;
  readonly value: JsonNode;
}

interface SyntaxFault {
  readonly at: number;
  readonly message: string;
  readonly hint: string;
}

export type JsonText =
  | { readonly ok: true; readonly root: JsonNode }
  | { readonly ok: false; readonly fault: SyntaxFault };

/** Deeper than any condition may be, so that the check of conditions gives the better message. */
const mostDepth = 200;

/** Thrown and caught in this file only: unwinds the descent at the first fault. */
class Fault extends Error {
  readonly fault: SyntaxFault;
  constructor(fault: SyntaxFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** Reads the text; gives the tree, or the first thing wrong with it. */
export function parseJsonText(text: string): JsonText {
  try {
    return { ok: true, root: createReader(text).document() };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.fault };
    throw error;
  }
}

/** The plain value of a node. Of a doubled key the last one counts; the check has complained of it. */
export function plainValue(node: JsonNode): Json {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'array':
      return node.items.map(plainValue);
    case 'object':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainValue(value)]));
  }
}

/** The value as JSON for a message: of a long one only the beginning. */
export function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Gives line and column, both from 1, of an offset in the text. */
export function createPlaces(text: string): (at: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (at) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (starts[low] ?? 0) + 1 };
  };
}

function createReader(text: string) {
  let at = 0;

  function fail(message: string, hint: string, where = at): never {
    throw new Fault({ at: where, message, hint });
  }

  function skipBlanks(): void {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 32 || code === 10 || code === 13 || code === 9 || (code === 0xfeff && at === 0)) at++;
      else if (code === 47) skipComment();
      else if (code === 35) fail('"#" starts nothing', commentHint);
      else return;
    }
  }

  function skipComment(): void {
    const start = at;
    if (text[at + 1] === '/') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (text[at + 1] === '*') {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) fail('a comment that starts here never ends', 'close it with */', start);
      at = end + 2;
    } else {
      fail('"/" starts nothing', commentHint);
    }
  }

  function document(): JsonNode {
    const root = value(0);
    skipBlanks();
    if (at < text.length) fail(`${found()} after the end`, 'a file holds one object; remove the rest');
    return root;
  }

  function value(depth: number): JsonNode {
    skipBlanks();
    if (depth > mostDepth) fail(`nested more than ${mostDepth} deep`, 'split it into several rules');
    const start = at;
    switch (text[at]) {
      case '{':
        return { kind: 'object', at: start, entries: entries(depth) };
      case '[':
        return { kind: 'array', at: start, items: items(depth) };
      case '"':
        return { kind: 'scalar', at: start, value: string() };
      default:
        return { kind: 'scalar', at: start, value: word(depth === 0) };
    }
  }

  function entries(depth: number): JsonEntry[] {
    const list: JsonEntry[] = [];
    listOf('}', () => {
      if (text[at] !== '"') fail(`${found()} where a key should be`, hintOn('write keys in double quotes'));
      const keyAt = at;
      const key = string();
      skipBlanks();
      if (text[at] !== ':') fail(`${found()} after the key "${key}"`, 'a colon stands between key and value');
      at++;
      list.push({ key, keyAt, value: value(depth + 1) });
    });
    return list;
  }

  function items(depth: number): JsonNode[] {
    const list: JsonNode[] = [];
    listOf(']', () => list.push(value(depth + 1)));
    return list;
  }

  /** What stands between brackets, comma after comma. */
  function listOf(close: string, item: () => void): void {
    const start = at++;
    for (;;) {
      skipBlanks();
      if (text[at] === close) break;
      if (at >= text.length) fail(`"${text[start]}" is never closed`, `add the missing "${close}"`, start);
      item();
      const end = at;
      skipBlanks();
      if (text[at] === ',') at++;
      else if (at < text.length && text[at] !== close) failBetween(start, close, end);
    }
    at++;
  }

  /** What follows an item, whose end is told, is neither a comma nor the bracket that closes the list. */
  function failBetween(start: number, close: string, end: number): never {
    const opened = `the "${text[start]}" of line ${createPlaces(text)(start).line}`;
    const next = text[at] ?? '';
    if (next === '}' || next === ']')
      fail(`${found()} where "${close}" should be`, `close ${opened} with "${close}" first`);
    if (next === '"' || next === '{' || next === '[')
      fail(`no "," before ${found()}`, `write "," here; or "${close}", if ${opened} is to end here`, end);
    fail(`${found()} where "," or "${close}" should be`, 'is a comma or a bracket missing before it?');
  }

  function string(): string {
    const start = at++;
    for (let code = text.charCodeAt(at); code !== 34; code = text.charCodeAt(at)) {
      if (Number.isNaN(code) || code < 32)
        fail('a text that starts here is not closed', 'add the missing "', start);
      at += code === 92 ? 2 : 1;
    }
    at++;
    const raw = text.slice(start, at);
    if (!raw.includes('\\')) return raw.slice(1, -1);
    try {
      return String(JSON.parse(raw));
    } catch {
      return fail('a text with a bad escape', 'after a backslash comes one of " \\ / b f n r t u', start);
    }
  }

  function word(isWhole: boolean): null | boolean | number {
    const start = at;
    const match = wordPattern.exec(text.slice(at, at + 40))?.[0] ?? '';
    at += match.length;
    if (match === 'true') return true;
    if (match === 'false') return false;
    if (match === 'null') return null;
    if (numberPattern.test(match)) return Number(match);
    at = start;
    return fail(
      `${found()} where a value should be`,
      isWhole ? notJson : hintOn('texts stand in double quotes'),
    );
  }

  /** How to write what stands here, where that can be told. */
  function hintOn(otherwise: string): string {
    const rest = text.slice(at, at + 100);
    const quoted = quotedPattern.exec(rest)?.[1];
    if (quoted !== undefined) return `write "${quoted}", in double quotes`;
    const word = wordPattern.exec(rest)?.[0] ?? '';
    const lower = word.toLowerCase();
    if (lower === 'true' || lower === 'false' || lower === 'null') return `write ${lower}`;
    if (/^[-+.\d]+$/.test(word)) return 'write numbers as in 100, -1 or 0.5';
    if (rest.startsWith(',')) return 'is it one comma too many, or is something missing before it?';
    return /^[\]}:]/.test(rest) ? 'is something missing before it?' : otherwise;
  }

  function found(): string {
    if (at >= text.length) return 'the end of the file';
    if (text[at] === '"') return 'a text';
    return `"${wordPattern.exec(text.slice(at, at + 40))?.[0] || text[at]}"`;
  }

  return { document };
}

const commentHint = 'a comment starts with // or /*';
const notJson = 'a file is JSON and begins with "{"; YAML is not read';
const wordPattern = /^[\w.+-]+/;
/** As other languages quote, and as word processors do. */
const quotedPattern = /^['‘’“”`]([^'‘’“”`"\n]*)['‘’“”`]/;
const numberPattern = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
