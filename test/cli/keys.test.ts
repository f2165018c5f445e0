/** `msa keys` and `msa token`, as far as agents believe what they make. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makePair, makeSecret } from '../../agent/cli/keys.ts';
import { makeToken } from '../../agent/cli/token.ts';
import { systemClock } from '../../agent/clock.ts';
import { createFeed } from '../../agent/share/feed.ts';
import type { KeyMaterial } from '../../agent/share/keyring.ts';
import { createPeerListener } from '../../agent/share/peerListener.ts';
import { ask, bearer } from '../share/listener.ts';
import { keyringOf, memoryLog } from '../share/region.ts';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'msa-keys-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** What an agent of the region west says to a token. */
async function answer(token: string, keys: Partial<KeyMaterial>): Promise<number> {
  await using listener = await createPeerListener({
    host: '127.0.0.1',
    port: 0,
    region: 'west',
    feeds: { node: createFeed({ epoch: 'life' }) },
    abroad: { feeds: new Map([['export', createFeed({ epoch: 'life' })]]), regions: ['east'] },
    keyring: keyringOf({ region: 'west', ...keys }),
    clock: systemClock,
    log: memoryLog(),
  });
  const { status } = await ask({ port: listener.port, path: '/v1/feeds/export', headers: bearer(token) });
  return status;
}

test('a secret goes into a file of its owner’s, is not printed then, and never replaces another', async (t) => {
  const out = join(folderFor(t), 'secret.txt');
  const said = await makeSecret({ out });
  const secret = readFileSync(out, 'utf8').trim();
  assert.ok(secret.length >= 32);
  assert.ok(!said.includes(secret));
  assert.equal(modeOf(out), '600');
  await assert.rejects(makeSecret({ out }), /is there already/);
  assert.equal(readFileSync(out, 'utf8').trim(), secret);
});

test('a secret is printed only when that is asked for, and is another each time', async () => {
  await assert.rejects(makeSecret({}), /not shown unless you say so/);
  assert.notEqual(await makeSecret({ print: true }), await makeSecret({ print: true }));
});

test('a key pair is two files, and only the private one is for its owner’s eyes', async (t) => {
  const out = join(folderFor(t), 'keys');
  await makePair({ region: 'east', out });
  const said = await makePair({ region: 'east', out, name: 'next' });
  assert.deepEqual(readdirSync(out).toSorted(), ['east.key', 'east.next.key', 'east.next.pem', 'east.pem']);
  assert.equal(modeOf(join(out, 'east.key')), '600');
  assert.equal(modeOf(join(out, 'east.pem')), '644');
  assert.doesNotMatch(said, /BEGIN/);
  await assert.rejects(makePair({ region: 'east', out }), /is there already/);
  await assert.rejects(makePair({ region: '../east', out }), /no name of a region/);
  await assert.rejects(makePair({ region: 'east', out, name: 'a/b' }), /no name for a key/);
});

test('a token signed with a region’s private key is believed by those who trust its public half', async (t) => {
  const out = folderFor(t);
  await makePair({ region: 'east', out });
  const text = readFileSync(join(out, 'east.pem'), 'utf8');
  const token = makeToken({ region: 'east', for: 'west', minutes: '5', keyFile: join(out, 'east.key') });
  const secrets = ['the secret of the region west'];
  assert.equal(await answer(token, { secrets, trusted: [{ name: 'east.pem', text }] }), 200);
  assert.equal(await answer(token, { secrets, trusted: [{ name: 'north.pem', text }] }), 401);
  assert.equal(await answer(token, { secrets }), 401);
});

test('a token signed with a secret is believed by those who share it', async (t) => {
  const secretFile = join(folderFor(t), 'secret.txt');
  await makeSecret({ out: secretFile });
  const secrets = [readFileSync(secretFile, 'utf8').trim()];
  assert.equal(await answer(makeToken({ region: 'west', minutes: '1', secretFile }), { secrets }), 200);
  assert.equal(
    await answer(makeToken({ region: 'east', for: 'west', minutes: '1', secretFile }), { secrets }),
    200,
  );
});

test('a token that can’t be made is refused with what to do', (t) => {
  const secretFile = join(folderFor(t), 'secret.txt');
  writeFileSync(secretFile, 'short');
  assert.throws(() => makeToken({ region: 'east', minutes: '6', secretFile }), /can't live for 6 minutes/);
  assert.throws(
    () => makeToken({ region: 'east', minutes: 'long', secretFile }),
    /can't live for long minutes/,
  );
  assert.throws(() => makeToken({ region: 'east', minutes: '1', secretFile }), /16 characters or more/);
  assert.throws(
    () => makeToken({ region: 'east', minutes: '1', secretFile: '/nowhere' }),
    /MSA_SECRET_FILE can't be read/,
  );
});

test('the commands say so on the terminal, and end with an exit code', (t) => {
  const folder = folderFor(t);
  const msa = (...words: string[]) =>
    spawnSync(process.execPath, ['agent/cli.ts', ...words], { encoding: 'utf8', env: { PATH: '' } });
  const refused = msa('keys', 'secret');
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /--out secret\.txt/);
  assert.equal(msa('keys', 'pair', '--region', 'east', '--out', folder).status, 0);
  const token = msa('token', '--region', 'east', '--for', 'west', '--key-file', join(folder, 'east.key'));
  assert.match(token.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  assert.match(msa('token', '--region', 'east').stderr, /no secret and no key.*--secret-file/s);
});
