/**
 * Every operator that a condition may use: what it takes, what it gives, and a word on it for the reference.
 *
 * JSON Logic's own are let through one by one, since the package fails open in many ways: what is not here is refused.
 */

import type { Json } from '../../model.ts';

/** What an operand or a result is. `any`: a service's own property, which may be anything. */
export type ValueType = 'flag' | 'number' | 'text' | 'list' | 'any';

export interface Operator {
  readonly takes: string;
  readonly gives: ValueType;
  readonly meaning: string;
  readonly example: Json;
}

/** JSON Logic's own. */
export const standardOperators = {
  and: {
    takes: 'conditions',
    gives: 'flag',
    meaning: 'All are true.',
    example: { and: [{ up: 'db' }, { up: 'app' }] },
  },
  or: {
    takes: 'conditions',
    gives: 'flag',
    meaning: 'At least one is true.',
    example: { or: [{ up: 'db' }, { up: 'west/db' }] },
  },
  '!': { takes: 'a condition', gives: 'flag', meaning: 'It is not true.', example: { '!': { up: 'db' } } },
  '!!': {
    takes: 'a value',
    gives: 'flag',
    meaning: 'It counts as true: not false, null, 0, an empty text or an empty list.',
    example: { '!!': { property: ['db', 'write'] } },
  },
  '==': {
    takes: 'two values',
    gives: 'flag',
    meaning: 'They are equal.',
    example: { '==': [{ var: 'db.state' }, 'up'] },
  },
  '===': {
    takes: 'two values',
    gives: 'flag',
    meaning: 'They are equal and of one type.',
    example: { '===': [{ property: ['db', 'version'] }, 7] },
  },
  '!=': {
    takes: 'two values',
    gives: 'flag',
    meaning: 'They differ.',
    example: { '!=': [{ var: 'db.report' }, 'drain'] },
  },
  '!==': {
    takes: 'two values',
    gives: 'flag',
    meaning: 'They differ in value or type.',
    example: { '!==': [{ property: ['db', 'version'] }, 7] },
  },
  '<': {
    takes: 'two or three numbers',
    gives: 'flag',
    meaning: 'The first is less than the second (and that than the third).',
    example: { '<': [1, { healthy: 'app' }, 4] },
  },
  '<=': {
    takes: 'two or three numbers',
    gives: 'flag',
    meaning: 'The first is at most the second (and that the third).',
    example: { '<=': [{ healthy: 'app' }, 2] },
  },
  '>': {
    takes: 'two numbers',
    gives: 'flag',
    meaning: 'The first is greater.',
    example: { '>': [{ healthy: 'app' }, 2] },
  },
  '>=': {
    takes: 'two numbers',
    gives: 'flag',
    meaning: 'The first is greater or equal.',
    example: { '>=': [{ healthy: 'app' }, 2] },
  },
  in: {
    takes: 'a value, and a list or text',
    gives: 'flag',
    meaning: 'The list or text contains it.',
    example: { in: [{ var: 'db.report' }, ['up', 'drain']] },
  },
  if: {
    takes: 'condition, value, …, else-value',
    gives: 'any',
    meaning: 'The value of the first condition that is true, else the last one.',
    example: { '>=': [{ healthy: 'app' }, { if: [{ up: 'west/app' }, 1, 2] }] },
  },
  '+': {
    takes: 'numbers',
    gives: 'number',
    meaning: 'Their sum.',
    example: { '>=': [{ '+': [{ healthy: 'app' }, { healthy: 'west/app' }] }, 3] },
  },
  '-': {
    takes: 'one or two numbers',
    gives: 'number',
    meaning: 'The difference; of one number, its opposite.',
    example: { '>': [{ '-': [{ var: 'app.total' }, { healthy: 'app' }] }, 1] },
  },
  '*': {
    takes: 'numbers',
    gives: 'number',
    meaning: 'Their product.',
    example: { '>': [{ '*': [{ healthy: 'app' }, 2] }, { var: 'app.total' }] },
  },
  '/': {
    takes: 'two numbers',
    gives: 'number',
    meaning: 'The quotient; by zero: unknown.',
    example: { '<': [{ '/': [{ healthy: 'app' }, { var: 'app.total' }] }, 0.5] },
  },
  '%': {
    takes: 'two numbers',
    gives: 'number',
    meaning: 'The rest of a division; by zero: unknown.',
    example: { '==': [{ '%': [{ healthy: 'app' }, 2] }, 1] },
  },
  min: {
    takes: 'numbers',
    gives: 'number',
    meaning: 'The smallest.',
    example: { '>': [{ min: [{ healthy: 'app' }, { healthy: 'db' }] }, 0] },
  },
  max: {
    takes: 'numbers',
    gives: 'number',
    meaning: 'The greatest.',
    example: { '<': [{ max: [{ healthy: 'app' }, { healthy: 'db' }] }, 9] },
  },
  var: {
    takes: 'the name of a fact, or a name and what to take where it is null',
    gives: 'any',
    meaning: 'The fact of that name.',
    example: { '==': [{ var: 'west/db.state' }, 'up'] },
  },
  some: {
    takes: 'a list, and a condition on its elements (`{"var": ""}` is the element)',
    gives: 'flag',
    meaning: 'At least one element meets it.',
    example: { some: [{ property: ['db', 'roles'] }, { '==': [{ var: '' }, 'write'] }] },
  },
  all: {
    takes: 'a list, and a condition on its elements',
    gives: 'flag',
    meaning: 'Every element meets it; false for an empty list.',
    example: { all: [{ property: ['db', 'lags'] }, { '<': [{ var: '' }, 10] }] },
  },
  none: {
    takes: 'a list, and a condition on its elements',
    gives: 'flag',
    meaning: 'No element meets it.',
    example: { none: [{ property: ['db', 'roles'] }, { '==': [{ var: '' }, 'write'] }] },
  },
  missing: {
    takes: 'names of facts',
    gives: 'list',
    meaning: 'Those of the names that are null.',
    example: { '!': { missing: ['db.properties.version', 'db.properties.role'] } },
  },
} as const satisfies Record<string, Operator>;

export const comparisons: readonly string[] = ['==', '===', '!=', '!=='];
export const orderings: readonly string[] = ['<', '<=', '>', '>='];

/** MSA's own. Their operands are plain names and numbers, so that all that a rule reads is known when it is loaded. */
export const ownOperators = {
  up: {
    takes: 'a service, or a list of them',
    gives: 'flag',
    meaning: 'Its state is up: it could run. Of a list: all are up.',
    example: { up: 'west/db' },
  },
  reported: {
    takes: 'a service, or a list of them',
    gives: 'flag',
    meaning: 'Its report is up: it should get traffic. Of a list: all are.',
    example: { reported: 'db' },
  },
  has: {
    takes: 'a service and the name of a property; a value, where it must equal one',
    gives: 'flag',
    meaning: 'It says that property of itself, and not as false or null; with a value: equal to it.',
    example: { has: ['db', 'write'] },
  },
  property: {
    takes: 'a service and the name of a property; what to take where it says none',
    gives: 'any',
    meaning: 'The property; null where it says none.',
    example: { '<': [{ property: ['db', 'lag', 0] }, 10] },
  },
  healthy: {
    takes: 'a service',
    gives: 'number',
    meaning: 'How many of its instances are healthy.',
    example: { '>=': [{ healthy: 'app' }, 2] },
  },
  atMost: {
    takes: 'a service and a number',
    gives: 'flag',
    meaning: 'This region is among the first so many to serve it: eligible, and of those ranked high enough.',
    example: { atMost: ['app', 1] },
  },
  minViable: {
    takes: '`services` (a list, or "*"), and `count` or `percent`',
    gives: 'flag',
    meaning: 'At least so many of the services are up here.',
    example: { minViable: { services: ['wfe', 'app', 'db'], count: 2 } },
  },
  lost: {
    takes: 'a region, or a list of them',
    gives: 'flag',
    meaning: 'The region is lost: silent so long that it counts as gone. Of a list: all are.',
    example: { lost: 'west' },
  },
  changed: {
    takes: 'a service (its report), `service.state` or `service.report`; and within what time, 1m if unsaid',
    gives: 'flag',
    meaning: 'It changed within that time.',
    example: { changed: ['db.report', '5m'] },
  },
  during: {
    takes: 'a cron expression, a length of time, and a time zone (UTC if unsaid), in one text',
    gives: 'flag',
    meaning: 'A window of the calendar is open.',
    example: { during: '0 2 * * SUN 2h Europe/Berlin' },
  },
} as const satisfies Record<string, Operator>;

export type StandardName = keyof typeof standardOperators;
export type OwnName = keyof typeof ownOperators;

export function isStandard(name: string): name is StandardName {
  return Object.hasOwn(standardOperators, name);
}

export function isOwn(name: string): name is OwnName {
  return Object.hasOwn(ownOperators, name);
}
