/** What to say of an operator that rules don't have: what it is called here, or how else to write what was meant. */

import { nearest } from '../../nearest.ts';
import { parseFactName, parseServiceId } from '../catalogue.ts';
import { brief, type JsonEntry, type JsonNode, plainValue } from './jsonText.ts';
import { isOwn, ownOperators, standardOperators } from './operators.ts';

/** What is wrong, and what to write instead. */
export function remarkOnOperator({ key, value }: JsonEntry): {
  readonly message: string;
  readonly hint: string;
} {
  const instead = refused.get(key);
  if (instead !== undefined) return { message: `JSON Logic's "${key}" is not for rules`, hint: instead };
  if (parseFactName(key) !== undefined)
    return {
      message: `"${key}" is a fact, not an operator`,
      hint: `write ${brief({ '==': [{ var: key }, plainValue(value)] })}`,
    };
  const meant = operatorMeant(key);
  const turned = meant === undefined ? turnedAround(key, value) : undefined;
  const hint =
    meant !== undefined
      ? `did you mean "${meant}"?`
      : turned !== undefined
        ? `write ${brief(turned)}`
        : 'an operation is an operator with its operands, as in {"up": "db"}; rules/README.md lists the operators';
  return { message: `unknown operator "${key}"`, hint };
}

/** The operator that the word most likely stands for. */
function operatorMeant(word: string): string | undefined {
  const lower = word.toLowerCase();
  if (Object.hasOwn(elsewhere, lower)) return elsewhere[lower];
  return nearest(word, [...Object.keys(standardOperators), ...Object.keys(ownOperators)]);
}

/** `{"down": "db"}`, and `{"db": "up"}`: what was meant can be told from the operand. */
function turnedAround(key: string, node: JsonNode) {
  const value = plainValue(node);
  if (key === 'down') return { '!': { up: value } };
  if (typeof value !== 'string' || parseServiceId(key) === undefined) return undefined;
  if (value === 'down') return { '!': { up: key } };
  return isOwn(value) ? { [value]: key } : undefined;
}

/** What other languages call it. */
const elsewhere: Readonly<Record<string, string>> = {
  ...{ '=': '==', eq: '==', equal: '==', equals: '==', is: '==', ne: '!=', '<>': '!=', '=/=': '!=' },
  ...{ gt: '>', lt: '<', gte: '>=', ge: '>=', '=>': '>=', lte: '<=', le: '<=', '=<': '<=' },
  ...{ not: '!', '&&': 'and', '&': 'and', '||': 'or', '|': 'or', any: 'some', contains: 'in' },
};

const lists = 'for lists there are "some", "all" and "none"';
const texts = 'texts are put together in messages: "db is {{db.state}}"';

/** What JSON Logic has besides, and what to use instead. */
const refused: ReadonlyMap<string, string> = new Map([
  ...['filter', 'map', 'reduce', 'merge', 'missing_some'].map((name) => [name, lists] as const),
  ...['cat', 'substr'].map((name) => [name, texts] as const),
  ['log', 'msa explain shows what a rule read'],
  ['?:', 'write "if"'],
]);
