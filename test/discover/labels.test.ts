import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planOf } from '../../agent/discover/labels.ts';
import { HEADER_PREFIX, labels, labelTable } from '../../agent/discover/labelTable.ts';
import type { ServicePlan } from '../../agent/model.ts';

function plan(texts: Record<string, string>, more: object = {}): ServicePlan {
  const made = planOf({ name: 'wfe', id: 'id1', source: 'swarm', labels: texts, ...more });
  assert.ok(made !== undefined);
  return made;
}

/** The only problem of a plan with these labels. */
function onlyProblem(texts: Record<string, string>, more: object = {}) {
  const { problems } = plan(texts, more);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  const [problem] = problems;
  assert.ok(problem !== undefined);
  return problem;
}

describe('the labels of a service', () => {
  it('leave it alone where there is none of ours', () => {
    assert.equal(
      planOf({ name: 'wfe', id: 'id1', source: 'swarm', labels: { 'traefik.enable': 'true' } }),
      undefined,
    );
  });

  it('leave it alone where msa.enable is false, whatever the others say', () => {
    const texts = { 'msa.enable': 'false', 'msa.probe': 'nonsense' };
    assert.equal(planOf({ name: 'wfe', id: 'id1', source: 'swarm', labels: texts }), undefined);
  });

  it('give every default where only msa.enable is there', () => {
    assert.deepEqual(plan({ 'msa.enable': 'true' }), {
      name: 'wfe',
      source: 'swarm',
      id: 'id1',
      probe: {
        how: { kind: 'docker' },
        intervalMs: 5_000,
        fastMs: 1_000,
        timeoutMs: 2_000,
        rise: 2,
        fall: 3,
      },
      healthyMin: { kind: 'count', count: 1 },
      priority: 0,
      dependsOn: [],
      prefers: [],
      holdMs: 0,
      statusByReport: { up: 200, down: 503, drain: 503, unknown: 503 },
      notify: [],
      exported: true,
      problems: [],
    });
  });

  it('take the state of the task where the health check is switched off', () => {
    assert.deepEqual(plan({ 'msa.enable': 'true' }, { healthCheck: false }).probe.how, { kind: 'none' });
  });

  it('give a plan with all that they can say', () => {
    const made = plan({
      'msa.name': 'front',
      'msa.probe': 'https://:8443/health?full=1',
      'msa.probe.interval': '10s',
      'msa.probe.timeout': '500ms',
      'msa.probe.fast': '2s',
      'msa.probe.rise': '1',
      'msa.probe.fall': '5',
      'msa.probe.schedule': '*/5 * * * *',
      'msa.probe.expect': '200-299, 304',
      'msa.probe.contains': '"ok"',
      'msa.probe.properties': 'yes',
      'msa.probe.auth': 'reader',
      'msa.probe.header.Host': 'shop.example',
      'msa.probe.header.X-Why': 'msa',
      'msa.healthy.min': '51%',
      'msa.priority': '-100',
      'msa.depends-on': 'app, west/db,*/dns',
      'msa.prefers': 'db:write=10000, cache=5',
      'msa.max-regions': '1',
      'msa.variant-of': 'shop',
      'msa.capability': '3',
      'msa.hold': '1m30s',
      'msa.damping': 'suppress=4000, half-life=2m',
      'msa.report.up': '204',
      'msa.report.down': '500',
      'msa.report.drain': '404',
      'msa.report.unknown': '200',
      'msa.notify': 'ops, mail',
      'msa.export': 'false',
      'msa.maintenance': '0 2 * * SUN 2h Europe/Berlin',
    });
    assert.deepEqual(made, {
      name: 'front',
      source: 'swarm',
      id: 'id1',
      probe: {
        how: {
          kind: 'http',
          scheme: 'https',
          port: 8443,
          path: '/health?full=1',
          expect: [
            { from: 200, to: 299 },
            { from: 304, to: 304 },
          ],
          contains: '"ok"',
          properties: true,
          headers: { Host: 'shop.example', 'X-Why': 'msa' },
          auth: 'reader',
        },
        schedule: '*/5 * * * *',
        intervalMs: 10_000,
        fastMs: 2_000,
        timeoutMs: 500,
        rise: 1,
        fall: 5,
      },
      healthyMin: { kind: 'percent', percent: 51 },
      priority: -100,
      dependsOn: [{ service: 'app' }, { region: 'west', service: 'db' }, { region: '*', service: 'dns' }],
      prefers: [
        { service: 'db', property: 'write', priority: 10_000 },
        { service: 'cache', priority: 5 },
      ],
      maxRegions: 1,
      variantOf: 'shop',
      capability: 3,
      holdMs: 90_000,
      damping: { penalty: 1_000, suppress: 4_000, reuse: 1_000, halfLifeMs: 120_000 },
      statusByReport: { up: 204, down: 500, drain: 404, unknown: 200 },
      notify: ['ops', 'mail'],
      exported: false,
      maintenance: { kind: 'window', cron: '0 2 * * SUN', lengthMs: 7_200_000, timeZone: 'Europe/Berlin' },
      problems: [],
    });
  });

  for (const [text, how] of Object.entries({
    'http://:8080': { scheme: 'http', port: 8080, path: '/' },
    'http:///health': { scheme: 'http', port: 80, path: '/health' },
    'HTTPS://:9443?x=1': { scheme: 'https', port: 9443, path: '/?x=1' },
    'http://shop_db:81/': { scheme: 'http', host: 'shop_db', port: 81, path: '/' },
    'https://[fd00::1]/a': { scheme: 'https', host: 'fd00::1', port: 443, path: '/a' },
  })) {
    it(`read the probe ${text}`, () => {
      assert.partialDeepStrictEqual(plan({ 'msa.probe': text }).probe.how, { kind: 'http', ...how });
      assert.deepEqual(plan({ 'msa.probe': text }).problems, []);
    });
  }

  it('read tcp, docker, none and push', () => {
    assert.deepEqual(plan({ 'msa.probe': 'tcp://:5432' }).probe.how, { kind: 'tcp', port: 5432 });
    assert.deepEqual(plan({ 'msa.probe': 'tcp://db.example:5432' }).probe.how, {
      kind: 'tcp',
      host: 'db.example',
      port: 5432,
    });
    assert.deepEqual(plan({ 'msa.probe': 'Docker' }).probe.how, { kind: 'docker' });
    assert.deepEqual(plan({ 'msa.probe': 'none' }).probe.how, { kind: 'none' });
    assert.deepEqual(plan({ 'msa.probe': 'push' }).probe.how, { kind: 'push', ttlMs: 30_000 });
    assert.deepEqual(plan({ 'msa.probe': 'push', 'msa.push.ttl': '1m' }).probe.how, {
      kind: 'push',
      ttlMs: 60_000,
    });
  });

  it('never make the fast interval longer than the interval', () => {
    assert.equal(plan({ 'msa.probe': 'tcp://:1', 'msa.probe.interval': '300ms' }).probe.fastMs, 300);
  });

  it('take maintenance and damping for off where they say false, and the defaults where they say true', () => {
    assert.equal('maintenance' in plan({ 'msa.maintenance': 'false' }), false);
    assert.equal('damping' in plan({ 'msa.damping': 'false' }), false);
    assert.deepEqual(plan({ 'msa.maintenance': 'true' }).maintenance, { kind: 'always' });
    assert.deepEqual(plan({ 'msa.maintenance': '@daily 30m' }).maintenance, {
      kind: 'window',
      cron: '@daily',
      lengthMs: 1_800_000,
      timeZone: 'UTC',
    });
    assert.equal(plan({ 'msa.damping': 'true' }).damping?.halfLifeMs, 60_000);
  });
});

/** What is wrong, by label; each must be the only problem, and leave the default in force. */
const wrong: Readonly<Record<string, readonly (readonly [text: string, says: RegExp])[]>> = {
  'msa.enable': [
    ['maybe', /is neither true nor false/],
    ['', /neither/],
  ],
  'msa.name': [
    ['my service', /is not a name/],
    ['', /is not a name/],
    ['a/b', /is not a name/],
    ['x'.repeat(200), /xx…"/],
  ],
  'msa.probe': [
    ['', /is none of http/],
    ['8080', /is none of http/],
    [':8080/health', /is none of http/],
    ['ftp://:21', /has a scheme/],
    ['http://:0/', /port that is not between/],
    ['http://:99999/', /port that is not between/],
    ['http://user:secret@db/', /has credentials/],
    ['http://:80/a b', /is none of http/],
    ['http://:80/a#b', /is none of http/],
    ['http://-db/', /has a host/],
    ['http://[zz]/', /is none of http/],
    ['http://[1:2]/', /not an IPv6 address/],
    ['tcp://', /has no port/],
    ['tcp://:5432/path', /has a path/],
    ['http//:80', /is none of http/],
  ],
  'msa.healthy.min': [
    ['0', /neither a count/],
    ['-1', /neither/],
    ['0%', /is not above 0%/],
    ['101%', /up to 100%/],
    ['half', /neither/],
  ],
  'msa.priority': [
    ['high', /is not a whole number/],
    ['1.5', /whole number/],
    ['9999999999', /is not between/],
    ['1e3', /whole number/],
  ],
  'msa.depends-on': [
    ['', /has an empty item/],
    ['app,,db', /has an empty item/],
    ['a/b/c', /"a\/b\/c" that has more than one \//],
    ['app db', /is not a service/],
    ['*', /is not a service/],
    ['/db', /is not a service/],
    ['wfe', /names the service itself/],
  ],
  'msa.prefers': [
    ['db', /is not a preference/],
    ['db:write', /is not a preference/],
    ['db:=1', /is not a preference/],
    ['db=x', /is not/],
  ],
  'msa.max-regions': [
    ['0', /is not between/],
    ['all', /whole number/],
  ],
  'msa.variant-of': [['a b', /is not a name/]],
  'msa.capability': [['best', /whole number/]],
  'msa.hold': [
    ['30', /is not a duration/],
    ['-5s', /is not a duration/],
    ['30 s', /is not a duration/],
    ['99d', /is longer/],
  ],
  'msa.damping': [
    ['maybe', /has a part "maybe" that is not one of/],
    ['penalty=0', /has a penalty that is not between/],
    ['penalty=1=2', /with two =/],
    ['half-life=1', /has a half-life that is not a duration/],
    ['reuse=3000', /not below suppress/],
  ],
  'msa.report.up': [
    ['99', /is not between/],
    ['ok', /whole number/],
  ],
  'msa.report.down': [['600', /is not between/]],
  'msa.report.drain': [['', /whole number/]],
  'msa.report.unknown': [['2OO', /whole number/]],
  'msa.notify': [
    ['ops,', /has an empty item/],
    ['o ps', /is not a name/],
  ],
  'msa.export': [['west', /neither true nor false/]],
  'msa.maintenance': [
    ['sunday', /is neither true nor a window/],
    ['0 2 * * SUN', /is neither true nor a window/],
    ['0 2 * * XYZ 2h', /starts with what is not a cron/],
    ['99 2 * * SUN 2h', /starts with what is not a cron/],
    ['0 2 * * SUN 2h Mars/Olympus', /has a time zone "Mars\/Olympus"/],
    ['0 2 * * SUN 5ms', /has a length that is shorter/],
    ['0 2 * * SUN 2hours', /has a length that is not a duration/],
  ],
};

/** The same, for those that only some kinds of probe read. */
const wrongWith: Readonly<Record<string, typeof wrong>> = {
  'http://:80/': {
    'msa.probe.interval': [
      ['5', /is not a duration/],
      ['0s', /is shorter/],
      ['1ms', /is shorter/],
      ['2d', /is longer/],
      ['5x', /not a dur/],
    ],
    'msa.probe.timeout': [
      ['2', /is not a duration/],
      ['5m', /is longer/],
    ],
    'msa.probe.fast': [['quick', /is not a duration/]],
    'msa.probe.rise': [
      ['0', /is not between/],
      ['two', /whole number/],
    ],
    'msa.probe.fall': [['101', /is not between/]],
    'msa.probe.schedule': [
      ['* * *', /is not a cron/],
      ['', /is not a cron/],
    ],
    'msa.probe.expect': [
      ['2xx', /neither a status/],
      ['299-200', /ends before it starts/],
      ['600', /neither/],
      ['200;201', /neither/],
    ],
    'msa.probe.contains': [['', /is empty/]],
    'msa.probe.properties': [['write', /neither true nor false/]],
    'msa.probe.auth': [['my key', /is not a name/]],
    'msa.probe.header.': [['x', /does not end in the name of a header/]],
    'msa.probe.header.Content-Length': [['5', /header of the connection itself/]],
    'msa.probe.header.X-A': [['a\r\nX-B: b', /a value that no header may have/]],
  },
  push: {
    'msa.push.ttl': [
      ['30', /is not a duration/],
      ['10ms', /is shorter/],
    ],
  },
};

describe('a bad label', () => {
  for (const [label, cases] of Object.entries(wrong)) {
    for (const [text, says] of cases) {
      it(`${label}=${JSON.stringify(text.slice(0, 30))} is one problem, and its default holds`, () => {
        const problem = onlyProblem({ [label]: text });
        assert.equal(problem.code, 'bad-label');
        assert.equal(problem.service, 'wfe');
        assert.match(problem.message, says);
        assert.ok(problem.message.startsWith(`Label ${label}=`), problem.message);
        assert.match(problem.hint, /^Write it like /);
        assert.deepEqual({ ...plan({ [label]: text }), problems: [] }, plan({ 'msa.enable': 'true' }));
      });
    }
  }

  for (const [probe, table] of Object.entries(wrongWith)) {
    for (const [label, cases] of Object.entries(table)) {
      for (const [text, says] of cases) {
        it(`${label}=${JSON.stringify(text)} with ${probe} is one problem, and its default holds`, () => {
          assert.match(onlyProblem({ 'msa.probe': probe, [label]: text }).message, says);
          const made = plan({ 'msa.probe': probe, [label]: text });
          assert.deepEqual({ ...made, problems: [] }, plan({ 'msa.probe': probe }));
        });
      }
    }
  }

  it('never has the value of a header in its message', () => {
    const problem = onlyProblem({ 'msa.probe': 'http://:1/', 'msa.probe.header.X-Key': 'secret\nx' });
    assert.doesNotMatch(problem.message + problem.hint, /secret/);
  });

  it('of a header is also one that another label names in other letters', () => {
    const texts = { 'msa.probe': 'http://:1/', 'msa.probe.header.HOST': 'a', 'msa.probe.header.host': 'b' };
    assert.match(onlyProblem(texts).message, /header\.host of wfe names a header that another label has/);
  });

  it('is covered by these tests for every label there is', () => {
    const tested = [wrong, ...Object.values(wrongWith)].flatMap((table) => Object.keys(table));
    assert.deepEqual(
      Object.values(labels)
        .map(({ name }) => name)
        .filter((name) => !tested.includes(name)),
      [],
    );
  });
});

describe('a label that MSA does not know', () => {
  for (const [misspelt, meant] of Object.entries({
    'msa.prob': 'msa.probe',
    'msa.healthy-min': 'msa.healthy.min',
    'msa.dependson': 'msa.depends-on',
    'msa.depends_on': 'msa.depends-on',
    'MSA.Name': 'msa.name',
    'msa.probe.intervall': 'msa.probe.interval',
    'msa.max.regions': 'msa.max-regions',
  })) {
    it(`such as ${misspelt} is told, with ${meant}`, () => {
      const problem = onlyProblem({ [misspelt]: 'x' });
      assert.equal(problem.code, 'unknown-label');
      assert.equal(problem.hint, `Did you mean ${meant}?`);
    });
  }

  it('and is near to none is told without a guess', () => {
    assert.match(onlyProblem({ 'msa.colour': 'red' }).hint, /table of labels/);
    assert.match(onlyProblem({ [`msa.${'x'.repeat(5_000)}`]: 'red' }).hint, /table of labels/);
  });

  it('has an effect only with another probe is told too', () => {
    const problem = onlyProblem({ 'msa.probe': 'tcp://:1', 'msa.probe.expect': '200' });
    assert.equal(problem.code, 'idle-label');
    assert.match(problem.message, /msa\.probe\.expect of wfe has no effect with msa\.probe=tcp/);
    assert.equal(onlyProblem({ 'msa.probe': 'none', 'msa.probe.header.X': 'y' }).code, 'idle-label');
  });
});

describe('an external service', () => {
  const external = { source: 'external' };

  it('is asked at its host', () => {
    const made = plan({ 'msa.probe': 'tcp://db.example:5432' }, external);
    assert.equal(made.source, 'external');
    assert.deepEqual(made.problems, []);
  });

  it('without a probe is a composite', () => {
    assert.equal(plan({ 'msa.depends-on': 'app' }, external).source, 'composite');
    assert.equal(plan({ 'msa.probe': 'none' }, external).source, 'composite');
  });

  it('with a probe that asks instances, or is badly written, stays external, and is a problem', () => {
    for (const probe of ['tcp://:5432', 'docker', 'nonsense']) {
      assert.equal(onlyProblem({ 'msa.probe': probe }, external).code, 'bad-label');
      assert.equal(plan({ 'msa.probe': probe }, external).source, 'external');
    }
  });
});

describe('the table of labels', () => {
  it('has examples that are good labels', () => {
    for (const { name, example } of labelTable) {
      const probe = name.startsWith('msa.push') ? 'push' : 'http://:80/';
      const label = name.replace('<Name>', 'Host');
      assert.deepEqual(plan({ 'msa.probe': probe, [label]: example }).problems, [], name);
    }
  });

  it('has every label once, headers among them', () => {
    const names = labelTable.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.includes(`${HEADER_PREFIX}<Name>`));
  });
});
