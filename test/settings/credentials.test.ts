/** Keys and certificates in files: read at start, and again when they change in place. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createCredentials } from '../../agent/settings/credentials.ts';
import { readSettings, SettingsError } from '../../agent/settings/settings.ts';
import type { PeerTls } from '../../agent/share/peerTls.ts';
import { createAuthority } from '../certificates.ts';
import { createFakeClock } from '../fakeClock.ts';
import { keyPair } from '../share/keyPair.ts';
import { memoryLog } from '../share/region.ts';

const OLD = 'the older secret of the region';
const NEW = 'the newer secret of the region';
const LOOK_MS = 3_000;
const authority = createAuthority();

/** An agent's credentials, in files that the test may change. */
function subject(t: TestContext, files: Record<string, string>, environment: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'msa-credentials-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'trust'));
  for (const [name, text] of Object.entries(files)) write(name, text);
  const names = Object.keys(files).filter((name) => !name.includes('/'));
  const settingsNow = () =>
    readSettings({
      MSA_REGION: 'east',
      ...Object.fromEntries(names.map((name) => [`${name}_FILE`, join(folder, name)])),
      ...(Object.keys(files).some((name) => name.startsWith('trust/'))
        ? { MSA_TRUST: join(folder, 'trust') }
        : {}),
      ...environment,
    });
  const clock = createFakeClock(Date.now());
  const log = memoryLog();
  const taken: PeerTls[] = [];
  let changes = 0;
  const credentials = createCredentials({
    settings: settingsNow(),
    readAgain: settingsNow,
    everyMs: LOOK_MS,
    loneSecret: 'a secret that nobody else knows',
    clock,
    log,
    onChange: () => {
      changes += 1;
    },
  });
  credentials.onCertificates((tls) => taken.push(tls));
  t.after(() => credentials[Symbol.dispose]());
  return {
    credentials,
    folder,
    clock,
    log,
    taken,
    write,
    changes: () => changes,
    look: () => clock.advance(LOOK_MS),
    messages: () => credentials.problems().map(({ message }) => message),
  };
}

function whyNot(t: TestContext, files: Record<string, string>, environment: Record<string, string> = {}) {
  try {
    subject(t, files, environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.problems;
  }
}

function certified(names = 'IP:127.0.0.1', days = 100): Record<string, string> {
  const { cert, key } = authority.issue(names, { days });
  return { MSA_TLS_CERT: cert, MSA_TLS_KEY: key };
}

// ---------------------------------------------------------------- at start

test('without secret and key an agent signs with a secret of its own', (t) => {
  const { credentials } = subject(t, {});
  assert.equal(credentials.keyring.accepted.size, 1);
  assert.equal(credentials.tls, undefined);
});

test('all that is wrong with keys and certificates refuses the start, at once, and tells no key', (t) => {
  const problems = whyNot(t, {
    MSA_KEY: 'no key',
    'trust/west.pem': 'no key',
    MSA_TLS_CERT: 'no certificate',
    MSA_TLS_KEY: 'no key',
    MSA_TLS_CA: 'no certificate',
  });
  assert.deepEqual(
    problems.map((problem) => problem.split('.')[0]),
    [
      'MSA_KEY holds no PEM of a private key',
      'The trusted file west',
      'TLS: MSA_TLS_CERT holds no certificate that can be read',
      'TLS: MSA_TLS_KEY holds no private key that can be read',
      'TLS: MSA_TLS_CA holds no certificate that can be read',
    ],
  );
});

test('a key that is not that of the certificate refuses the start', (t) => {
  const files = { ...certified(), MSA_TLS_KEY: certified().MSA_TLS_KEY ?? '' };
  assert.match(whyNot(t, files)[0] ?? '', /MSA_TLS_KEY is not the key of MSA_TLS_CERT/);
});

test('a trusted folder that is not there refuses the start', (t) => {
  assert.match(whyNot(t, { MSA_SECRET: OLD }, { MSA_TRUST: '/nowhere' })[0] ?? '', /MSA_TRUST can't be read/);
});

test('trusted keys may be one file, and of a folder only *.pem counts', (t) => {
  const west = keyPair().publicKey;
  const { credentials, folder } = subject(t, {
    MSA_SECRET: OLD,
    'trust/west.pem': west,
    'trust/README': 'no key',
  });
  assert.equal(credentials.keyring.accepted.size, 2);
  const one = subject(t, { MSA_SECRET: OLD }, { MSA_TRUST: join(folder, 'trust', 'west.pem') });
  assert.equal(one.credentials.keyring.accepted.size, 2);
});

// ---------------------------------------------------------------- changes in place

test('a secret that changes in place counts without a restart, and the log names keys by id alone', async (t) => {
  const { credentials, look, write, log } = subject(t, { MSA_SECRET: OLD });
  const { keyring } = credentials;
  const before = keyring.signing.id;
  write('MSA_SECRET', `${NEW}\n${OLD}`);
  await look();
  await look();
  assert.notEqual(keyring.signing.id, before);
  assert.deepEqual([...keyring.accepted.keys()], [keyring.signing.id, before]);
  assert.equal(log.lines.length, 1);
  assert.doesNotMatch(JSON.stringify(log.lines), /secret of the region/);
});

test('a trusted key that comes or goes counts without a restart', async (t) => {
  const { credentials, look, write, folder } = subject(t, {
    MSA_SECRET: OLD,
    'trust/west.pem': keyPair().publicKey,
  });
  write('trust/west.next.pem', keyPair().publicKey);
  await look();
  await look();
  assert.equal(credentials.keyring.accepted.size, 3);
  rmSync(join(folder, 'trust', 'west.pem'));
  await look();
  await look();
  assert.equal(credentials.keyring.accepted.size, 2);
});

test('certificates that change in place are handed on, once', async (t) => {
  const { credentials, look, write, taken } = subject(t, { MSA_SECRET: OLD, ...certified() });
  const next = certified();
  for (const [name, text] of Object.entries(next)) write(name, text);
  for (let n = 0; n < 4; n += 1) await look();
  assert.deepEqual(
    taken.map(({ cert }) => `${cert}\n`),
    [next.MSA_TLS_CERT],
  );
  assert.equal(credentials.tls, taken[0]);
});

test('files that are replaced one after the other are taken together, without a word in between', async (t) => {
  const { look, write, taken, messages, log } = subject(t, { MSA_SECRET: OLD, ...certified() });
  const next = certified();
  write('MSA_TLS_CERT', next.MSA_TLS_CERT ?? '');
  await look();
  assert.deepEqual(messages(), []);
  write('MSA_TLS_KEY', next.MSA_TLS_KEY ?? '');
  await look();
  await look();
  assert.equal(taken.length, 1);
  assert.deepEqual(
    log.lines.map(({ level }) => level),
    ['info'],
  );
});

test('a change with a mistake is refused with what is wrong, the keys before stay, and putting it right ends it', async (t) => {
  const { credentials, look, write, messages, changes } = subject(t, { MSA_SECRET: OLD });
  const before = credentials.keyring.signing.id;
  write('MSA_SECRET', 'short');
  for (let n = 0; n < 5; n += 1) await look();
  assert.equal(credentials.keyring.signing.id, before);
  assert.match(
    messages()[0] ?? '',
    /^New keys or certificates are refused, the ones before stay: MSA_SECRET can't/,
  );
  assert.equal(changes(), 1);
  write('MSA_SECRET', OLD);
  await look();
  await look();
  assert.deepEqual(messages(), []);
});

test('a file that is gone is told, and its key stays', async (t) => {
  const { credentials, look, folder, messages } = subject(t, { MSA_SECRET: OLD });
  rmSync(join(folder, 'MSA_SECRET'));
  await look();
  await look();
  assert.match(messages()[0] ?? '', /MSA_SECRET_FILE can't be read/);
  assert.equal(credentials.keyring.accepted.size, 1);
});

test('TLS that is taken away while running asks for a restart', async (t) => {
  const { look, write, messages, taken } = subject(t, { MSA_SECRET: OLD, ...certified() });
  write('MSA_TLS_CERT', '');
  write('MSA_TLS_KEY', '');
  await look();
  await look();
  assert.match(messages()[0] ?? '', /TLS can be turned on or off at start only/);
  assert.deepEqual(taken, []);
});

// ---------------------------------------------------------------- certificates that end

test('people are told two weeks before the certificate ends, and when it has', async (t) => {
  const { clock, messages } = subject(t, { MSA_SECRET: OLD, ...certified('IP:127.0.0.1', 30) });
  const day = 24 * 3_600_000;
  const later = (days: number): readonly string[] => {
    t.mock.method(clock, 'now', () => Date.now() + days * day);
    return messages();
  };
  assert.deepEqual(later(15), []);
  assert.match(later(17)[0] ?? '', /^This agent's certificate expires on \d{4}-\d\d-\d\d\.$/);
  assert.match(later(31)[0] ?? '', /certificate expired on .* other agents refuse it/);
});

test('an expired certificate does not keep the agent from starting', (t) => {
  const { messages } = subject(t, { MSA_SECRET: OLD, ...certified('IP:127.0.0.1', -1) });
  assert.match(messages()[0] ?? '', /expired/);
});
