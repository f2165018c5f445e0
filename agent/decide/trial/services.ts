/** The services of a trial, region by region: their plans from labels, and how their instances are. */

import type { ServiceFacts, ServicePlan } from '../../model.ts';
import type { Difference } from './compare.ts';
import { instancesOf } from './situation.ts';
import type { GivenRegion, LabelsByService, Situation, Trial, TrialEvent } from './trial.ts';

/** One service of a stack file. */
export interface StackService {
  readonly labels: Readonly<Record<string, string>>;
  /** `replicas`; absent: one. */
  readonly wanted?: number;
}

/** How labels become a plan; undefined where they say that MSA is not to look after the service. */
export type PlanOf = (labelled: {
  readonly name: string;
  readonly id: string;
  readonly source: 'swarm';
  readonly wanted: number;
  readonly labels: Readonly<Record<string, string>>;
}) => ServicePlan | undefined;

export interface TrialServices {
  /** As they are now; the same objects while nothing of them changed. */
  in(region: string): Readonly<Record<string, ServiceFacts>>;
  set(event: TrialEvent & { readonly kind: 'set' }, nowMs: number): void;
  label(id: string, labels: Readonly<Record<string, string>>): void;
  /** What is wrong with labels. */
  problems(): readonly Difference[];
}

export function createTrialServices(deps: {
  readonly trial: Trial;
  readonly stack: Readonly<Record<string, StackService>>;
  readonly planOf: PlanOf;
}): TrialServices {
  const { trial, stack, planOf } = deps;
  let labels: LabelsByService = trial.labels;
  const problems: Difference[] = [];
  const situations = new Map(
    Object.entries(trial.given).map(([region, given]) => [
      region,
      situationsOf(given, stack, labels, trial.startMs),
    ]),
  );
  const made = new Map<string, ServiceFacts | undefined>();

  function labelsOf(region: string, service: string): Readonly<Record<string, string>> {
    const all = { ...stack[service]?.labels, ...labels[service], ...labels[`${region}/${service}`] };
    const said = Object.entries(all).filter(([, value]) => value !== '');
    // A service of a test is one that MSA looks after, with every default.
    return { 'msa.enable': 'true', ...Object.fromEntries(said) };
  }

  function make(region: string, service: string, how: Since): ServiceFacts | undefined {
    const wanted = stack[service]?.wanted ?? 1;
    const instances = instancesOf(service, how.situation, wanted, how.sinceMs);
    if (instances === undefined) return undefined;
    const count = how.situation.kind === 'some' ? how.situation.of : wanted;
    const plan = planOf({
      name: service,
      id: service,
      source: 'swarm',
      wanted: count,
      labels: labelsOf(region, service),
    });
    for (const problem of plan?.problems ?? []) complain(problem);
    return plan === undefined ? undefined : { plan, instances };
  }

  function complain({ message, hint }: { readonly message: string; readonly hint: string }): void {
    if (problems.some(({ got }) => got === message)) return;
    problems.push({ where: trial.where, atMs: 0, what: 'labels', expected: hint, got: message });
  }

  return {
    in(region) {
      const services: Record<string, ServiceFacts> = {};
      for (const [service, how] of situations.get(region) ?? []) {
        const key = `${region} ${service}`;
        const facts = made.has(key) ? made.get(key) : make(region, service, how);
        made.set(key, facts);
        if (facts !== undefined) services[facts.plan.name] = facts;
      }
      return services;
    },
    set({ region, service, to }, nowMs) {
      for (const [name, services] of situations) {
        if (region !== undefined && region !== name) continue;
        const isHere = region !== undefined || service === '*' || services.has(service);
        for (const one of service === '*' ? [...services.keys()] : isHere ? [service] : []) {
          services.set(one, { situation: to, sinceMs: nowMs });
          made.delete(`${name} ${one}`);
        }
      }
    },
    label(id, more) {
      labels = { ...labels, [id]: { ...labels[id], ...more } };
      made.clear();
    },
    problems: () => problems,
  };
}

interface Since {
  readonly situation: Situation;
  readonly sinceMs: number;
}

/** What is given by name, and for the rest every service of the stack and of the labels. */
function situationsOf(
  { services, rest }: GivenRegion,
  stack: Readonly<Record<string, StackService>>,
  labels: LabelsByService,
  sinceMs: number,
): Map<string, Since> {
  const all = new Map<string, Since>();
  const others = rest === undefined ? [] : [...Object.keys(stack), ...Object.keys(labels)];
  for (const name of others)
    if (rest !== undefined && !name.includes('/')) all.set(name, { situation: rest, sinceMs });
  for (const [name, situation] of Object.entries(services)) all.set(name, { situation, sinceMs });
  return all;
}
