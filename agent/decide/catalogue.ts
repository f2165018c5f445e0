/**
 * The fact catalogue: every fact that a rule may read has its name, its type and its meaning here. Rules are checked against
 * it, and the reference for people is made from it.
 */

/** When in a decision a fact becomes known. A rule that sets something may read only what is known before it. */
export type Stage = 'instances' | 'state' | 'priority' | 'report';

export type FactType = 'text' | 'number' | 'flag' | 'any';

interface FieldEntry {
  readonly type: FactType;
  readonly stage: Stage;
  /** The words it may be, where they are few. */
  readonly words?: readonly string[];
  readonly meaning: string;
}

/** What a rule may read of a service: `db.state` here, `west/db.state` there. */
export const serviceFields = {
  state: {
    type: 'text',
    stage: 'state',
    words: ['up', 'down'],
    meaning: 'Could the service run? `up` or `down`.',
  },
  report: {
    type: 'text',
    stage: 'report',
    words: ['up', 'down', 'drain'],
    meaning: 'Should it get traffic? `up`, `down` or `drain`.',
  },
  eligible: {
    type: 'flag',
    stage: 'report',
    meaning: 'State is up, all it depends on is reported up, and no operator, hold or damping keeps it out.',
  },
  willing: {
    type: 'flag',
    stage: 'report',
    meaning: 'Eligible, and the rules of its region would serve it, before placement and guards.',
  },
  priority: { type: 'number', stage: 'priority', meaning: 'Its priority in that region.' },
  healthy: { type: 'number', stage: 'instances', meaning: 'How many of its instances are healthy.' },
  total: { type: 'number', stage: 'instances', meaning: 'How many instances it has or should have.' },
  properties: {
    type: 'any',
    stage: 'instances',
    meaning:
      'What it says of itself in its health answer: `db.properties.write`. Null where it says nothing of that name.',
  },
} as const satisfies Record<string, FieldEntry>;

export type ServiceField = keyof typeof serviceFields;

/** What a rule may read besides services. */
export const otherFacts = {
  'region.name': { type: 'text', meaning: 'The name of this region.' },
  'region.priority': { type: 'number', meaning: 'The priority of this region.' },
  'regions.<region>.freshness': {
    type: 'text',
    words: ['fresh', 'stale', 'lost'],
    meaning: 'How lately another region was heard: `fresh`, `stale` or `lost`.',
  },
} as const satisfies Record<
  string,
  { readonly type: FactType; readonly words?: readonly string[]; readonly meaning: string }
>;

/** One fact, named. A region of `*` stands for every region that has the service. */
export type FactRef =
  | {
      readonly kind: 'service';
      readonly region?: string;
      readonly service: string;
      readonly field: ServiceField;
      /** Into `properties`. */
      readonly path: readonly string[];
    }
  | { readonly kind: 'freshness'; readonly region: string }
  | { readonly kind: 'region'; readonly field: 'name' | 'priority' }
  /** Is this region among the first so many to serve it? Read by `atMost`. */
  | { readonly kind: 'place'; readonly service: string; readonly regions: number }
  /** Are enough of these up? Read by `minViable`. */
  | { readonly kind: 'viable'; readonly services: readonly string[] | '*'; readonly need: Need }
  /** Did it change lately? Read by `changed`. */
  | {
      readonly kind: 'changed';
      readonly service: string;
      readonly field: 'state' | 'report';
      readonly withinMs: number;
    }
  /** Is a window of the calendar open? Read by `during`. */
  | { readonly kind: 'during'; readonly cron: string; readonly lengthMs: number; readonly timeZone: string };

export type Need =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number };

export interface ServiceId {
  readonly region?: string;
  readonly service: string;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Reads `db`, `west/db` or `*` + `/db`; undefined where it is no such name. */
export function parseServiceId(text: string): ServiceId | undefined {
  const slash = text.indexOf('/');
  const service = text.slice(slash + 1);
  if (!namePattern.test(service)) return undefined;
  if (slash < 0) return { service };
  const region = text.slice(0, slash);
  return region === '*' || namePattern.test(region) ? { region, service } : undefined;
}

export function isRegionName(text: string): boolean {
  return namePattern.test(text);
}

/** Reads the name of a fact as `var` and templates write it; undefined where the catalogue has no such fact. */
export function parseFactName(text: string): FactRef | undefined {
  if (text === 'region.name') return { kind: 'region', field: 'name' };
  if (text === 'region.priority') return { kind: 'region', field: 'priority' };
  const freshness = /^regions\.(.+)\.freshness$/.exec(text)?.[1];
  if (freshness !== undefined && isRegionName(freshness)) return { kind: 'freshness', region: freshness };
  const parts = servicePattern.exec(text);
  const id = parseServiceId(parts?.[1] ?? '');
  const field = parts?.[2];
  if (id === undefined || field === undefined || !isServiceField(field)) return undefined;
  const path = parts?.[3] === undefined ? [] : parts[3].split('.');
  if ((path.length > 0 && field !== 'properties') || path.some((step) => step === '')) return undefined;
  return { kind: 'service', ...id, field, path };
}

/** The name back from the fact. */
export function factName(fact: FactRef): string {
  switch (fact.kind) {
    case 'service':
      return [serviceName(fact), fact.field, ...fact.path].join('.');
    case 'freshness':
      return `regions.${fact.region}.freshness`;
    case 'region':
      return `region.${fact.field}`;
    case 'place':
      return `atMost(${fact.service}, ${fact.regions})`;
    case 'viable': {
      const need = fact.need.kind === 'count' ? `${fact.need.count}` : `${fact.need.percent}%`;
      return `minViable(${fact.services === '*' ? '*' : fact.services.join(', ')}; ${need})`;
    }
    case 'changed':
      return `changed(${fact.service}.${fact.field}, ${fact.withinMs}ms)`;
    case 'during':
      return `during(${fact.cron}, ${fact.lengthMs}ms, ${fact.timeZone})`;
  }
}

export function serviceName(id: ServiceId): string {
  return id.region === undefined ? id.service : `${id.region}/${id.service}`;
}

/** The type of a fact's value, and the words it may be. */
export function factType(fact: FactRef): { readonly type: FactType; readonly words?: readonly string[] } {
  switch (fact.kind) {
    case 'service':
      return serviceFields[fact.field];
    case 'freshness':
      return otherFacts['regions.<region>.freshness'];
    case 'region':
      return otherFacts[`region.${fact.field}`];
    default:
      return { type: 'flag' };
  }
}

/** When a fact is known; facts of other regions are known from the start. */
export function stageOf(fact: FactRef): Stage {
  switch (fact.kind) {
    case 'service':
      return fact.region === undefined || fact.region === '*' ? serviceFields[fact.field].stage : 'instances';
    case 'place':
      return 'report';
    case 'viable':
      return 'state';
    case 'changed':
      return fact.field;
    default:
      return 'instances';
  }
}

/** The local services whose facts it reads; `*` for all. */
export function localServicesOf(fact: FactRef): readonly string[] | '*' {
  switch (fact.kind) {
    case 'service':
      return fact.region === undefined || fact.region === '*' ? [fact.service] : [];
    case 'place':
    case 'changed':
      return [fact.service];
    case 'viable':
      return fact.services;
    default:
      return [];
  }
}

function isServiceField(text: string): text is ServiceField {
  return Object.hasOwn(serviceFields, text);
}

const servicePattern = new RegExp(`^(.+?)\\.(${Object.keys(serviceFields).join('|')})(?:\\.(.+))?$`);
