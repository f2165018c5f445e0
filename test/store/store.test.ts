import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openStore } from '../../agent/store/store.ts';
import { createFolder, docs } from './folder.ts';

test('what was saved is there after a restart, with the time at which it was current', async () => {
  using folder = createFolder();
  {
    await using store = folder.open();
    assert.equal(store.load(), undefined);
    store.save(docs({ 'verdict/wfe': { report: 'up' }, 'plan/old': { odd: true } }));
    await folder.clock.advance(500);
    store.save(docs({ 'verdict/wfe': { report: 'up' }, 'plan/wfe': { name: 'wfe', deep: [{ a: null }] } }));
  }
  await using store = folder.open();
  assert.deepEqual(
    store.load()?.docs,
    docs({ 'verdict/wfe': { report: 'up' }, 'plan/wfe': { name: 'wfe', deep: [{ a: null }] } }),
  );
  assert.equal(store.load()?.savedAtMs, folder.clock.now());
  assert.deepEqual(store.problems(), []);
});

test('many changes within a second are one write, and only what differs is written', async () => {
  using folder = createFolder();
  await using store = folder.open();
  const same = { report: 'up' };
  store.save(docs({ same, other: { n: 0 } }));
  await folder.clock.advance(0);
  using reader = new DatabaseSync(folder.file);
  reader.exec(
    `CREATE TABLE log (key TEXT);
     CREATE TRIGGER noted AFTER INSERT ON doc BEGIN INSERT INTO log VALUES (new.key); END;`,
  );
  for (let n = 1; n <= 10; n++) store.save(docs({ same, other: { n } }));
  assert.equal(folder.clock.pending, 1);
  await folder.clock.advance(999);
  assert.deepEqual(reader.prepare('SELECT key FROM log').all(), []);
  await folder.clock.advance(1);
  assert.deepEqual(
    reader
      .prepare('SELECT key FROM log')
      .all()
      .map(({ key }) => key),
    ['other'],
  );
  assert.deepEqual(reader.prepare("SELECT json FROM doc WHERE key = 'other'").get()?.json, '{"n":10}');
});

test('a document that is gone from the feed is gone from disk', async () => {
  using folder = createFolder();
  {
    await using store = folder.open();
    store.save(docs({ one: { n: 1 }, two: { n: 2 } }));
    await folder.clock.advance(1_000);
    store.save(docs({ two: { n: 2 } }));
    await folder.clock.advance(1_000);
  }
  await using store = folder.open();
  assert.deepEqual([...(store.load()?.docs.keys() ?? [])], ['two']);
});

test('what is saved after a restart replaces all that was there before', async () => {
  using folder = createFolder();
  {
    await using store = folder.open();
    store.save(docs({ old: { n: 1 }, both: { n: 1 } }));
  }
  {
    await using store = folder.open();
    store.save(docs({ both: { n: 2 } }));
  }
  await using store = folder.open();
  assert.deepEqual(store.load()?.docs, docs({ both: { n: 2 } }));
});

test('a crash without a word leaves what was last written', async () => {
  using folder = createFolder();
  await using store = folder.open();
  store.save(docs({ one: { n: 1 } }));
  await folder.clock.advance(0);
  // As a crash leaves it: the write is in the log beside the file, and nobody has closed either.
  using after = createFolder();
  for (const name of readdirSync(folder.path)) copyFileSync(join(folder.path, name), join(after.path, name));
  await using restarted = after.open();
  assert.deepEqual(restarted.load()?.docs, docs({ one: { n: 1 } }));
});

test('a file that is no database is set aside, and a new one begun', async () => {
  using folder = createFolder();
  writeFileSync(folder.file, 'this is not a database, whatever its name says '.repeat(100));
  {
    await using store = folder.open();
    assert.equal(store.load(), undefined);
    assert.deepEqual(
      store.problems().map(({ code }) => code),
      ['store-broken'],
    );
    assert.match(store.problems()[0]?.hint ?? '', /msa\.sqlite\.broken-1/);
    store.save(docs({ one: { n: 1 } }));
  }
  assert.ok(existsSync(`${folder.file}.broken-1`));
  await using store = folder.open();
  assert.deepEqual(store.problems(), []);
  assert.deepEqual(store.load()?.docs, docs({ one: { n: 1 } }));
});

test('a database with a page overwritten is set aside', async () => {
  using folder = createFolder();
  {
    await using store = folder.open();
    store.save(
      docs(Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`key${n}`, { text: 'x'.repeat(200) }]))),
    );
  }
  damage(folder.file);
  await using store = folder.open();
  assert.equal(store.load(), undefined);
  assert.deepEqual(
    store.problems().map(({ code }) => code),
    ['store-broken'],
  );
});

test('a database of somebody else, and one with a document cut short, are set aside', async () => {
  for (const sql of [
    'CREATE TABLE doc (id INTEGER); PRAGMA user_version = 1',
    "CREATE TABLE doc (key TEXT, json TEXT); CREATE TABLE saved (atMs); INSERT INTO saved VALUES (1); INSERT INTO doc VALUES ('a', '{\"b\":'); PRAGMA user_version = 1",
  ]) {
    using folder = createFolder();
    foreign(folder.file, sql);
    await using store = folder.open();
    assert.equal(store.load(), undefined);
    assert.deepEqual(
      store.problems().map(({ code }) => code),
      ['store-broken'],
    );
  }
});

test('three broken files are kept and no more', async () => {
  using folder = createFolder();
  for (let n = 0; n < 5; n++) {
    writeFileSync(folder.file, `broken ${n} `.repeat(1_000));
    await using _store = folder.open();
  }
  const broken = readdirSync(folder.path).filter((name) => name.includes('broken'));
  assert.deepEqual(broken.sort(), ['msa.sqlite.broken-1', 'msa.sqlite.broken-2', 'msa.sqlite.broken-3']);
});

test('the file of a newer agent is left as it is', async () => {
  using folder = createFolder();
  foreign(folder.file, 'CREATE TABLE better (x); PRAGMA user_version = 2');
  {
    await using store = folder.open();
    assert.equal(store.load(), undefined);
    store.save(docs({ one: { n: 1 } }));
    await folder.clock.advance(60_000);
    assert.deepEqual(
      store.problems().map(({ code }) => code),
      ['store-newer'],
    );
    assert.equal(folder.clock.pending, 0);
  }
  using reader = new DatabaseSync(folder.file);
  assert.equal(reader.prepare('PRAGMA user_version').get()?.user_version, 2);
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.includes('broken')),
    [],
  );
});

test('a missing folder is made', async () => {
  using folder = createFolder();
  const deeper = join(folder.path, 'not', 'yet');
  {
    await using store = openStore({ folder: deeper, clock: folder.clock });
    store.save(docs({ one: { n: 1 } }));
  }
  assert.ok(existsSync(join(deeper, 'msa.sqlite')));
});

test('where the folder can not be had the agent says so and goes on, and stores as soon as it can', async () => {
  using folder = createFolder();
  const path = join(folder.path, 'data');
  writeFileSync(path, 'a file, where a folder should be');
  {
    await using store = openStore({ folder: path, clock: folder.clock });
    assert.equal(store.load(), undefined);
    assert.deepEqual(
      store.problems().map(({ code }) => code),
      ['store-denied'],
    );
    store.save(docs({ one: { n: 1 } }));
    await folder.clock.advance(20_000);
    assert.deepEqual(
      store.problems().map(({ code }) => code),
      ['store-denied'],
    );
    rmSync(path);
    await folder.clock.advance(5_000);
    assert.deepEqual(store.problems(), []);
  }
  await using store = openStore({ folder: path, clock: folder.clock });
  assert.deepEqual(store.load()?.docs, docs({ one: { n: 1 } }));
});

test('while another process holds the file nothing is lost: it is written when that lets go', async () => {
  using folder = createFolder();
  {
    await using store = folder.open();
    store.save(docs({ one: { n: 1 } }));
    await folder.clock.advance(0);
    using other = new DatabaseSync(folder.file);
    other.exec('BEGIN IMMEDIATE');
    store.save(docs({ one: { n: 1 }, two: { n: 2 } }));
    await folder.clock.advance(1_000);
    assert.deepEqual(
      store.problems().map(({ code }) => code),
      ['store-failed'],
    );
    store.save(docs({ two: { n: 2 }, three: { n: 3 } }));
    other.exec('ROLLBACK');
    await folder.clock.advance(5_000);
    assert.deepEqual(store.problems(), []);
  }
  await using store = folder.open();
  assert.deepEqual([...(store.load()?.docs.keys() ?? [])].sort(), ['three', 'two']);
});

test('nothing of a store is left when it is disposed', async () => {
  using folder = createFolder();
  {
    await using store = folder.open();
    store.save(docs({ one: { n: 1 } }));
    await folder.clock.advance(100);
    store.save(docs({ one: { n: 2 } }));
  }
  assert.equal(folder.clock.pending, 0);
  assert.deepEqual(readdirSync(folder.path), ['msa.sqlite']);
});

function foreign(file: string, sql: string): void {
  using database = new DatabaseSync(file);
  database.exec(sql);
}

/** Overwrites the middle of the file, past its header. */
function damage(file: string): void {
  const bytes = Buffer.alloc(20_000, 0xff);
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, 8_192);
  closeSync(handle);
}
