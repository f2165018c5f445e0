import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ExternalServices, followExternalFile } from '../../agent/discover/external.ts';
import { createFakeClock, type FakeClock, settle } from '../fakeClock.ts';

/** A file of external services that a test writes, and what was made of it so far. */
async function follow(first?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'msa-external-'));
  const path = join(folder, 'external.yml');
  // At once, as a careful editor does: half a file would be a problem of its own.
  const write = async (text: string) => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  if (first !== undefined) await write(first);
  const clock = createFakeClock();
  const told: ExternalServices[] = [];
  const following = followExternalFile({
    path,
    clock,
    random: () => 0.5,
    onServices: (services) => told.push(services),
  });
  return {
    path,
    write,
    told,
    /** What is told next, however many readings that takes. */
    async next(): Promise<ExternalServices> {
      const before = told.length;
      while (told.length === before) await reading(clock);
      const last = told.at(-1);
      assert.ok(last !== undefined);
      return last;
    },
    /** Lets a hundred readings pass. */
    async pass(): Promise<void> {
      for (let count = 0; count < 100; count++) await reading(clock);
    },
    async [Symbol.asyncDispose]() {
      await following[Symbol.asyncDispose]();
      assert.equal(clock.pending, 0);
      await rm(folder, { recursive: true });
    },
  };
}

/** About one reading: files are read for real, so that takes turns of the event loop besides the time of the test. */
async function reading(clock: FakeClock): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await settle();
  await clock.advance(2_200);
}

const db =
  'services: { db: { labels: { msa.probe: "tcp://db.example:5432", msa.priority: 5, msa.export: false } } }';

describe('the file of external services', () => {
  it('gives services with the same labels as any other', async () => {
    await using file = await follow(`${db.slice(0, -1)}, shop: { labels: { msa.depends-on: db } }, bare: }`);
    const services = await file.next();
    assert.deepEqual(services.problems, []);
    const plans = services.plans.map(({ name, source, priority, exported }) => [
      name,
      source,
      priority,
      exported,
    ]);
    assert.deepEqual(plans, [
      ['db', 'external', 5, false],
      ['shop', 'composite', 0, true],
      ['bare', 'composite', 0, true],
    ]);
  });

  it('may be JSON, indented by tabs', async () => {
    await using file = await follow(
      '{\n\t"services": {\n\t\t"db": { "labels": { "msa.probe": "tcp://db:1" } }\n\t}\n}\n',
    );
    assert.deepEqual(
      (await file.next()).plans.map(({ name }) => name),
      ['db'],
    );
  });

  it('is read again when it changes, and not told when it says the same', async () => {
    await using file = await follow(db);
    assert.equal((await file.next()).plans[0]?.priority, 5);
    await file.write(`# a comment\n${db}`);
    await file.pass();
    assert.equal(file.told.length, 1);
    await file.write(db.replace('5,', '7,'));
    assert.equal((await file.next()).plans[0]?.priority, 7);
  });

  for (const [what, text, says] of [
    ['no YAML', 'services: {', /is not YAML: .* at line 1/],
    ['a key twice', 'services: { db: {}, db: {} }', /Map keys must be unique at line 1/],
    ['no services', 'service: {}', /is wrong at/],
    ['nothing', '', /is wrong at its top/],
    ['a list', '- db', /is wrong at its top/],
    ['a field that is misspelt', 'services: { db: { lables: {} } }', /is wrong at services > db: .*lables/],
    ['a name that is none', 'services: { "d b": {} }', /d b is not a name/],
    [
      'a label that is none of ours',
      'services: { db: { labels: { probe: x } } }',
      /probe is not a label: labels begin with msa/,
    ],
    [
      'labels that hold more than text',
      'services: { db: { labels: { msa.probe: [1] } } }',
      /wrong at services > db > labels > msa.probe/,
    ],
  ] as const) {
    it(`with ${what} is a problem, and the last good one stands`, async () => {
      await using file = await follow(db);
      await file.next();
      await file.write(text);
      const services = await file.next();
      assert.deepEqual(
        services.plans.map(({ name }) => name),
        ['db'],
      );
      assert.equal(services.problems[0]?.code, 'bad-external-file');
      assert.match(services.problems[0].message, says);
      assert.ok(services.problems[0].message.includes(file.path));
      assert.match(services.problems[0].hint, /the last good one stands/);
    });
  }

  it('that is missing is a problem until it is there', async () => {
    await using file = await follow();
    const services = await file.next();
    assert.deepEqual(services.plans, []);
    assert.match(services.problems[0]?.message ?? '', /can't be read \(ENOENT\)/);
    await file.write(db);
    assert.deepEqual((await file.next()).problems, []);
  });

  it('that is larger than anyone writes is a problem', async () => {
    await using file = await follow(`#${'x'.repeat(1024 * 1024)}\n${db}`);
    assert.match((await file.next()).problems[0]?.message ?? '', /has more than 1048576 letters/);
  });

  it('has bad labels as problems of their service, and not of the file', async () => {
    await using file = await follow('services: { db: { labels: { msa.probe: "tcp://:1" } } }');
    const services = await file.next();
    assert.deepEqual(services.problems, []);
    assert.equal(services.plans[0]?.problems[0]?.code, 'bad-label');
  });
});
