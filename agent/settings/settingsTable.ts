/**
 * The settings there are: names, defaults, what they are for, and how their text is read. The table is also what
 * `msa agent --help` prints and what the README shows. Pure.
 */

import { isIP } from 'node:net';
import { parseDuration } from '../duration.ts';
import { type PeerRegion, parsePeerList, regionName } from './peerList.ts';

export interface Settings {
  readonly region: string;
  readonly regionPriority: number;
  readonly host: string;
  readonly port: number;
  readonly peerPort: number;
  /** The region's shared secrets; the first one signs, all verify. Empty: this agent stays alone. */
  readonly secrets: readonly string[];
  /** Secrets count between regions too, though there are private keys. */
  readonly secretAbroad: boolean;
  /** PEM of the region's private keys; the first one signs, all verify. Empty: none. */
  readonly privateKeys: string;
  /** A folder of other regions' public keys, or one file of them. */
  readonly trust: string | undefined;
  /** PEM. */
  readonly tlsCertificate: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsAuthorities: string | undefined;
  readonly tlsFront: boolean;
  readonly tlsClient: boolean;
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
  /** The other regions. */
  readonly peers: readonly PeerRegion[];
  readonly releaseAfterMs: number;
  /** Undefined: as `defaultOnIsolation` says. */
  readonly onIsolation: OnIsolation | undefined;
  readonly probeLimit: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

type OnIsolation = 'release' | 'keep';

/** With two regions neither can tell a cut from the other's end, and both would release: see docs/regions.md. */
export function defaultOnIsolation(peers: readonly PeerRegion[]): OnIsolation {
  return peers.length >= 2 ? 'release' : 'keep';
}

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly hint: string };

export interface Setting<T> {
  readonly name: string;
  /** As text, the way a user would write it; absent: the setting must be given; empty: unset. */
  readonly default?: string;
  readonly help: string;
  /** Its value is never shown. */
  readonly secret?: true;
  readonly parse: (text: string) => Parsed<T>;
}

type Table = { readonly [K in keyof Settings]: Setting<Settings[K]> };

export const settingsTable: Table = {
  region: {
    name: 'MSA_REGION',
    help: 'name of this region: letters, digits, `-`, `_`',
    parse: (text) =>
      regionName.test(text)
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
    help: 'secret that the agents share, 16 characters or more; several, one a line: the first signs, all are accepted; without it or `MSA_KEY` the agent stays alone',
    secret: true,
    parse: secretList,
  },
  privateKeys: {
    name: 'MSA_KEY',
    default: '',
    help: 'private keys of this region (PEM, from `msa keys pair`): the first signs, all are accepted; `MSA_SECRET` then counts within the region only',
    secret: true,
    parse: good,
  },
  trust: {
    name: 'MSA_TRUST',
    default: '',
    help: 'folder of other regions’ public keys, each file named after its region (`west.pem`, `west.2.pem`), or one such file',
    parse: optional,
  },
  secretAbroad: {
    name: 'MSA_SECRET_ABROAD',
    default: 'false',
    help: '`true`: `MSA_SECRET` counts between regions though there is a `MSA_KEY`; only while changing from one to the other',
    parse: yesOrNo,
  },
  tlsCertificate: {
    name: 'MSA_TLS_CERT',
    default: '',
    help: 'certificate (PEM, with those that lead to its authority): agents speak HTTPS to each other',
    parse: optional,
  },
  tlsKey: {
    name: 'MSA_TLS_KEY',
    default: '',
    help: 'private key of the certificate (PEM)',
    secret: true,
    parse: optional,
  },
  tlsAuthorities: {
    name: 'MSA_TLS_CA',
    default: '',
    help: 'authorities that other agents’ certificates are checked against (PEM); without it, the well-known ones',
    parse: optional,
  },
  tlsFront: {
    name: 'MSA_TLS_FRONT',
    default: 'false',
    help: '`true`: HTTPS also for load balancers and people',
    parse: yesOrNo,
  },
  tlsClient: {
    name: 'MSA_TLS_CLIENT',
    default: 'false',
    help: '`true`: other agents must show a certificate, too',
    parse: yesOrNo,
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
    help: 'the Docker engine: `unix://…`, or `tcp://…` of a GET-only proxy; `none`: there is no Docker, as for a witness',
    parse: (text) =>
      /^(unix:\/\/\/.|tcp:\/\/.|https?:\/\/.|none$)/.test(text)
        ? good(text)
        : bad('give unix:///path/to/docker.sock or tcp://host:port, or none'),
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
  peers: {
    name: 'MSA_PEERS',
    default: '',
    help: 'the other regions and a few of their agents: `west=10.0.1.1:7071,10.0.1.2:7071; witness=10.0.9.1:7071`',
    parse(text) {
      const list = parsePeerList(text);
      return list.ok ? good(list.regions) : bad(list.mistakes.join('; '));
    },
  },
  releaseAfterMs: {
    name: 'MSA_RELEASE_AFTER',
    default: '15s',
    help: 'a region that has heard no majority of the regions for so long releases what may run in a limited number of them',
    parse: (text) => duration(text, 200),
  },
  onIsolation: {
    name: 'MSA_ON_ISOLATION',
    default: '',
    help: '`release` or `keep` what may run in a limited number of regions; without it, `release` where there are three regions or more, else `keep`',
    parse: (text) =>
      text === 'release' || text === 'keep' || text === ''
        ? good(text === '' ? undefined : text)
        : bad('give release or keep'),
  },
  probeLimit: {
    name: 'MSA_PROBE_LIMIT',
    default: '100',
    help: 'probes under way at once',
    parse: (text) => integer(text, 1, 10_000),
  },
};

function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

function bad<T>(hint: string): Parsed<T> {
  return { ok: false, hint };
}

function optional(text: string): Parsed<string | undefined> {
  return good(text === '' ? undefined : text);
}

function yesOrNo(text: string): Parsed<boolean> {
  return text === 'true' || text === 'false' ? good(text === 'true') : bad('give true or false');
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
    : bad('each secret needs 16 characters or more, for example from `msa keys secret`');
}
