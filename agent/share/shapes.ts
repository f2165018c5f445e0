/**
 * The shapes of the model's words, for what other agents say. Unknown fields pass, so that a newer agent can say more; a
 * missing or wrong one does not. The compiler checks each shape against its type.
 */

import { z } from 'zod';
import type {
  AgentInfo,
  AgentSight,
  Claim,
  InstanceFacts,
  Json,
  Observation,
  Outcome,
  Override,
  ProbeHow,
  ProbePlan,
  Problem,
  Properties,
  Reason,
  RegionNode,
  RuleMemory,
  ServiceMemory,
  ServicePlan,
  Verdict,
} from '../model.ts';

const word = z.string();
const number = z.number();
const flag = z.boolean();
const optionalWord = word.exactOptional();
const optionalNumber = number.exactOptional();
const json = z.custom<Json>((value) => value !== undefined);
export const properties: z.ZodType<Properties> = z.record(word, json);

export const state = z.enum(['up', 'down', 'unknown']);
export const report = z.enum(['up', 'down', 'drain', 'unknown']);
const health = z.enum(['healthy', 'sick', 'unknown']);

const problem: z.ZodType<Problem> = z.looseObject({
  code: word,
  message: word,
  hint: word,
  service: optionalWord,
});
const problems = z.array(problem);

// ---------------------------------------------------------------- what labels say

const how: z.ZodType<ProbeHow> = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('http'),
    scheme: z.enum(['http', 'https']),
    host: optionalWord,
    port: number,
    path: word,
    expect: z.array(z.looseObject({ from: number, to: number })),
    contains: optionalWord,
    properties: flag,
    headers: z.record(word, word),
    auth: optionalWord,
  }),
  z.looseObject({ kind: z.literal('tcp'), host: optionalWord, port: number }),
  z.looseObject({ kind: z.literal('docker') }),
  z.looseObject({ kind: z.literal('push'), ttlMs: number }),
  z.looseObject({ kind: z.literal('none') }),
]);

const probe: z.ZodType<ProbePlan> = z.looseObject({
  how,
  schedule: optionalWord,
  intervalMs: number,
  fastMs: number,
  timeoutMs: number,
  rise: number,
  fall: number,
});

export const servicePlan: z.ZodType<ServicePlan> = z.looseObject({
  name: word,
  source: z.enum(['swarm', 'container', 'external', 'composite']),
  id: word,
  stack: optionalWord,
  wanted: optionalNumber,
  probe,
  healthyMin: z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('count'), count: number }),
    z.looseObject({ kind: z.literal('percent'), percent: number }),
  ]),
  priority: number,
  dependsOn: z.array(z.looseObject({ region: optionalWord, service: word })),
  prefers: z.array(z.looseObject({ service: word, property: optionalWord, priority: number })),
  maxRegions: optionalNumber,
  variantOf: optionalWord,
  capability: optionalNumber,
  holdMs: number,
  damping: z
    .looseObject({ penalty: number, suppress: number, reuse: number, halfLifeMs: number })
    .exactOptional(),
  statusByReport: z.looseObject({ up: number, down: number, drain: number, unknown: number }),
  notify: z.array(word),
  exported: flag,
  maintenance: z
    .discriminatedUnion('kind', [
      z.looseObject({ kind: z.literal('always') }),
      z.looseObject({ kind: z.literal('window'), cron: word, lengthMs: number, timeZone: word }),
    ])
    .exactOptional(),
  problems,
});

// ---------------------------------------------------------------- what runs, and how it is

export const regionNode: z.ZodType<RegionNode> = z.looseObject({
  id: word,
  hostname: word,
  address: word,
  manager: flag,
  raftLeader: flag,
  status: z.enum(['ready', 'down', 'unknown']),
});

const outcome: z.ZodType<Outcome> = z.discriminatedUnion('result', [
  z.looseObject({ result: z.literal('pass'), properties }),
  z.looseObject({
    result: z.literal('fail'),
    reason: z.enum([
      'refused',
      'timeout',
      'unreachable',
      'closed',
      'tls',
      'status',
      'redirect',
      'body',
      'too-large',
      'not-http',
      'identity',
      'docker',
      'silent',
      'said-so',
    ]),
    detail: word,
  }),
  z.looseObject({
    result: z.literal('unknown'),
    reason: z.enum(['not-yet', 'no-way', 'prober-broke']),
    detail: word,
  }),
]);

export const observation: z.ZodType<Observation> = z.looseObject({
  instance: word,
  service: word,
  node: word,
  health,
  sinceMs: number,
  properties,
  outcome,
  asked: word,
  problem: problem.exactOptional(),
});

/** An instance as the region feed tells it: with the service that it belongs to. */
export interface SharedInstance extends InstanceFacts {
  readonly service: string;
}

export const sharedInstance: z.ZodType<SharedInstance> = z.looseObject({
  service: word,
  id: word,
  node: word,
  health,
  stale: flag,
  sinceMs: number,
  properties,
  outcome,
  asked: word,
  problem: problem.exactOptional(),
});

// ---------------------------------------------------------------- agents, and what they say

export const agentInfo: z.ZodType<AgentInfo> = z.looseObject({
  node: word,
  hostname: word,
  version: word,
  protocol: number,
  manager: flag,
  raftLeader: flag,
  rulesVersion: number,
  rulesHash: word,
  hears: z.array(word),
  managers: number,
  prefers: optionalWord,
  leader: optionalWord,
  startedAtMs: number,
  ready: flag,
  problems,
});

export const agentSight: z.ZodType<AgentSight> = z.looseObject({
  info: agentInfo,
  heard: flag,
  sinceMs: number,
});

export const claim: z.ZodType<Claim> = z.looseObject({
  able: flag,
  blocked: number,
  unwanted: number,
  priority: number,
});

export const override: z.ZodType<Override> = z.looseObject({
  service: word,
  report: z.enum(['up', 'down', 'drain']),
  owner: word,
  reason: word,
  setAtMs: number,
  expiresAtMs: optionalNumber,
});

// ---------------------------------------------------------------- decision and memory

export const reason: z.ZodType<Reason> = z.looseObject({
  step: z.enum([
    'instances',
    'dependency',
    'rule',
    'priority',
    'placement',
    'maintenance',
    'hold',
    'damping',
    'override',
    'guard',
  ]),
  source: word,
  says: word,
  sets: z
    .looseObject({ field: z.enum(['state', 'report', 'priority', 'message']), value: json })
    .exactOptional(),
  inputs: z.array(z.looseObject({ fact: word, value: json, sinceMs: optionalNumber, note: optionalWord })),
});

export const verdict: z.ZodType<Verdict> = z.looseObject({
  service: word,
  state,
  report,
  eligible: flag,
  willing: flag,
  priority: number,
  message: word,
  because: z.array(reason),
  stateSinceMs: number,
  reportSinceMs: number,
  healthy: number,
  total: number,
  properties,
  claim: claim.exactOptional(),
  ready: flag.exactOptional(),
});

export const serviceMemory: z.ZodType<ServiceMemory> = z.looseObject({
  state,
  stateSinceMs: number,
  report,
  reportSinceMs: number,
  stateWas: state.exactOptional(),
  reportWas: report.exactOptional(),
  lastUpAtMs: optionalNumber,
  penalty: optionalNumber,
  penaltyAtMs: optionalNumber,
  suppressed: flag.exactOptional(),
  claim: claim.exactOptional(),
  claimSinceMs: optionalNumber,
});

export const ruleMemory: z.ZodType<RuleMemory> = z.looseObject({
  branch: z.enum(['then', 'else', 'none']),
  branchSinceMs: optionalNumber,
  trueSinceMs: optionalNumber,
  answer: flag.exactOptional(),
});

/** What the region feed says of the decision as a whole; the verdicts are documents of their own. */
export interface SharedDecision {
  readonly region: string;
  /** Node id of the agent that decided. */
  readonly leader: string;
  /** When the last decision that changed anything was made, on the leader's clock. */
  readonly decidedAtMs: number;
  readonly rulesVersion: number;
  readonly problems: readonly Problem[];
  readonly revision: Revision;
  /** The leader hears a majority of the regions right now; also where there are no others. */
  readonly inTouch: boolean;
  /** When it was last known to be current; set where it is from disk, until somebody decides. */
  readonly storedAtMs?: number;
}

/** Which decision it is: change `number` of the verdicts in the life `epoch` of the agent that decided. */
export interface Revision {
  readonly epoch: string;
  readonly number: number;
}

export const revision: z.ZodType<Revision> = z.looseObject({ epoch: word, number });

export const sharedDecision: z.ZodType<SharedDecision> = z.looseObject({
  region: word,
  leader: word,
  decidedAtMs: number,
  rulesVersion: number,
  problems,
  revision,
  inTouch: flag,
  storedAtMs: optionalNumber,
});
