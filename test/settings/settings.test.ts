import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSettings, SettingsError } from '../../agent/settings/settings.ts';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.problems;
  }
}

test('a region is all that must be given', () => {
  const settings = readSettings({ MSA_REGION: 'east' });
  assert.equal(settings.region, 'east');
  assert.equal(settings.port, 7070);
  assert.equal(settings.staleAfterMs, 3_000);
});

test('all that is wrong is said at once, and each line says what to do', () => {
  assert.deepEqual(
    problemsOf({
      MSA_FOO: '1',
      MSA_PORT: 'x',
      MSA_TICK: '5',
      MSA_LOG_LEVEL: 'loud',
      MSA_HOST: 'everywhere',
      MSA_DOCKER: 'docker.sock',
    }),
    [
      'MSA_FOO is no setting: see `msa agent --help` for their names',
      'MSA_REGION is missing: name of this region: letters, digits, `-`, `_`',
      'MSA_HOST "everywhere" can\'t be used: give an IP address, for example 0.0.0.0',
      'MSA_PORT "x" can\'t be used: give a whole number from 0 to 65535',
      'MSA_DOCKER "docker.sock" can\'t be used: give unix:///path/to/docker.sock or tcp://host:port, or none',
      'MSA_LOG_LEVEL "loud" can\'t be used: choose one of trace, debug, info, warn, error, fatal',
      'MSA_TICK "5" can\'t be used: give a length of time with its unit, for example 500ms, 5s or 2m',
    ],
  );
});

test('a secret is never part of a message', () => {
  const [problem] = problemsOf({ MSA_REGION: 'east', MSA_SECRET: 'hunter2' });
  assert.match(problem ?? '', /MSA_SECRET can't be used: each secret needs 16 characters or more/);
  assert.doesNotMatch(problem ?? '', /hunter2/);
});

test('secrets are read from a file, one a line', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'msa-settings-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'secret');
  writeFileSync(file, 'new-secret-of-16-or-more\nold-secret-of-16-or-more\n');
  assert.deepEqual(readSettings({ MSA_REGION: 'east', MSA_SECRET_FILE: file }).secrets, [
    'new-secret-of-16-or-more',
    'old-secret-of-16-or-more',
  ]);
  assert.deepEqual(problemsOf({ MSA_REGION: 'e', MSA_SECRET_FILE: file, MSA_SECRET: 'sixteen-characters' }), [
    'MSA_SECRET and MSA_SECRET_FILE are both set: keep one',
  ]);
});

test('a secret file that is not there is named', () => {
  assert.match(
    problemsOf({ MSA_REGION: 'e', MSA_SECRET_FILE: '/nowhere' })[0] ?? '',
    /MSA_SECRET_FILE can't be read/,
  );
});

test('staleness must leave room for missed heartbeats', () => {
  const problems = problemsOf({ MSA_REGION: 'e', MSA_HEARTBEAT: '5s', MSA_STALE_AFTER: '6s' });
  assert.match(problems[0] ?? '', /MSA_STALE_AFTER is too short/);
});

test('settings of keys and TLS that say nothing without another are named with it', () => {
  const problems = (environment: Record<string, string>) => problemsOf({ MSA_REGION: 'e', ...environment });
  assert.deepEqual(problems({ MSA_TRUST: '/trust' }), [
    'MSA_TRUST needs MSA_KEY or MSA_SECRET: give it, or leave MSA_TRUST out',
  ]);
  assert.deepEqual(problems({ MSA_TLS_CERT: 'c' }), [
    'MSA_TLS_CERT needs MSA_TLS_KEY: give it, or leave MSA_TLS_CERT out',
  ]);
  assert.deepEqual(problems({ MSA_TLS_KEY: 'k', MSA_TLS_CA: 'a', MSA_TLS_FRONT: 'true' }), [
    'MSA_TLS_KEY needs MSA_TLS_CERT: give it, or leave MSA_TLS_KEY out',
    'MSA_TLS_CA needs MSA_TLS_CERT: give it, or leave MSA_TLS_CA out',
    'MSA_TLS_FRONT needs MSA_TLS_CERT: give it, or leave MSA_TLS_FRONT out',
  ]);
  assert.deepEqual(problems({ MSA_TLS_CERT: 'c', MSA_TLS_KEY: 'k', MSA_TLS_CLIENT: 'true' }), [
    'MSA_TLS_CLIENT needs MSA_TLS_CA: give it, or leave MSA_TLS_CLIENT out',
  ]);
  assert.deepEqual(problems({ MSA_TLS_CLIENT: 'yes' }), [
    'MSA_TLS_CLIENT "yes" can\'t be used: give true or false',
  ]);
});

test('other regions need a key, another name, and times in which one releases before another takes over', () => {
  const region = { MSA_REGION: 'east', MSA_SECRET: '0123456789abcdef' };
  assert.deepEqual(problemsOf({ MSA_REGION: 'east', MSA_PEERS: 'west=10.0.1.1;east=10.0.1.2' }), [
    'MSA_PEERS names this region, east: give the other regions only',
    'MSA_PEERS needs MSA_SECRET or MSA_KEY: regions speak to each other with signed tokens only',
  ]);
  assert.deepEqual(problemsOf({ ...region, MSA_PEERS: 'west=10.0.1.1:x' }), [
    'MSA_PEERS "west=10.0.1.1:x" can\'t be used: west: "10.0.1.1:x" has no port from 1 to 65535',
  ]);
  const short = { ...region, MSA_LOST_AFTER: '20s' };
  assert.deepEqual(
    problemsOf({ ...short, MSA_PEERS: 'west=w' }),
    [],
    'with two regions, each keeps what it has',
  );
  assert.deepEqual(problemsOf({ ...short, MSA_PEERS: 'west=w;witness=x' }), [
    'MSA_LOST_AFTER is too short: others would take over before a region that is cut off has released; give at least 28s (MSA_RELEASE_AFTER + 3 × MSA_STALE_AFTER + 2 × MSA_HEARTBEAT + 2 × MSA_TICK)',
  ]);
  assert.deepEqual(problemsOf({ ...short, MSA_PEERS: 'west=w;witness=x', MSA_ON_ISOLATION: 'keep' }), []);
  assert.deepEqual(problemsOf({ ...region, MSA_ON_ISOLATION: 'panic' }), [
    'MSA_ON_ISOLATION "panic" can\'t be used: give release or keep',
  ]);
  const settings = readSettings({ ...region, MSA_PEERS: 'west=10.0.1.1:7071', MSA_DOCKER: 'none' });
  assert.deepEqual(settings.peers, [{ name: 'west', addresses: ['10.0.1.1:7071'] }]);
  assert.equal(settings.docker, 'none');
});
