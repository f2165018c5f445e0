import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupNotices, isNotice } from '../../agent/act/notices.ts';
import type { Decision, Effect, Facts, Reason, Report, ServicePlan, Verdict } from '../../agent/model.ts';
import { notice, notify, webhook } from './effects.ts';

const nowMs = 1_700_000_000_000;

interface Told {
  readonly report?: Report;
  readonly message?: string;
  /** The dependency that took it along. */
  readonly because?: string;
  readonly dependsOn?: readonly string[];
  readonly sinceMs?: number;
  /** Channels; empty: nobody is told. */
  readonly notify?: readonly string[];
  /** What took it out of service after all. */
  readonly last?: Reason;
}

/** A decision in which these services have just become what they are, with the effects that their labels ask for. */
function decide(services: Readonly<Record<string, Told>>, more: readonly Effect[] = []) {
  const effects: Effect[] = [...more];
  const verdicts: Record<string, Verdict> = {};
  const facts: Record<string, Facts['services'][string]> = {};
  for (const [name, told] of Object.entries(services)) {
    const verdict = verdictOf(name, told);
    verdicts[name] = verdict;
    facts[name] = { plan: planOf(name, told), instances: [] };
    for (const channel of told.notify ?? ['chat'])
      effects.push(
        notice(name, {
          key: `${name}/${channel}@${verdict.reportSinceMs}`,
          channel,
          message: `${name} in east: ${verdict.message}`,
        }),
      );
  }
  const decision: Decision = {
    ...{ region: 'east', decidedAtMs: nowMs, rulesVersion: 1, verdicts, effects, problems: [] },
  };
  return groupNotices(decision, facts);
}

function verdictOf(
  name: string,
  { report = 'down', because, message, sinceMs = nowMs, last }: Told,
): Verdict {
  const cause: Reason =
    because === undefined
      ? {
          step: 'instances',
          source: 'tasks',
          says: report,
          sets: { field: 'state', value: report },
          inputs: [],
        }
      : {
          step: 'dependency',
          source: `label msa.depends-on of ${name}`,
          says: `${report} because ${because} is ${report}`,
          sets: { field: 'report', value: report },
          inputs: [{ fact: `${because}.report`, value: report }],
        };
  return {
    ...{ service: name, state: 'up', report, eligible: false, willing: false, priority: 0 },
    message: message ?? cause.says,
    because: last === undefined ? [cause] : [cause, last],
    ...{ stateSinceMs: sinceMs, reportSinceMs: sinceMs, healthy: 0, total: 0, properties: {} },
  };
}

function planOf(name: string, { dependsOn = [] }: Told): ServicePlan {
  return {
    ...{
      name,
      source: 'composite',
      id: name,
      healthyMin: { kind: 'count', count: 1 },
      priority: 0,
      prefers: [],
    },
    probe: { how: { kind: 'none' }, intervalMs: 1, fastMs: 1, timeoutMs: 1, rise: 1, fall: 1 },
    ...{ holdMs: 0, notify: [], exported: false, problems: [] },
    statusByReport: { up: 200, down: 503, drain: 503, unknown: 503 },
    dependsOn: dependsOn.map((service) => ({ service })),
  };
}

const messages = (effects: readonly Effect[]) => effects.map(({ message }) => message);

describe('what labels ask to be told', () => {
  it('is one message for all that a failed dependency took along, under its cause', () => {
    const [told, ...others] = decide({
      wfe: { because: 'app' },
      app: { because: 'db' },
      db: { message: 'down: 0 of 2 instances healthy' },
    });
    assert.deepEqual(others, []);
    assert.deepEqual(told, {
      kind: 'notify',
      key: `notice/chat@${nowMs}`,
      source: 'labels msa.notify of app, db, wfe',
      channel: 'chat',
      message: 'db in east: down: 0 of 2 instances healthy; because of it: app, wfe',
    });
  });

  it('names the cause also where nobody asked to be told of it', () => {
    assert.deepEqual(
      messages(decide({ app: { because: 'db' }, db: { message: 'down: 0 of 2 healthy', notify: [] } })),
      ['db in east: down: 0 of 2 healthy; because of it: app'],
    );
  });

  it('is one message for all that changed at once, a line for each cause', () => {
    assert.deepEqual(
      messages(
        decide({ db: {}, app: { because: 'db' }, mail: { report: 'drain', message: 'drain: planned' } }),
      ),
      ['db in east: down; because of it: app\nmail in east: drain: planned'],
    );
  });

  it('tells recovery too, with what came back along', () => {
    const up = { report: 'up', message: 'up: 2 of 2 instances healthy' } as const;
    assert.deepEqual(
      messages(
        decide({
          wfe: { ...up, dependsOn: ['app'] },
          app: { ...up, dependsOn: ['db', 'mail'] },
          db: up,
          other: up,
        }),
      ),
      [
        'db in east: up: 2 of 2 instances healthy; with it: app, wfe\nother in east: up: 2 of 2 instances healthy',
      ],
    );
  });

  it('goes to each channel by itself, with what that channel asked for', () => {
    const effects = decide({
      db: { notify: ['chat', 'on-call'] },
      app: { because: 'db', notify: ['on-call'] },
    });
    assert.deepEqual(
      effects.map((effect) => [effect.kind === 'notify' ? effect.channel : '', effect.key, effect.message]),
      [
        ['chat', `notice/chat@${nowMs}`, 'db in east: down'],
        ['on-call', `notice/on-call@${nowMs}`, 'db in east: down; because of it: app'],
      ],
    );
  });

  it('that changed at different times are messages of their own', () => {
    const effects = decide({ db: { sinceMs: nowMs - 5_000 }, mail: {} });
    assert.deepEqual(
      effects.map(({ key }) => key),
      [`notice/chat@${nowMs - 5_000}`, `notice/chat@${nowMs}`],
    );
    assert.deepEqual(
      effects.map((effect) => (effect.kind === 'notify' ? effect.service : '')),
      ['db', 'mail'],
    );
  });

  it('keeps its key while less and less of it stands, so that it is told once', () => {
    const both = decide({ db: {}, mail: {} });
    const rest = decide({ db: {}, mail: { report: 'up', sinceMs: nowMs + 1_000 } });
    assert.equal(both[0]?.key, rest[0]?.key);
    assert.notEqual(both[0]?.key, rest[1]?.key);
  });

  it('is told by itself where something else had the last word', () => {
    const last: Reason = {
      ...{ step: 'override', source: 'override by ann', says: 'down: works', inputs: [] },
      sets: { field: 'report', value: 'down' },
    };
    assert.deepEqual(messages(decide({ db: {}, app: { because: 'db', last, message: 'down: works' } })), [
      'app in east: down: works\ndb in east: down',
    ]);
  });

  it('is told by itself where the cause is in another region, or back already', () => {
    assert.deepEqual(
      messages(
        decide({ app: { because: 'west/db' }, wfe: { because: 'db' }, db: { report: 'up', notify: [] } }),
      ),
      ['app in east: down because west/db is down\nwfe in east: down because db is down'],
    );
  });

  it('never goes round in a circle of blame', () => {
    const [message = ''] = messages(decide({ a: { because: 'b' }, b: { because: 'a' } }));
    assert.match(message, /a.*b/s);
  });

  it('stays short when everything falls', () => {
    const alone = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`s${index}`, {}]));
    const lines = (messages(decide(alone))[0] ?? '').split('\n');
    assert.equal(lines.length, 21);
    assert.equal(lines.at(-1), 'and 280 more');
    const along = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`s${index}`, { because: 'db' }]),
    );
    assert.match(
      messages(decide({ ...along, db: {} }))[0] ?? '',
      /^db in east: down; because of it: s0, .*, and 280 more$/,
    );
  });
});

describe('what rules ask for', () => {
  it('goes on as it is, before what labels ask for', () => {
    const asked = [webhook('a'), notify('b')];
    const effects = decide({ db: {} }, asked);
    assert.deepEqual(effects.slice(0, 2), asked);
    assert.deepEqual(effects.map(isNotice), [false, false, true]);
  });
});
