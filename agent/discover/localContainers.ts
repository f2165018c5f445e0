/**
 * The containers of this node: the last list, and what events said since.
 *
 * Pure. Lists are the truth, and events are ahead of them: a kill, an end or a change of health counts at once, and holds
 * until a list can know of it. A container that ended stays for a while, as `stopping`: managers list tasks only every few
 * seconds, and until they have seen the end nobody should take its task for one that was not probed yet.
 */

import type { DockerHealth } from '../model.ts';
import type { LocalContainer } from './containerShapes.ts';
import type { DockerEvent } from './engineShapes.ts';

export interface LocalContainers {
  readonly listed: readonly LocalContainer[];
  readonly marks: ReadonlyMap<string, Mark>;
}

/** What an event, or an absence from the list, says of one container. */
type Mark =
  | { readonly kind: 'ended'; readonly container: LocalContainer; readonly atMs: number }
  | { readonly kind: 'stopping'; readonly atMs: number }
  | { readonly kind: 'health'; readonly health: DockerHealth; readonly list: number };

/** Where the event stands in time: the lists begun before it can't know of it. */
export interface Moment {
  readonly nowMs: number;
  /** Number of the last list begun. */
  readonly list: number;
}

export const noContainers: LocalContainers = { listed: [], marks: new Map() };

/** How long a container that ended stays: two lists of the managers. */
const LINGER_MS = 10_000;

/** A program that lives on this long after a kill took the signal for something else. */
const STOPPING_MS = 5 * 60_000;

/** HUP, USR1 and USR2 tell a program to read its configuration or to turn its logs over, not to stop. */
const HARMLESS_SIGNALS = ['1', '10', '12'];

/** The containers as far as lists and events know them. */
export function currentContainers({ listed, marks }: LocalContainers): readonly LocalContainer[] {
  const present = listed.map((container) => {
    const mark = marks.get(container.id);
    if (mark === undefined || !container.running) return container;
    if (mark.kind === 'ended') return asEnded(container);
    return { ...container, docker: mark.kind === 'stopping' ? 'stopping' : mark.health };
  });
  const ids = new Set(listed.map(({ id }) => id));
  const absent = [...marks].flatMap(([id, mark]) =>
    mark.kind === 'ended' && !ids.has(id) ? [asEnded(mark.container)] : [],
  );
  return [...present, ...absent].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function asEnded(container: LocalContainer): LocalContainer {
  return { ...container, running: false, state: 'exited', docker: 'stopping' };
}

/** What an event changes at once. Containers that no list has shown yet are for the next list. */
export function afterEvent(local: LocalContainers, event: DockerEvent, moment: Moment): LocalContainers {
  if (event.kind !== 'container') return local;
  const container = local.listed.find(({ id }) => id === event.id);
  const before = local.marks.get(event.id);
  const mark = container === undefined ? before : markAfter(event, container, before, moment);
  if (mark === before) return local;
  const marks = new Map(local.marks);
  if (mark === undefined) marks.delete(event.id);
  else marks.set(event.id, mark);
  return { ...local, marks };
}

function markAfter(
  event: Extract<DockerEvent, { kind: 'container' }>,
  container: LocalContainer,
  before: Mark | undefined,
  { nowMs, list }: Moment,
): Mark | undefined {
  const isLeaving = before?.kind === 'ended' || before?.kind === 'stopping';
  const [action = '', detail] = event.action.split(': ');
  switch (action) {
    case 'start':
      return undefined;
    case 'kill':
      return isLeaving || HARMLESS_SIGNALS.includes(event.signal)
        ? before
        : { kind: 'stopping', atMs: nowMs };
    case 'die':
    case 'destroy':
      return before?.kind === 'ended' || !container.running
        ? before
        : { kind: 'ended', container, atMs: nowMs };
    case 'pause':
      return isLeaving ? before : { kind: 'health', health: 'unhealthy', list };
    case 'health_status':
      return isLeaving || !isHealthWord(detail) ? before : { kind: 'health', health: detail, list };
    default:
      return before;
  }
}

function isHealthWord(word: string | undefined): word is 'healthy' | 'unhealthy' | 'starting' {
  return word === 'healthy' || word === 'unhealthy' || word === 'starting';
}

/** The new list, and the marks that it can't know better than. */
export function afterList(
  local: LocalContainers,
  listed: readonly LocalContainer[],
  moment: Moment,
): LocalContainers {
  const runningNow = new Set(listed.filter(({ running }) => running).map(({ id }) => id));
  const kept = [...local.marks].filter(([id, mark]) => outlives(mark, runningNow.has(id), moment));
  const marks = new Map(kept);
  for (const container of local.listed) {
    const isEnded = local.marks.get(container.id)?.kind === 'ended';
    const isMissed = container.running && !isEnded && !runningNow.has(container.id);
    if (isMissed) marks.set(container.id, { kind: 'ended', container, atMs: moment.nowMs });
  }
  return { listed, marks };
}

function outlives(mark: Mark, isRunning: boolean, { nowMs, list }: Moment): boolean {
  switch (mark.kind) {
    case 'ended':
      // For a moment after the end the list still shows it running, so even then the mark holds its time.
      return nowMs - mark.atMs < LINGER_MS;
    case 'stopping':
      return isRunning && nowMs - mark.atMs < STOPPING_MS;
    case 'health':
      return mark.list >= list;
  }
}
