/** The shapes of the API's answers, as JSON Schema. They follow the words of model.ts. */

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const flag = { type: 'boolean' };
const instant = { type: 'integer', description: 'Unix time in milliseconds.' };
const report = { enum: ['up', 'down', 'drain', 'unknown'] };
const state = { enum: ['up', 'down', 'unknown'] };
const stale = { type: 'string', description: 'Why the answer may be old; absent: it is current.' };
const anything = { type: 'object' };

/** Where and when: part of every answer of the API. */
const header = { region: text, decidedAtMs: instant, rulesVersion: { type: 'integer' }, stale };

export const errorSchema = shape({ error: text, hint: text });

export const readySchema = shape(
  { ready: flag, message: text, node: text, role: { enum: ['leader', 'follower', 'caretaker'] }, stale },
  ['stale'],
);

const problem = shape({ code: text, message: text, hint: text, service: text }, ['service']);

const override = shape(
  {
    service: text,
    report: { enum: ['up', 'down', 'drain'] },
    owner: text,
    reason: text,
    setAtMs: instant,
    expiresAtMs: instant,
  },
  ['expiresAtMs'],
);

const reason = shape(
  {
    step: text,
    source: text,
    says: text,
    sets: shape({ field: text, value: {} }),
    inputs: list(shape({ fact: text, value: {}, sinceMs: instant, note: text }, ['sinceMs', 'note'])),
  },
  ['sets'],
);

const verdict = shape(
  {
    service: text,
    state,
    report,
    eligible: flag,
    willing: flag,
    priority: { type: 'number' },
    message: text,
    because: list(reason),
    stateSinceMs: instant,
    reportSinceMs: instant,
    healthy: count,
    total: count,
    properties: anything,
    claim: { type: 'object', description: 'What other regions rank this one by.' },
    ready: { type: 'boolean', description: 'It would serve it as soon as other regions let go of it.' },
  },
  ['claim', 'ready'],
);

const instance = shape(
  {
    id: text,
    node: text,
    health: { enum: ['healthy', 'sick', 'unknown'] },
    stale: flag,
    sinceMs: instant,
    properties: anything,
    outcome: anything,
    asked: text,
    problem,
    lastAtMs: instant,
    latencyMs: { type: 'number' },
  },
  ['problem', 'lastAtMs', 'latencyMs'],
);

const serviceLine = shape(
  {
    service: text,
    stack: text,
    source: { enum: ['swarm', 'container', 'external', 'composite'] },
    report,
    state,
    eligible: flag,
    priority: { type: 'number' },
    message: text,
    reportSinceMs: instant,
    stateSinceMs: instant,
    healthy: count,
    total: count,
    problems: count,
  },
  ['stack', 'source', 'reportSinceMs', 'stateSinceMs'],
);

const undecided = ['decidedAtMs', 'rulesVersion', 'stale'];

export const schemas = {
  ServiceReport: shape(
    {
      service: text,
      region: text,
      report,
      state,
      message: text,
      since: { type: 'string', format: 'date-time' },
      stale,
      node: shape({ id: text, hostname: text, healthy: count, total: count }),
    },
    ['since', 'stale', 'node'],
  ),
  RegionReport: shape({ region: text, report, message: text, up: count, of: count, stale }, ['stale']),
  Liveness: shape({ live: { const: true }, node: text, version: text }),
  Services: shape({ ...header, services: list(serviceLine) }, undecided),
  Service: shape(
    {
      ...header,
      atMs: instant,
      service: text,
      verdict,
      plan: anything,
      instances: list(instance),
      override,
      explanation: { type: 'object', description: 'The reasons as a tree, down to the root cause.' },
      text: { type: 'string', description: 'The same tree for a terminal.' },
      problems: list(problem),
    },
    [...undecided, 'verdict', 'plan', 'override', 'explanation', 'text'],
  ),
  Status: shape(
    {
      ...header,
      ready: flag,
      role: { enum: ['leader', 'follower', 'caretaker'] },
      leader: text,
      self: anything,
      agents: list(shape({ info: anything, heard: flag, sinceMs: instant })),
      nodes: list(anything),
      services: shape({ up: count, down: count, drain: count, unknown: count }),
      problems: list(problem),
    },
    [...undecided, 'leader'],
  ),
  Facts: shape(
    {
      ...header,
      atMs: instant,
      facts: shape({
        region: text,
        regionPriority: { type: 'number' },
        services: anything,
        regions: anything,
        overrides: anything,
      }),
      memory: { type: 'object', description: 'What the next decision must remember of this one.' },
      rules: shape({ version: { type: 'integer' }, hash: text }),
    },
    [...undecided, 'memory'],
  ),
  Regions: shape({ ...header, regions: list(anything) }, undecided),
};

/** An object with these properties; `optional` ones may be missing, and readers must bear new ones. */
function shape(properties: Readonly<Record<string, object>>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required };
}

function list(items: object): object {
  return { type: 'array', items };
}
