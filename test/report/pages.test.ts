/** The pages say what is, to people, and nothing from outside becomes markup. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '../../agent/model.ts';
import { html } from '../../agent/report/page/html.ts';
import { lengthOf } from '../../agent/report/page/times.ts';
import { listen } from './listening.ts';
import { emptyPicture, instance, picture, reason, self, service, startMs, verdict } from './picture.ts';

const dbDown = verdict('db', {
  report: 'down',
  state: 'down',
  healthy: 0,
  message: 'no healthy instance',
  because: [
    reason('0 of 2 are healthy', { inputs: [{ fact: 'db#1.health', value: 'sick', note: 'status 503' }] }),
  ],
});
const wfeDown = verdict('wfe', {
  report: 'down',
  state: 'down',
  message: 'down because db is down',
  because: [
    reason('down because db is down', { step: 'dependency', inputs: [{ fact: 'db.state', value: 'down' }] }),
  ],
});
const chain = picture({
  services: [service('wfe', { dependsOn: [{ service: 'db' }] }), service('db')],
  verdicts: [wfeDown, dbDown],
});

async function page(shown: Picture, path = '/'): Promise<string> {
  await using listening = await listen(shown);
  const { text, headers } = await listening.ask(path);
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  return text;
}

test('the first sentence says it all', async () => {
  assert.match(await page(picture()), /All 2 services get traffic\./);
  assert.match(await page(chain), /2 of 2 services get no traffic\./);
  assert.match(await page(chain), /<title>2 not up · east · MSA<\/title>/);
  assert.match(
    await page(picture({ services: [], verdicts: [] })),
    /No services here yet\..*msa\.enable=true/s,
  );
  assert.match(await page(emptyPicture()), /Nothing is decided yet\./);
});

test('a service that could run but is not chosen does not look broken', async () => {
  const text = await page(picture({ verdicts: [verdict('wfe', { report: 'down' }), verdict('app')] }));
  assert.match(text, /class="mark calm">.*down<\/span><small class="state">able to run/s);
  assert.doesNotMatch(text, /mark bad/);
});

test('services stand under their stacks, those without one last', async () => {
  const services = [service('mail', { stack: 'zoo' }), service('wfe')];
  const { stack: _none, ...plain } = service('alone').plan;
  const text = await page(picture({ services: [{ plan: plain, instances: [] }, ...services], verdicts: [] }));
  const captions = [...text.matchAll(/<caption>(.*?)<\/caption>/g)].map(([, caption]) => caption);
  assert.deepEqual(captions, ['stack <b>shop</b>', 'stack <b>zoo</b>', 'without a stack']);
});

test('the page of a service follows its reasons down to the root cause', async () => {
  const text = await page(chain, '/services/wfe');
  assert.match(text, /down because db is down.*id="why-wfe-db" open.*0 of 2 are healthy.*status 503/s);
});

test('services that depend on each other do not make an endless page', async () => {
  const read = (fact: string) => [reason('a circle', { inputs: [{ fact, value: 'down' }] })];
  const circle = picture({
    verdicts: [
      verdict('wfe', { report: 'down', because: read('app.state') }),
      verdict('app', { report: 'down', because: read('wfe.state') }),
    ],
  });
  assert.equal((await page(circle, '/services/wfe')).split('<b>a circle</b>').length - 1, 2);
});

test('what makes the page less certain is said at its top', async () => {
  assert.match(await page(emptyPicture()), /This agent is not ready\./);
  assert.match(await page(picture({ stale: 'leader silent' })), /may be old:<\/b> leader silent/);
  assert.match(await page(picture({ role: 'caretaker' })), /No leader is heard\./);
  const override = {
    service: '*',
    report: 'drain',
    owner: 'ann',
    reason: 'storm',
    setAtMs: startMs,
  } as const;
  assert.match(
    await page(picture({ facts: { overrides: { '*': override } } })),
    /overridden to drain.*ann: storm/,
  );
  assert.doesNotMatch(await page(picture()), /class="banner warn"/);
});

test('problems are shown with what to do, many of them folded', async () => {
  const problems = Array.from({ length: 6 }, (_, index) => ({
    code: 'x',
    message: `Wrong ${index}.`,
    hint: 'Run `mend it`.',
  }));
  const text = await page(picture({ problems }));
  assert.match(text, /6 problems to mend.*Wrong 0\..*Run <code>mend it<\/code>\..*<summary>2 more/s);
});

test('agents that are silent or never heard, and nodes without one, are seen', async () => {
  const agents = [
    { info: { ...self, node: 'n2', hostname: 'east-2' }, heard: false, sinceMs: startMs - 9000 },
  ];
  const more = {
    id: 'n3',
    hostname: 'east-3',
    address: '10.77.0.3',
    manager: false,
    raftLeader: false,
    status: 'down',
  } as const;
  const text = await page(picture({ agents, nodes: [...picture().nodes, more] }));
  assert.match(text, /east-1 ?<small>this agent.*east-2.*silent.*9 s ago.*east-3.*never heard/s);
});

test('the list can be narrowed, without a script', async () => {
  const shown = picture({ verdicts: [verdict('wfe', { report: 'down' }), verdict('app')] });
  const row = (name: string) => new RegExp(`<th scope="row"><a href="/services/${name}">`);
  const byName = await page(shown, '/?q=AP');
  assert.match(byName, row('app'));
  assert.doesNotMatch(byName, row('wfe'));
  const notUp = await page(shown, '/?show=not-up');
  assert.match(notUp, row('wfe'));
  assert.doesNotMatch(notUp, row('app'));
  assert.match(await page(shown, '/?q=zzz'), /None of the 2 services is like that/);
  assert.match(await page(shown, '/?q=a&q=b&q[x]=1'), row('app'));
});

test('nothing from outside becomes markup', async () => {
  const evil = `<img src=x onerror=alert(1)>"'&`;
  const shown = picture({
    self: { ...self, hostname: evil, version: evil, rulesHash: evil },
    services: [
      service(
        evil,
        {
          stack: evil,
          problems: [{ code: evil, message: evil, hint: evil }],
          dependsOn: [{ service: evil }],
        },
        [
          instance(evil, {
            node: evil,
            asked: evil,
            outcome: { result: 'fail', reason: 'body', detail: evil },
          }),
        ],
      ),
    ],
    verdicts: [
      verdict(evil, {
        message: evil,
        properties: { [evil]: evil },
        because: [reason(evil, { source: evil, inputs: [{ fact: evil, value: evil, note: evil }] })],
      }),
    ],
    problems: [{ code: evil, message: evil, hint: evil }],
    stale: evil,
    facts: {
      region: evil,
      overrides: { [evil]: { service: evil, report: 'down', owner: evil, reason: evil, setAtMs: startMs } },
      regions: { [evil]: { name: evil, via: evil, freshness: 'lost', sinceMs: startMs, services: {} } },
    },
  });
  const encoded = encodeURIComponent(evil);
  for (const path of ['/', `/?q=${encoded}`, `/services/${encoded}`, `/services/no${encoded}`]) {
    const text = await page(shown, path);
    assert.doesNotMatch(text, /<img/, path);
    assert.doesNotMatch(text, /"[^"<>]*alert\(1\)>/, path);
    assert.match(text, /&#60;img/, path);
  }
});

test('an unknown service has a page that offers the nearest name', async () => {
  await using listening = await listen(picture());
  const { status, text } = await listening.ask('/services/wef');
  assert.equal(status, 404);
  assert.match(text, /Did you mean &#34;wfe&#34;\?/);
});

test('the browser may load what the agent serves, and nothing else', async () => {
  await using listening = await listen(picture());
  const { text, headers } = await listening.ask('/');
  assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
  assert.doesNotMatch(text, / style=|<script>|\son\w+=/);
  const links = [...text.matchAll(/(?:href|src)="(\/web\/[^"]+)"/g)].map(([, link]) => link ?? '');
  assert.equal(links.length, 3);
  for (const link of links) {
    const file = await listening.ask(link);
    assert.equal(file.status, 200, link);
    assert.match(String(file.headers['cache-control']), /immutable/);
    assert.equal(file.headers['x-content-type-options'], 'nosniff');
  }
});

test('a thousand services make a page, and times out of all reason do not break it', async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `service-${index}`);
  const verdicts = names.map((name) => verdict(name, { reportSinceMs: 9e15 }));
  const text = await page(picture({ services: names.map((name) => service(name)), verdicts }));
  assert.match(text, /All 1000 services get traffic/);
});

test('values are escaped, pieces are joined, nothing stays nothing', () => {
  const list = [html`<i>${1}</i>`, html`<b>${'&'}</b>`];
  assert.equal(
    html`<p title="${'"'}">${list}${undefined}${'<'}</p>`.text,
    '<p title="&#34;"><i>1</i><b>&#38;</b>&#60;</p>',
  );
});

test('lengths of time are told in the largest unit that fits', () => {
  for (const [ms, words] of [
    [-5, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [86_400_000 * 400, '400 d'],
  ] as const) {
    assert.equal(lengthOf(ms), words);
  }
});
