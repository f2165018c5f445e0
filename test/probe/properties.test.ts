import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { propertiesOf } from '../../agent/probe/properties.ts';

const readable: readonly (readonly [what: string, body: string, properties: object])[] = [
  ['an array of names', '["write","primary"]', { write: true, primary: true }],
  [
    'an object',
    '{"write":true,"version":7,"zone":"a","lag":null}',
    { write: true, version: 7, zone: 'a', lag: null },
  ],
  ['an array under `properties`', '{"status":"ok","properties":["write"]}', { write: true }],
  ['an object under `properties`', '{"status":"ok","properties":{"version":7}}', { version: 7 }],
  ['nothing', '[]', {}],
  [
    'only the plain values of a nested answer',
    '{"status":"UP","parts":{"disk":"UP"},"list":[1]}',
    { status: 'UP' },
  ],
  ['100 properties', JSON.stringify(names(100)), Object.fromEntries(names(100).map((name) => [name, true]))],
];

const wrong: readonly (readonly [body: string, detail: string])[] = [
  ['', 'the body is not JSON'],
  ['ok', 'the body is not JSON'],
  ['{"write":true', 'the body is not JSON'],
  ['"ok"', 'properties are to be an array of names, or an object'],
  ['7', 'properties are to be an array of names, or an object'],
  ['null', 'properties are to be an array of names, or an object'],
  ['{"properties":"write"}', 'properties are to be an array of names, or an object'],
  ['[1]', 'properties in an array are to be names, in quotes'],
  ['["write",{"version":7}]', 'properties in an array are to be names, in quotes'],
  [JSON.stringify(names(101)), 'more than 100 properties'],
  [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'properties in an array are to be names, in quotes'],
];

describe('properties', () => {
  for (const [what, body, properties] of readable) {
    it(`are read from ${what}`, () => {
      assert.deepEqual(propertiesOf(body), { ok: true, properties });
    });
  }

  for (const [body, detail] of wrong) {
    it(`are not read from ${body.slice(0, 30) || 'nothing'}: ${detail}`, () => {
      assert.deepEqual(propertiesOf(body), { ok: false, detail });
    });
  }

  it('named like parts of the language are only names', () => {
    const read = propertiesOf('["__proto__","constructor"]');
    assert.ok(read.ok);
    assert.deepEqual(Object.keys(read.properties), ['__proto__', 'constructor']);
    assert.equal(Object.getPrototypeOf(read.properties), Object.prototype);
  });

  it('are plain and few, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (answer) => {
        const read = propertiesOf(JSON.stringify(answer));
        if (!read.ok) return;
        const values = Object.values(read.properties);
        assert.ok(values.length <= 100);
        assert.ok(values.every((value) => value === null || typeof value !== 'object'));
      }),
    );
  });
});

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `p${index}`);
}
