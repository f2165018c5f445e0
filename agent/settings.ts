/**
 * The settings: the one reader of the environment and of secret files. Everything is checked at start, and all that is
 * wrong is said at once. The table below is also what `msa agent --help` prints and what the README shows.
 */

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseDuration } from './duration.ts';

export interface Settings {
  readonly region: string;
  readonly regionPriority: number;
  readonly host: string;
  readonly port: number;
  readonly peerPort: number;
  /** The region's shared secrets; the first one signs, all verify. Empty: this agent stays alone. */
  readonly secrets: readonly string[];
  readonly rulesFolder: string;
  readonly dataFolder: string;
  readonly externalFile: string | undefined;
  readonly channelsFile: string | undefined;
  readonly docker: string;
  readonly user: string;
  readonly logLevel: LogLevel;
  readonly tickMs: number;
  readonly heartbeatMs: number;
  readonly staleAfterMs: number;
  readonly lostAfterMs: number;
  readonly probeLimit: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly hint: string };

interface Setting<T> {
  readonly name: string;
  /** As text, the way a user would write it; absent: the setting must be given; empty: unset. */
  readonly default?: string;
  readonly help: string;
  readonly parse: (text: string) => Parsed<T>;
}

type Table = { readonly [K in keyof Settings]: Setting<Settings[K]> };

export const settingsTable: Table = {
  region: {
    name: 'MSA_REGION',
    help: 'name of this region: letters, digits, `-`, `_`',
    parse: (text) =>
      /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(text)
        ? good(text)
        : bad('use letters, digits, "-" and "_" only, at most 63, for example east'),
  },
  regionPriority: {
    name: 'MSA_REGION_PRIORITY',
    default: '0',
    help: 'added to the priority of every service of this region',
    parse: number,
  },
  host: {
    name: 'MSA_HOST',
    default: '0.0.0.0',
    help: 'address to listen on, for both ports',
    parse: (text) => (isIP(text) > 0 ? good(text) : bad('give an IP address, for example 0.0.0.0')),
  },
  port: {
    name: 'MSA_PORT',
    default: '7070',
    help: 'port for load balancers and people',
    parse: (text) => integer(text, 0, 65_535),
  },
  peerPort: {
    name: 'MSA_PEER_PORT',
    default: '7071',
    help: 'port for other agents',
    parse: (text) => integer(text, 0, 65_535),
  },
  secrets: {
    name: 'MSA_SECRET',
    default: '',
    help: 'secret that the agents share, 16 characters or more; several, one a line: the first signs, all are accepted; without it the agent stays alone',
    parse: secretList,
  },
  rulesFolder: {
    name: 'MSA_RULES',
    default: '/etc/msa/rules',
    help: 'folder of rule files, read at start and on change',
    parse: good,
  },
  dataFolder: {
    name: 'MSA_DATA',
    default: '/var/lib/msa',
    help: 'folder for what should outlive a restart',
    parse: good,
  },
  externalFile: {
    name: 'MSA_EXTERNAL',
    default: '',
    help: 'file of external services (YAML or JSON)',
    parse: optional,
  },
  channelsFile: {
    name: 'MSA_CHANNELS',
    default: '',
    help: 'file of channels for notifications (YAML or JSON)',
    parse: optional,
  },
  docker: {
    name: 'MSA_DOCKER',
    default: 'unix:///var/run/docker.sock',
    help: 'the Docker engine: `unix://…`, or `tcp://…` of a GET-only proxy',
    parse: (text) =>
      /^(unix:\/\/\/|tcp:\/\/|https?:\/\/)./.test(text)
        ? good(text)
        : bad('give unix:///path/to/docker.sock or tcp://host:port'),
  },
  user: {
    name: 'MSA_USER',
    default: '1000',
    help: 'user id to go on as where the agent starts as root; `0`: stay root',
    parse: (text) => (/^\d{1,9}$/.test(text) ? good(text) : bad('give a numeric user id, for example 1000')),
  },
  logLevel: {
    name: 'MSA_LOG_LEVEL',
    default: 'info',
    help: `${logLevels.join(', ')}; SIGUSR2 switches to debug and back`,
    parse: (text) => {
      const level = logLevels.find((name) => name === text);
      return level === undefined ? bad(`choose one of ${logLevels.join(', ')}`) : good(level);
    },
  },
  tickMs: {
    name: 'MSA_TICK',
    default: '1s',
    help: 'how often everything is decided anew even when nothing was heard',
    parse: (text) => duration(text, 50),
  },
  heartbeatMs: {
    name: 'MSA_HEARTBEAT',
    default: '1s',
    help: 'agents of a region hear each other at least this often',
    parse: (text) => duration(text, 100),
  },
  staleAfterMs: {
    name: 'MSA_STALE_AFTER',
    default: '3s',
    help: 'silence of an agent or region after which its facts are unknown; more than two heartbeats',
    parse: (text) => duration(text, 200),
  },
  lostAfterMs: {
    name: 'MSA_LOST_AFTER',
    default: '30s',
    help: 'silence of a region after which it counts as gone',
    parse: (text) => duration(text, 200),
  },
  probeLimit: {
    name: 'MSA_PROBE_LIMIT',
    default: '100',
    help: 'probes under way at once',
    parse: (text) => integer(text, 1, 10_000),
  },
};

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
    const shown = setting.name === settingsTable.secrets.name ? '' : ` "${text}"`;
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
    probeLimit: value(t.probeLimit),
  };
  const { staleAfterMs, heartbeatMs } = reading;
  if (staleAfterMs !== undefined && heartbeatMs !== undefined && staleAfterMs < 2 * heartbeatMs) {
    problems.push('MSA_STALE_AFTER is too short: give at least two heartbeats (MSA_HEARTBEAT), better three');
  }
  if (problems.length > 0 || !isWhole(reading)) throw new SettingsError(problems);
  return reading;
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

function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

function bad<T>(hint: string): Parsed<T> {
  return { ok: false, hint };
}

function optional(text: string): Parsed<string | undefined> {
  return good(text === '' ? undefined : text);
}

function number(text: string): Parsed<number> {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) ? good(value) : bad('give a number');
}

function integer(text: string, least: number, most: number): Parsed<number> {
  const value = Number(text);
  const fits = /^\d+$/.test(text) && value >= least && value <= most;
  return fits ? good(value) : bad(`give a whole number from ${least} to ${most}`);
}

function duration(text: string, leastMs: number): Parsed<number> {
  const ms = parseDuration(text);
  if (ms === undefined) return bad('give a length of time with its unit, for example 500ms, 5s or 2m');
  return ms >= leastMs ? good(ms) : bad(`give at least ${leastMs}ms`);
}

function secretList(text: string): Parsed<readonly string[]> {
  const secrets = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return secrets.every((secret) => secret.length >= 16)
    ? good(secrets)
    : bad('each secret needs 16 characters or more, for example from `openssl rand -hex 32`');
}
