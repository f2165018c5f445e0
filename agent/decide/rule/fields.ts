/** Reads the fields of an object in a rule file: each by its key, with the mistakes of keys and types told in one way. */

import { nearest } from '../../nearest.ts';
import type { JsonEntry, JsonNode } from './jsonText.ts';
import { type Complain, either } from './readingScope.ts';

export interface Fields {
  readonly at: number;
  /** It has keys that nobody knows, which has been told. */
  readonly isStrange: boolean;
  node(key: string): JsonNode | undefined;
  text(key: string): string | undefined;
  number(key: string, demand?: (value: number) => boolean, words?: string): number | undefined;
  /** One of these words. */
  word<Word extends string>(key: string, words: readonly Word[]): Word | undefined;
  /** Texts in a list. */
  texts(key: string): readonly string[] | undefined;
}

/** The fields of the object; undefined where the node is none. Complains of unknown and doubled keys; `like` is an example. */
export function createFields(
  node: JsonNode,
  what: string,
  keys: readonly string[],
  complain: Complain,
  like = `{ … } with ${keys.slice(0, 6).join(', ')}`,
): Fields | undefined {
  if (node.kind !== 'object') {
    complain(node.at, `${what} is not an object`, `write ${like}`);
    return undefined;
  }
  const isStrange = checkKeys(node.entries, what, keys, complain);
  const byKey = new Map(node.entries.map(({ key, value }) => [key, value]));

  function scalar(key: string): null | boolean | number | string | undefined {
    const value = byKey.get(key);
    return value?.kind === 'scalar' ? value.value : undefined;
  }

  function wrong(key: string, demand: string, mend: string): undefined {
    const value = byKey.get(key);
    if (value !== undefined) complain(value.at, `"${key}" of ${what} is not ${demand}`, mend);
    return undefined;
  }

  return {
    at: node.at,
    isStrange,
    node: (key) => byKey.get(key),
    text(key) {
      const value = scalar(key);
      return typeof value === 'string' && value !== ''
        ? value
        : wrong(key, 'a text', 'write a text in double quotes');
    },
    number(key, demand = () => true, words = 'a number') {
      const value = scalar(key);
      return typeof value === 'number' && demand(value)
        ? value
        : wrong(key, words, `write ${words}, without quotes`);
    },
    word(key, words) {
      const value = scalar(key);
      const list = either(words) ?? '';
      return words.find((one) => one === value) ?? wrong(key, list, `write ${list}`);
    },
    texts(key) {
      const value = byKey.get(key);
      if (value === undefined) return undefined;
      const items = value.kind === 'array' ? value.items.map(textOf) : [];
      const texts = items.filter((text) => text !== undefined);
      return texts.length > 0 && texts.length === items.length
        ? texts
        : wrong(key, 'a list of texts', 'write it as in ["east", "west"]');
    },
  };
}

function textOf(node: JsonNode): string | undefined {
  return node.kind === 'scalar' && typeof node.value === 'string' && node.value !== ''
    ? node.value
    : undefined;
}

/** What other languages call it. */
const elsewhere: Readonly<Record<string, string>> = {
  when: 'if',
  condition: 'if',
  do: 'then',
  action: 'then',
  actions: 'then',
  otherwise: 'else',
};

function keyMeant(key: string, keys: readonly string[]): string | undefined {
  const meant = Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined;
  return meant !== undefined && keys.includes(meant) ? meant : nearest(key, keys);
}

function checkKeys(
  entries: readonly JsonEntry[],
  what: string,
  keys: readonly string[],
  complain: Complain,
): boolean {
  const seen = new Set<string>();
  let isStrange = false;
  for (const { key, keyAt } of entries) {
    if (seen.has(key)) complain(keyAt, `"${key}" stands twice in ${what}`, 'remove one of the two');
    else if (!keys.includes(key)) {
      isStrange = true;
      const near = keyMeant(key, keys);
      complain(
        keyAt,
        `unknown key "${key}" in ${what}`,
        near === undefined ? `it may have ${keys.join(', ')}` : `did you mean "${near}"?`,
      );
    }
    seen.add(key);
  }
  return isStrange;
}
