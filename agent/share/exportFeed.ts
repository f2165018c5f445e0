/**
 * What a region tells other regions. Pure but for the feeds that it writes.
 *
 * The export feed has `region` (who speaks), `service/<name>` for each service that may be told, and `heard/<region>` for
 * each other region. A feed `via/<region>` passes on what this region hears from that one: its `region` and `service/<name>`,
 * so that both kinds are read alike. Passing on is a feed of its own, so that it costs nothing while every region hears
 * every other. Only what a region hears itself is passed on, so nothing goes round in circles.
 */

import type { RegionFacts, RemoteService, Verdict } from '../model.ts';
import type { RegionShare } from './documents.ts';
import type { Feed } from './feed.ts';
import { type Docs, readAll, readOne } from './readDocuments.ts';
import { heardWord, type RegionWord, regionWord, remoteService } from './regionShapes.ts';
import type { Answer } from './wire.ts';

type Word = Pick<RegionShare, 'services' | 'verdicts' | 'lingering' | 'regions'>;

/** Publishes this region's word. Undefined: this agent has none to give, and takes back what it gave. */
export function writeExport(feed: Feed, region: string, word: Word | undefined): void {
  const docs = new Map<string, object>([['region', { name: region, speaks: word !== undefined }]]);
  if (word !== undefined) {
    for (const [name, { plan }] of Object.entries(word.services)) {
      const verdict = word.verdicts[name];
      if (verdict === undefined || !plan.exported) continue;
      docs.set(`service/${name}`, exportOf(verdict, word.lingering.has(name)));
    }
    for (const facts of Object.values(word.regions)) {
      docs.set(`heard/${facts.name}`, { heard: isHeardDirectly(facts) });
    }
  }
  feed.replace('', docs);
}

/** Publishes what this region hears from another one itself. Undefined: it can't be passed on. */
export function writeVia(feed: Feed, region: string, facts: RegionFacts | undefined): void {
  if (facts !== undefined && passedOn.get(feed) === facts) return;
  passedOn.set(feed, facts);
  const heard = facts !== undefined && isHeardDirectly(facts);
  const docs = new Map<string, object>([['region', { name: region, speaks: heard }]]);
  if (heard) {
    for (const [name, service] of Object.entries(facts.services)) docs.set(`service/${name}`, service);
  }
  feed.replace('', docs);
}

/** What was written last, so that a region that did not change costs nothing. */
const passedOn = new WeakMap<Feed, RegionFacts | undefined>();

function isHeardDirectly({ freshness, via }: RegionFacts): boolean {
  return freshness === 'fresh' && via === undefined;
}

/** The same object for the same verdict, so that publishing it again costs nothing. */
const exported = new WeakMap<Verdict, RemoteService>();

function exportOf(verdict: Verdict, lingers: boolean): RemoteService {
  const { state, eligible, willing, priority, report, healthy, total, properties, claim, ready } = verdict;
  const holding = lingers || report === 'up';
  const known = exported.get(verdict);
  if (known?.holding === holding) return known;
  const remote = {
    ...{ state, eligible, willing, priority, report, healthy, total, properties, holding },
    ...(claim === undefined ? {} : { claim }),
    ...(ready === undefined ? {} : { ready }),
  };
  exported.set(verdict, remote);
  return remote;
}

// ---------------------------------------------------------------- reading

/** What another region's feed says. */
export interface ExportRead {
  readonly services: Readonly<Record<string, RemoteService>>;
  /** The regions that it hears itself. */
  readonly hears: ReadonlySet<string>;
  readonly unreadable: number;
}

export function readExport(docs: Docs): ExportRead {
  const services = readAll(docs, 'service/', remoteService);
  const heard = readAll(docs, 'heard/', heardWord);
  return {
    services: Object.fromEntries(services.found),
    hears: new Set([...heard.found].filter(([, word]) => word.heard).map(([name]) => name)),
    unreadable: services.unreadable + heard.unreadable,
  };
}

/** Who speaks in an answer, where that changed, else in what is known. Undefined: it does not say. */
export function speakerOf(answer: Answer, docs: Docs): RegionWord | undefined {
  const known = answer.full || answer.docs.has('region') ? answer.docs.get('region') : docs.get('region');
  return known === undefined || known === null
    ? undefined
    : readOne(new Map([['region', known]]), 'region', regionWord).found;
}
