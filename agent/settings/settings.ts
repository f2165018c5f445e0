/**
 * Reads the settings: the one reader of the environment and of secret files. Everything is checked at start, and all that is
 * wrong is said at once.
 */

import { readFileSync } from 'node:fs';
import { formatDuration } from '../duration.ts';
import { defaultOnIsolation, type Setting, type Settings, settingsTable } from './settingsTable.ts';

/** What is wrong with the settings: each line names a setting, what is wrong and what to do. */
export class SettingsError extends Error {
  readonly code = 'bad-settings';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `${problems.length === 1 ? 'A setting is' : `${problems.length} settings are`} wrong:\n  ${problems.join('\n  ')}`,
    );
    this.problems = problems;
  }
}

/** Reads the settings from an environment, secrets also from the files that `<NAME>_FILE` names. Throws `SettingsError` with all problems. */
export function readSettings(environment: Environment = process.env): Settings {
  const problems = unknownNames(environment);
  const texts = new Map<string, string>();
  for (const setting of Object.values(settingsTable)) {
    const text = textOf(setting.name, environment, problems) ?? setting.default;
    if (text === undefined) problems.push(`${setting.name} is missing: ${setting.help}`);
    else texts.set(setting.name, text);
  }

  function value<T>(setting: Setting<T>): T | undefined {
    const text = texts.get(setting.name);
    if (text === undefined) return undefined;
    const parsed = setting.parse(text);
    if (parsed.ok) return parsed.value;
    const shown = setting.secret ? '' : ` "${text}"`;
    problems.push(`${setting.name}${shown} can't be used: ${parsed.hint}`);
    return undefined;
  }

  const t = settingsTable;
  const reading = {
    region: value(t.region),
    regionPriority: value(t.regionPriority),
    host: value(t.host),
    port: value(t.port),
    peerPort: value(t.peerPort),
    secrets: value(t.secrets),
    privateKeys: value(t.privateKeys),
    trust: value(t.trust),
    secretAbroad: value(t.secretAbroad),
    tlsCertificate: value(t.tlsCertificate),
    tlsKey: value(t.tlsKey),
    tlsAuthorities: value(t.tlsAuthorities),
    tlsFront: value(t.tlsFront),
    tlsClient: value(t.tlsClient),
    rulesFolder: value(t.rulesFolder),
    dataFolder: value(t.dataFolder),
    externalFile: value(t.externalFile),
    channelsFile: value(t.channelsFile),
    docker: value(t.docker),
    user: value(t.user),
    logLevel: value(t.logLevel),
    tickMs: value(t.tickMs),
    heartbeatMs: value(t.heartbeatMs),
    staleAfterMs: value(t.staleAfterMs),
    lostAfterMs: value(t.lostAfterMs),
    peers: value(t.peers),
    releaseAfterMs: value(t.releaseAfterMs),
    onIsolation: value(t.onIsolation),
    probeLimit: value(t.probeLimit),
  };
  const { staleAfterMs, heartbeatMs } = reading;
  if (staleAfterMs !== undefined && heartbeatMs !== undefined && staleAfterMs < 2 * heartbeatMs) {
    problems.push('MSA_STALE_AFTER is too short: give at least two heartbeats (MSA_HEARTBEAT), better three');
  }
  problems.push(...missingPartners(reading), ...mistakesAmongRegions(reading));
  if (problems.length > 0 || !isWhole(reading)) throw new SettingsError(problems);
  return reading;
}

/** Settings of keys and TLS that say nothing without another. */
function missingPartners(reading: { readonly [K in keyof Settings]: Settings[K] | undefined }): string[] {
  const { secrets = [], privateKeys = '', trust, tlsCertificate, tlsKey, tlsAuthorities } = reading;
  const problems: string[] = [];
  const need = (wanted: boolean | undefined, name: string, there: boolean, partner: string): void => {
    if (wanted && !there) problems.push(`${name} needs ${partner}: give it, or leave ${name} out`);
  };
  need(trust !== undefined, 'MSA_TRUST', secrets.length > 0 || privateKeys !== '', 'MSA_KEY or MSA_SECRET');
  need(tlsCertificate !== undefined, 'MSA_TLS_CERT', tlsKey !== undefined, 'MSA_TLS_KEY');
  need(tlsKey !== undefined, 'MSA_TLS_KEY', tlsCertificate !== undefined, 'MSA_TLS_CERT');
  need(tlsAuthorities !== undefined, 'MSA_TLS_CA', tlsCertificate !== undefined, 'MSA_TLS_CERT');
  need(reading.tlsFront, 'MSA_TLS_FRONT', tlsCertificate !== undefined, 'MSA_TLS_CERT');
  need(reading.tlsClient, 'MSA_TLS_CLIENT', tlsAuthorities !== undefined, 'MSA_TLS_CA');
  return problems;
}

/** Settings of other regions that do not go together. */
function mistakesAmongRegions({
  region,
  peers = [],
  secrets = [],
  privateKeys = '',
  ...times
}: {
  readonly [K in keyof Settings]: Settings[K] | undefined;
}): string[] {
  if (peers.length === 0) return [];
  const problems: string[] = [];
  if (peers.some(({ name }) => name === region)) {
    problems.push(`MSA_PEERS names this region, ${region}: give the other regions only`);
  }
  if (secrets.length === 0 && privateKeys === '') {
    problems.push(
      'MSA_PEERS needs MSA_SECRET or MSA_KEY: regions speak to each other with signed tokens only',
    );
  }
  const { releaseAfterMs = 0, staleAfterMs = 0, heartbeatMs = 0, tickMs = 0, lostAfterMs = Infinity } = times;
  // How long it takes at most until the last agent of a region that is cut off has released, and the tick by which another
  // one may be late to notice that it was out of touch itself: see docs/regions.md.
  const releasedMs = releaseAfterMs + 3 * staleAfterMs + 2 * heartbeatMs + 2 * tickMs;
  const releases = times.onIsolation ?? defaultOnIsolation(peers);
  if (releases === 'release' && lostAfterMs < releasedMs) {
    problems.push(
      `MSA_LOST_AFTER is too short: others would take over before a region that is cut off has released; give at least ${formatDuration(Math.ceil(releasedMs / 1000) * 1000)} (MSA_RELEASE_AFTER + 3 × MSA_STALE_AFTER + 2 × MSA_HEARTBEAT + 2 × MSA_TICK)`,
    );
  }
  return problems;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Without problems, only settings that may be unset are undefined; the type can't know that. */
function isWhole(reading: { readonly [K in keyof Settings]: Settings[K] | undefined }): reading is Settings {
  return reading.region !== undefined;
}

function textOf(name: string, environment: Environment, problems: string[]): string | undefined {
  const direct = environment[name];
  const file = environment[`${name}_FILE`];
  if (direct !== undefined && file !== undefined) {
    problems.push(`${name} and ${name}_FILE are both set: keep one`);
    return direct;
  }
  if (file === undefined) return direct;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    problems.push(`${name}_FILE can't be read (${why}): mount the secret there, or correct the path`);
    return undefined;
  }
}

function unknownNames(environment: Environment): string[] {
  const known = new Set(Object.values(settingsTable).flatMap(({ name }) => [name, `${name}_FILE`]));
  return Object.keys(environment)
    .filter((name) => name.startsWith('MSA_') && !known.has(name))
    .map((name) => `${name} is no setting: see \`msa agent --help\` for their names`);
}
