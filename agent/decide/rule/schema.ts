/** The JSON Schema of rule files, for editors: made from the tables of operators and facts. The loader itself checks more. */

import type { Json } from '../../model.ts';
import { isOwn, type Operator, ownOperators, standardOperators } from './operators.ts';

type Schema = { readonly [key: string]: Json };

/** What stands in `rules/schema.json`. */
export function rulesSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Rules of MSA',
    type: 'object',
    required: ['rules'],
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      version: { type: 'integer', minimum: 0, description: 'Of the whole set. The highest version leads.' },
      rules: { type: 'array', items: { $ref: '#/definitions/rule' } },
    },
    definitions: {
      rule,
      condition,
      operand: {
        anyOf: [
          { $ref: '#/definitions/condition' },
          { type: ['string', 'number', 'boolean', 'null', 'array'] },
        ],
      },
      effects: {
        anyOf: [{ $ref: '#/definitions/effect' }, { type: 'array', items: { $ref: '#/definitions/effect' } }],
      },
      effect,
    },
  };
}

const text: Schema = { type: 'string', minLength: 1 };
const texts: Schema = { type: 'array', items: text, minItems: 1 };
const duration: Schema = {
  type: 'string',
  pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$',
  examples: ['20s', '5m', '1m30s'],
};
const message: Schema = { ...text, description: 'For people. Facts in it stand as {{db.state}}.' };

const rule: Schema = {
  type: 'object',
  required: ['name', 'if'],
  anyOf: [{ required: ['then'] }, { required: ['else'] }],
  additionalProperties: false,
  properties: {
    name: { ...text, description: 'Its own in the whole set: reasons call the rule by it.' },
    description: { ...text, description: 'For people.' },
    regions: { ...texts, description: 'Where it applies; left out: in every region.' },
    order: {
      type: 'number',
      description: 'Rules of a higher order come later and have the last word. Left out: 0.',
    },
    if: { $ref: '#/definitions/condition' },
    for: { ...duration, description: 'How long the condition must stay true before "then" is in force.' },
    unknown: {
      enum: ['hold', 'then', 'else'],
      description: 'What an unknown answer does. Left out: "hold", the branch stays.',
    },
    guard: { type: 'boolean', description: 'false: it may take a service out of its last region.' },
    then: { $ref: '#/definitions/effects' },
    else: { $ref: '#/definitions/effects' },
  },
};

const condition: Schema = {
  anyOf: [
    { type: 'boolean' },
    {
      type: 'object',
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
      properties: Object.fromEntries([
        ...Object.entries(ownOperators).map(([name, of]) => [name, operatorSchema(name, of)] as const),
        ...Object.entries(standardOperators).map(([name, of]) => [name, operatorSchema(name, of)] as const),
      ]),
    },
  ],
};

function operatorSchema(name: string, { meaning, takes, example }: Operator): Schema {
  return {
    description: `${meaning} Takes ${takes}.`,
    examples: [isOwn(name) ? operandOf(example, name) : example],
    ...operandSchema(name),
  };
}

function operandOf(example: Json, name: string): Json {
  return typeof example === 'object' && example !== null && name in example
    ? (Object.values(example)[0] ?? null)
    : example;
}

function operandSchema(name: string): Schema {
  const list = { type: 'array', items: { $ref: '#/definitions/operand' } };
  switch (name) {
    case 'up':
    case 'reported':
    case 'lost':
      return { anyOf: [text, texts] };
    case 'healthy':
    case 'during':
      return text;
    case 'has':
    case 'property':
      return { type: 'array', minItems: 2, maxItems: 3, items: [text, text] };
    case 'atMost':
      return { type: 'array', minItems: 2, maxItems: 2, items: [text, { type: 'integer', minimum: 1 }] };
    case 'changed':
      return { anyOf: [text, { type: 'array', minItems: 1, maxItems: 2, items: [text, duration] }] };
    case 'minViable':
      return {
        type: 'object',
        required: ['services'],
        additionalProperties: false,
        properties: {
          services: { anyOf: [{ const: '*' }, texts] },
          count: { type: 'integer', minimum: 1 },
          percent: { type: 'number', exclusiveMinimum: 0, maximum: 100 },
        },
      };
    case 'var':
    case 'missing':
      return { anyOf: [{ type: 'string' }, { type: 'array', minItems: 1 }] };
    case '!':
    case '!!':
      return { $ref: '#/definitions/operand' };
    default:
      return list;
  }
}

const effect: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    service: { ...text, description: 'A service of this region; "*" is all of them.' },
    services: { anyOf: [{ const: '*' }, texts] },
    state: { enum: ['up', 'down'], description: 'Could it run here?' },
    report: { enum: ['up', 'down', 'drain'], description: 'Should it get traffic here?' },
    priority: { type: 'number', description: 'Added to its priority.' },
    webhook: {
      type: 'object',
      required: ['url'],
      additionalProperties: false,
      properties: {
        url: { type: 'string', pattern: '^https?://' },
        method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], description: 'Left out: POST.' },
        headers: { type: 'object', additionalProperties: { type: 'string' } },
        body: { description: 'Any JSON; facts in its texts stand as {{db.state}}.' },
      },
    },
    notify: { ...text, description: 'The name of a channel.' },
    message,
  },
  oneOf: [
    { required: ['service'] },
    { required: ['services'] },
    { required: ['webhook'] },
    { required: ['notify'] },
  ],
};
