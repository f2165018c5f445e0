/**
 * The labels, as data: name, meaning, default, and how each is read.
 *
 * Everything that knows a label by name reads it from here: the plan, the search for misspelt labels, and the table in the
 * documentation. A default is the value that holds where a label is missing or bad.
 */

import type {
  Damping,
  HealthyMin,
  Maintenance,
  Preference,
  ProbeHow,
  ServiceRef,
  StatusRange,
} from '../model.ts';
import {
  type Parser,
  parseBoolean,
  parseCron,
  parseDamping,
  parseHealthyMin,
  parseInteger,
  parseLength,
  parseList,
  parseMaintenance,
  parseName,
  parsePreference,
  parseServiceRef,
  parseStatusRange,
  parseText,
} from './labelValues.ts';
import { type ProbeAddress, parseProbeAddress } from './probeAddress.ts';

/** One label as the documentation shows it. */
export interface LabelRow {
  readonly name: string;
  readonly example: string;
  /** The default in words; empty: nothing. */
  readonly default: string;
  readonly help: string;
}

export interface Label<T> extends LabelRow {
  readonly parse: Parser<T>;
  /** What holds where the label is missing or bad. */
  readonly fallback: T;
  /** The kinds of probe that read it; absent: all, or it has nothing to do with probes. */
  readonly kinds?: readonly ProbeHow['kind'][];
}

/** Lets each entry of the table have a type of its own. */
function label<T>(entry: Label<T>): Label<T> {
  return entry;
}

const DAY_MS = 86_400_000;
const asked: readonly ProbeHow['kind'][] = ['http', 'tcp'];
const status = parseInteger(200, 599);

export const labels = {
  enable: label<boolean>({
    name: 'msa.enable',
    example: 'true',
    default: 'true where any msa.* label is present',
    help: 'Whether MSA looks after this service at all.',
    parse: parseBoolean,
    fallback: true,
  }),
  name: label<string | undefined>({
    name: 'msa.name',
    example: 'wfe',
    default: "the service's name without its stack's prefix",
    help: 'What load balancers and rules call the service; one name, one service in the region.',
    parse: parseName,
    fallback: undefined,
  }),
  probe: label<ProbeAddress | undefined>({
    name: 'msa.probe',
    example: 'http://:8080/health',
    default: "docker: the container's health check, or where it has none, whether it runs",
    help: 'How each instance is asked: http://:port/path, https://:port/path, tcp://:port, docker, push or none. With a host (tcp://db.example:5432): one probe of the whole service, made by the leader.',
    parse: parseProbeAddress,
    fallback: undefined,
  }),
  interval: label<number>({
    name: 'msa.probe.interval',
    example: '5s',
    default: '5s',
    help: 'Time from one probe to the next.',
    parse: parseLength(100, DAY_MS),
    fallback: 5_000,
    kinds: asked,
  }),
  timeout: label<number>({
    name: 'msa.probe.timeout',
    example: '2s',
    default: '2s',
    help: 'How long the whole answer may take.',
    parse: parseLength(10, 60_000),
    fallback: 2_000,
    kinds: asked,
  }),
  fast: label<number>({
    name: 'msa.probe.fast',
    example: '1s',
    default: '1s',
    help: 'The interval while answers and health disagree; never longer than the interval itself.',
    parse: parseLength(100, DAY_MS),
    fallback: 1_000,
    kinds: asked,
  }),
  rise: label<number>({
    name: 'msa.probe.rise',
    example: '2',
    default: '2',
    help: 'Passes in a row that make a sick instance healthy. The first answer of all counts at once.',
    parse: parseInteger(1, 100),
    fallback: 2,
  }),
  fall: label<number>({
    name: 'msa.probe.fall',
    example: '3',
    default: '3',
    help: 'Fails in a row that make a healthy instance sick.',
    parse: parseInteger(1, 100),
    fallback: 3,
  }),
  schedule: label<string | undefined>({
    name: 'msa.probe.schedule',
    example: '*/10 * * * *',
    default: '',
    help: 'A cron expression in place of the interval.',
    parse: parseCron,
    fallback: undefined,
    kinds: asked,
  }),
  expect: label<readonly StatusRange[]>({
    name: 'msa.probe.expect',
    example: '200-299,304',
    default: '200-399',
    help: 'The HTTP statuses that pass.',
    parse: parseList(parseStatusRange),
    fallback: [{ from: 200, to: 399 }],
    kinds: ['http'],
  }),
  contains: label<string | undefined>({
    name: 'msa.probe.contains',
    example: '"ok"',
    default: '',
    help: 'Text that the body must contain.',
    parse: parseText,
    fallback: undefined,
    kinds: ['http'],
  }),
  properties: label<boolean>({
    name: 'msa.probe.properties',
    example: 'true',
    default: 'false',
    help: "Read the service's properties from the body: a JSON array of strings, or a JSON object.",
    parse: parseBoolean,
    fallback: false,
    kinds: ['http'],
  }),
  auth: label<string | undefined>({
    name: 'msa.probe.auth',
    example: 'health-reader',
    default: '',
    help: 'Name of the credential that the probe shows.',
    parse: parseName,
    fallback: undefined,
    kinds: ['http'],
  }),
  pushTtl: label<number>({
    name: 'msa.push.ttl',
    example: '30s',
    default: '30s',
    help: 'With msa.probe=push: silence longer than this fails.',
    parse: parseLength(1_000, 7 * DAY_MS),
    fallback: 30_000,
    kinds: ['push'],
  }),
  healthyMin: label<HealthyMin>({
    name: 'msa.healthy.min',
    example: '51%',
    default: '1',
    help: 'How many healthy instances make the service up: a count, or a share of those wanted.',
    parse: parseHealthyMin,
    fallback: { kind: 'count', count: 1 },
  }),
  priority: label<number>({
    name: 'msa.priority',
    example: '100',
    default: '0',
    help: 'The highest priority wins where only some regions may serve.',
    parse: parseInteger(-1_000_000_000, 1_000_000_000),
    fallback: 0,
  }),
  dependsOn: label<readonly ServiceRef[]>({
    name: 'msa.depends-on',
    example: 'app, west/db',
    default: '',
    help: 'Services that must be up here, or in the region named, for this one to be up.',
    parse: parseList(parseServiceRef),
    fallback: [],
  }),
  prefers: label<readonly Preference[]>({
    name: 'msa.prefers',
    example: 'db:write=10000',
    default: '',
    help: 'Adds that priority where the service db here has the property write; without a property, where it is up.',
    parse: parseList(parsePreference),
    fallback: [],
  }),
  maxRegions: label<number | undefined>({
    name: 'msa.max-regions',
    example: '1',
    default: 'no limit',
    help: 'In how many regions at once the service may be reported up.',
    parse: parseInteger(1, 1_000),
    fallback: undefined,
  }),
  variantOf: label<string | undefined>({
    name: 'msa.variant-of',
    example: 'wfe',
    default: '',
    help: 'The family of which only the most capable eligible variant is reported up.',
    parse: parseName,
    fallback: undefined,
  }),
  capability: label<number | undefined>({
    name: 'msa.capability',
    example: '3',
    default: '',
    help: 'How capable this variant is; the highest one wins.',
    parse: parseInteger(0, 1_000_000_000),
    fallback: undefined,
  }),
  hold: label<number>({
    name: 'msa.hold',
    example: '30s',
    default: '0',
    help: 'Least time between two changes of the report to up; going down is never delayed.',
    parse: parseLength(0, 7 * DAY_MS),
    fallback: 0,
  }),
  damping: label<Damping | undefined>({
    name: 'msa.damping',
    example: 'true',
    default: 'false',
    help: 'Flap damping: each change of report adds a penalty that halves every half-life; above suppress the service is reported down until the penalty is below reuse. true means penalty=1000, suppress=3000, reuse=1000, half-life=1m; write what differs.',
    parse: parseDamping,
    fallback: undefined,
  }),
  reportUp: label<number>({
    name: 'msa.report.up',
    example: '200',
    default: '200',
    help: 'HTTP status for load balancers while the report is up.',
    parse: status,
    fallback: 200,
  }),
  reportDown: label<number>({
    name: 'msa.report.down',
    example: '503',
    default: '503',
    help: 'HTTP status while the report is down.',
    parse: status,
    fallback: 503,
  }),
  reportDrain: label<number>({
    name: 'msa.report.drain',
    example: '404',
    default: '503',
    help: 'HTTP status while the service drains.',
    parse: status,
    fallback: 503,
  }),
  reportUnknown: label<number>({
    name: 'msa.report.unknown',
    example: '200',
    default: '503',
    help: 'HTTP status while the report is unknown.',
    parse: status,
    fallback: 503,
  }),
  notify: label<readonly string[]>({
    name: 'msa.notify',
    example: 'on-call',
    default: '',
    help: 'Names of the channels that hear of its changes.',
    parse: parseList(parseName),
    fallback: [],
  }),
  exported: label<boolean>({
    name: 'msa.export',
    example: 'false',
    default: 'true',
    help: 'Whether other regions see it. One that they do not see is placed as if it were here alone.',
    parse: parseBoolean,
    fallback: true,
  }),
  maintenance: label<Maintenance | undefined>({
    name: 'msa.maintenance',
    example: '0 2 * * SUN 2h Europe/Berlin',
    default: 'false',
    help: 'true, or when it starts (cron), how long it lasts, and the time zone (UTC).',
    parse: parseMaintenance,
    fallback: undefined,
  }),
} as const;

/** Labels that begin so carry a request header of the probe. */
export const HEADER_PREFIX = 'msa.probe.header.';

/** All labels in the order of the documentation. */
export const labelTable: readonly LabelRow[] = Object.values(labels).flatMap((entry) => {
  const { name, example, default: fallback, help } = entry;
  const row = { name, example, default: fallback, help };
  if (name !== labels.auth.name) return [row];
  return [
    {
      name: `${HEADER_PREFIX}<Name>`,
      example: 'health.example.org',
      default: '',
      help: 'A header of the probe, such as msa.probe.header.Host. Not for secrets: everyone may read labels.',
    },
    row,
  ];
});
