/** What the API shows: the picture's own words, joined by service, without what should stay secret. Shapes: openapi.ts. */

import type { Decision, Picture, ProbePlan, Report, ServicePlan, State } from '../model.ts';
import { readiness } from './agentReport.ts';
import { allProblems, problemsOf } from './problems.ts';
import { own, serviceNames } from './serviceName.ts';

/** Why a verdict is as it is: as data, and as text for a terminal. */
interface Explanation {
  readonly tree: object;
  readonly text: string;
}

/** Explains one service of a decision; ages are told as of `nowMs`. Nothing where there is no verdict on it. */
export type Explain = (decision: Decision, service: string, nowMs: number) => Explanation | undefined;

/** When an instance of this node was last asked, and how long it took. */
export type Timings = ReadonlyMap<string, { readonly lastAtMs: number; readonly latencyMs: number }>;

/** One line of GET /api/v1/services. */
export interface ServiceLine {
  readonly service: string;
  readonly stack?: string;
  readonly source?: ServicePlan['source'];
  readonly report: Report;
  readonly state: State;
  readonly eligible: boolean;
  readonly priority: number;
  readonly message: string;
  readonly reportSinceMs?: number;
  readonly stateSinceMs?: number;
  readonly healthy: number;
  readonly total: number;
  readonly problems: number;
}

export function serviceLine(picture: Picture, service: string): ServiceLine {
  const plan = own(picture.facts.services, service)?.plan;
  const instances = own(picture.facts.services, service)?.instances ?? [];
  const verdict = own(picture.decision?.verdicts, service);
  return {
    service,
    ...(plan?.stack === undefined ? {} : { stack: plan.stack }),
    ...(plan === undefined ? {} : { source: plan.source }),
    report: verdict?.report ?? 'unknown',
    state: verdict?.state ?? 'unknown',
    eligible: verdict?.eligible ?? false,
    priority: verdict?.priority ?? plan?.priority ?? 0,
    message: verdict?.message ?? 'nothing is decided yet',
    ...(verdict === undefined
      ? {}
      : { reportSinceMs: verdict.reportSinceMs, stateSinceMs: verdict.stateSinceMs }),
    healthy: verdict?.healthy ?? instances.filter(({ health }) => health === 'healthy').length,
    total: verdict?.total ?? instances.length,
    problems: problemsOf(picture, service).length,
  };
}

export function servicesView(picture: Picture): object {
  return {
    ...header(picture),
    services: serviceNames(picture).map((service) => serviceLine(picture, service)),
  };
}

/** All about one service; nothing where it is unknown. */
export function serviceView(
  picture: Picture,
  service: string,
  {
    explain,
    timings,
    nowMs,
  }: { readonly explain: Explain; readonly timings: Timings; readonly nowMs: number },
): object | undefined {
  const facts = own(picture.facts.services, service);
  const verdict = own(picture.decision?.verdicts, service);
  if (facts === undefined && verdict === undefined) return undefined;
  const explanation = picture.decision && verdict && explain(picture.decision, service, nowMs);
  const override = own(picture.facts.overrides, service) ?? own(picture.facts.overrides, '*');
  return {
    ...header(picture),
    atMs: nowMs,
    service,
    ...(verdict === undefined ? {} : { verdict }),
    ...(facts === undefined ? {} : { plan: { ...facts.plan, probe: withoutSecrets(facts.plan.probe) } }),
    instances: (facts?.instances ?? []).map((instance) => {
      const timing = timings.get(instance.id);
      return timing === undefined ? instance : { ...instance, ...timing };
    }),
    ...(override === undefined ? {} : { override }),
    ...(explanation === undefined ? {} : { explanation: explanation.tree, text: explanation.text }),
    problems: problemsOf(picture, service),
  };
}

export function statusView(picture: Picture): object {
  const lines = serviceNames(picture).map((service) => own(picture.decision?.verdicts, service)?.report);
  const counts = { up: 0, down: 0, drain: 0, unknown: 0 };
  for (const report of lines) counts[report ?? 'unknown']++;
  return {
    ...header(picture),
    ready: readiness(picture).ready,
    role: picture.role,
    ...(picture.leader === undefined ? {} : { leader: picture.leader }),
    self: picture.self,
    agents: picture.agents,
    nodes: picture.nodes,
    services: counts,
    problems: allProblems(picture),
  };
}

export function regionsView(picture: Picture): object {
  return { ...header(picture), regions: Object.values(picture.facts.regions) };
}

/** All that a decision read and remembers, to think about elsewhere: `msa simulate` and `msa explain --facts` take it. */
export function factsView(picture: Picture, nowMs: number): object {
  const { facts, memory, self } = picture;
  const services = Object.entries(facts.services).map(([name, { plan, instances }]) => {
    return [name, { plan: { ...plan, probe: withoutSecrets(plan.probe) }, instances }] as const;
  });
  return {
    ...header(picture),
    atMs: nowMs,
    facts: { ...facts, services: Object.fromEntries(services) },
    ...(memory === undefined ? {} : { memory }),
    rules: { version: self.rulesVersion, hash: self.rulesHash },
  };
}

/** Where and when: part of every answer, so that a copy of it explains itself. */
function header({ facts, decision, stale }: Picture): object {
  return {
    region: facts.region,
    ...(decision === undefined
      ? {}
      : { decidedAtMs: decision.decidedAtMs, rulesVersion: decision.rulesVersion }),
    ...(stale === undefined ? {} : { stale }),
  };
}

/** Headers of a probe may hold a token: their names are shown, their values are not. */
function withoutSecrets(probe: ProbePlan): ProbePlan {
  if (probe.how.kind !== 'http') return probe;
  const headers = Object.fromEntries(Object.keys(probe.how.headers).map((name) => [name, '(not shown)']));
  return { ...probe, how: { ...probe.how, headers } };
}
