/**
 * The plan of one service, from its labels.
 *
 * Pure, and total: a bad label is a problem of the plan and its default holds, so that nothing that people write stops the
 * agent or hides the service.
 */

import type { Maintenance, ProbeHow, ProbePlan, ServicePlan, ServiceRef } from '../model.ts';
import { createLabelReader, isMsaLabel, type LabelReader } from './labelReader.ts';
import { labels } from './labelTable.ts';
import type { ProbeAddress } from './probeAddress.ts';

/** What carries labels: a Swarm service, a container, or an entry in the file of external services. */
export interface Labelled {
  /** Its own name, without the stack's prefix; `msa.name` overrules it. */
  readonly name: string;
  readonly id: string;
  readonly source: 'swarm' | 'container' | 'external';
  readonly stack?: string;
  readonly wanted?: number;
  /** False where its containers are known to have no health check. */
  readonly healthCheck?: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** The plan of a service; undefined where it has no `msa.*` label, or says `msa.enable=false`. */
export function planOf(labelled: Labelled): ServicePlan | undefined {
  if (!Object.keys(labelled.labels).some(isMsaLabel)) return undefined;
  const named = labels.name.parse(labelled.labels[labels.name.name] ?? '');
  const name = (named.ok ? named.value : undefined) ?? labelled.name;
  const reader = createLabelReader(name, labelled.labels);
  if (!reader.read(labels.enable)) return undefined;
  reader.read(labels.name);
  const probe = readProbe(labelled, reader);
  const plan = {
    name,
    source: isComposite(labelled) ? ('composite' as const) : labelled.source,
    id: labelled.id,
    ...(labelled.stack === undefined ? {} : { stack: labelled.stack }),
    ...(labelled.wanted === undefined ? {} : { wanted: labelled.wanted }),
    probe,
    ...readPlacement(name, reader),
    ...readReporting(reader),
  };
  reader.complainOfStrangers(probe.how.kind);
  return { ...plan, problems: reader.problems };
}

/** A composite asks nobody on purpose; an external service whose probe is badly written is none. */
function isComposite(labelled: Labelled): boolean {
  const written = labelled.labels[labels.probe.name];
  if (labelled.source !== 'external' || written === undefined) return labelled.source === 'external';
  const address = labels.probe.parse(written);
  return address.ok && address.value?.kind === 'none';
}

function readProbe(labelled: Labelled, reader: LabelReader): ProbePlan {
  const { read } = reader;
  const how = readHow(labelled, reader);
  const intervalMs = read(labels.interval);
  const schedule = read(labels.schedule);
  return {
    how,
    ...(schedule === undefined ? {} : { schedule }),
    intervalMs,
    fastMs: Math.min(read(labels.fast), intervalMs),
    timeoutMs: read(labels.timeout),
    rise: read(labels.rise),
    fall: read(labels.fall),
  };
}

/** Without a word on it: Docker's health check, which takes the state of a container that has none. */
function readHow(labelled: Labelled, reader: LabelReader): ProbeHow {
  const asNone = labelled.source === 'external' || labelled.healthCheck === false;
  const address = reader.read(labels.probe) ?? ({ kind: asNone ? 'none' : 'docker' } as const);
  if (labelled.source === 'external' && isLocal(address)) {
    reader.complain(labels.probe, 'has no host, and an external service has no instances to ask');
    return { kind: 'none' };
  }
  switch (address.kind) {
    case 'http':
      return { ...address, ...readHttp(reader) };
    case 'push':
      return { kind: 'push', ttlMs: reader.read(labels.pushTtl) };
    default:
      return address;
  }
}

/** Does it ask an instance, rather than a host? */
function isLocal(address: ProbeAddress): boolean {
  if (address.kind === 'http' || address.kind === 'tcp') return address.host === undefined;
  return address.kind === 'docker';
}

function readHttp(reader: LabelReader) {
  const { read } = reader;
  const contains = read(labels.contains);
  const auth = read(labels.auth);
  return {
    expect: read(labels.expect),
    ...(contains === undefined ? {} : { contains }),
    properties: read(labels.properties),
    headers: reader.headers(),
    ...(auth === undefined ? {} : { auth }),
  };
}

/** What decides whether and where the service may be up. */
function readPlacement(name: string, reader: LabelReader) {
  const { read } = reader;
  const maxRegions = read(labels.maxRegions);
  const variantOf = read(labels.variantOf);
  const capability = read(labels.capability);
  return {
    healthyMin: read(labels.healthyMin),
    priority: read(labels.priority),
    dependsOn: withoutSelf(name, read(labels.dependsOn), reader),
    prefers: read(labels.prefers),
    ...(maxRegions === undefined ? {} : { maxRegions }),
    ...(variantOf === undefined ? {} : { variantOf }),
    ...(capability === undefined ? {} : { capability }),
  };
}

/** A service that waits for itself would never be up. */
function withoutSelf(name: string, refs: readonly ServiceRef[], reader: LabelReader): readonly ServiceRef[] {
  const others = refs.filter((ref) => ref.region !== undefined || ref.service !== name);
  if (others.length < refs.length)
    reader.complain(labels.dependsOn, 'names the service itself, which is left out');
  return others;
}

/** How its report is told, and what delays or overrules it. */
function readReporting(reader: LabelReader) {
  const { read } = reader;
  const damping = read(labels.damping);
  const maintenance: Maintenance | undefined = read(labels.maintenance);
  return {
    holdMs: read(labels.hold),
    ...(damping === undefined ? {} : { damping }),
    statusByReport: {
      up: read(labels.reportUp),
      down: read(labels.reportDown),
      drain: read(labels.reportDrain),
      unknown: read(labels.reportUnknown),
    },
    notify: read(labels.notify),
    exported: read(labels.exported),
    ...(maintenance === undefined ? {} : { maintenance }),
  };
}
