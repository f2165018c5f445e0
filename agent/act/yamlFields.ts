/** Reads YAML with places: each complaint knows its line. */

import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';

/** What is wrong with a file, where, and what to do about it. */
export interface Complaint {
  readonly line: number;
  /** What is wrong: goes on after "line 3: ". */
  readonly message: string;
  readonly hint: string;
}

export type Field = Node | null;

/** Reads one document, collecting all that is wrong with it. */
export interface YamlReader {
  readonly complaints: readonly Complaint[];
  /** What the file holds; undefined where it is not YAML. */
  readonly root: Field | undefined;
  complain(field: Field, message: string, hint: string): void;
  lineOf(field: Field): number;
  isMap(field: Field): boolean;
  /** The fields of a map; undefined, with a complaint, where it is none. Keys beyond `known` are complained about. */
  fields(field: Field, what: string, known?: readonly string[]): ReadonlyMap<string, Field> | undefined;
  /** A text that is not empty; undefined, with a complaint, where it is none. */
  text(field: Field, what: string): string | undefined;
}

export function createYamlReader(text: string): YamlReader {
  const lines = new LineCounter();
  const complaints: Complaint[] = [];
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });

  function lineAt(offset: number): number {
    return Math.max(1, lines.linePos(offset).line);
  }

  function lineOf(field: Field): number {
    return lineAt(field?.range?.[0] ?? 0);
  }

  function complain(field: Field, message: string, hint: string): void {
    complaints.push({ line: lineOf(field), message, hint });
  }

  const [error] = document.errors;
  if (error !== undefined)
    complaints.push({
      line: lineAt(error.pos[0]),
      message: `it is not YAML: ${error.message}`,
      hint: 'mend its form',
    });

  return {
    complaints,
    root: error === undefined ? document.contents : undefined,
    complain,
    lineOf,
    isMap: (field) => isMap(field),
    fields(field, what, known) {
      if (!isMap<Node, Field>(field)) {
        complain(
          field,
          `${what} is not a map`,
          known === undefined ? 'write names with values' : `write ${known.join(', ')} below it`,
        );
        return undefined;
      }
      const found = new Map<string, Field>();
      for (const { key, value } of field.items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (known !== undefined && !known.includes(name))
          complain(key, `"${name}" is not known in ${what}`, `known there: ${known.join(', ')}`);
        // A key that stands alone, `{ url }`, has nothing that a later complaint could point to.
        else if (value === null)
          complain(key, `"${name}" has no value in ${what}`, 'write its value after a colon');
        else found.set(name, value);
      }
      return found;
    },
    text(field, what) {
      if (isScalar(field) && typeof field.value === 'string' && field.value !== '') return field.value;
      complain(field, `${what} is not a text`, 'write it in quotes');
      return undefined;
    },
  };
}
