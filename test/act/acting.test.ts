import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import type { Channel } from '../../agent/act/channel.ts';
import { parseSigningKeys } from '../../agent/act/signature.ts';
import { createFakeClock, settle } from '../fakeClock.ts';
import { createAgent, type Region } from './agent.ts';
import { notice, notify, webhook } from './effects.ts';
import { createReceiver, until } from './receiver.ts';

const limit = { timeout: 20_000 };
const newRegion = (): Region => ({ clock: createFakeClock(), outbox: [] });
const answering = (status: () => number) => (response: ServerResponse) =>
  void response.writeHead(status()).end();

/** Lets anything that was wrongly sent arrive: a round trip to the same receiver is longer than the way there. */
async function nothingMore(
  receiver: { readonly url: string; readonly received: readonly unknown[] },
  count: number,
) {
  await fetch(receiver.url, { headers: { connection: 'close' } });
  assert.equal(receiver.received.length, count + 1);
}

describe('an effect', limit, () => {
  it('is sent only once it stands in the region’s feed', async () => {
    await using receiver = await createReceiver();
    const region = newRegion();
    await using agent = createAgent(region);
    const effects = [webhook('a', { url: receiver.url })];
    agent.tick(effects);
    assert.equal(agent.wakes, 1);
    await nothingMore(receiver, 0);
    agent.tick(effects);
    await until(() => receiver.received.length === 2);
  });

  it('is sent once, however often it is asked for', async () => {
    await using receiver = await createReceiver();
    const region = newRegion();
    await using agent = createAgent(region);
    const effects = [webhook('a', { url: receiver.url })];
    await agent.lead(effects, () => agent.entry('a')?.status === 'done');
    for (let hour = 0; hour < 50; hour++) {
      await region.clock.advance(60 * 60_000);
      agent.tick(effects);
    }
    await nothingMore(receiver, 1);
    assert.equal(agent.entry('a')?.status, 'done');
    assert.deepEqual(agent.log.lines, ['info: the webhook of rule db-failover was delivered']);
  });

  it('of a rule carries what the rule says, and a body in place of the usual one', async () => {
    await using receiver = await createReceiver();
    await using agent = createAgent(newRegion());
    const effects = [
      webhook('a', {
        url: `${receiver.url}/a`,
        headers: { 'X-A': 'b', 'Webhook-Id': 'forged', 'Content-Length': '1' },
      }),
      webhook('b', { url: `${receiver.url}/b`, method: 'PUT', body: { go: true } }),
    ];
    await agent.lead(effects, () => agent.entry('b')?.status === 'done');
    const [first, second] = receiver.received;
    assert.deepEqual(JSON.parse(first?.body ?? ''), {
      type: 'msa.effect',
      timestamp: '2023-11-14T22:13:20.000Z',
      data: { region: 'east', rule: 'db-failover', message: 'taking the database over' },
    });
    assert.equal(first?.headers['x-a'], 'b');
    assert.match(String(first?.headers['webhook-id']), /^msg_[0-9a-f]{32}$/);
    assert.deepEqual([second?.method, second?.path, second?.body], ['PUT', '/b', '{"go":true}']);
  });

  it('is not sent by a follower, which knows of it all the same', async () => {
    await using receiver = await createReceiver();
    const region = newRegion();
    await using leader = createAgent(region);
    await using follower = createAgent(region);
    leader.tick([webhook('a', { url: receiver.url })]);
    follower.tick([], { leader: false });
    follower.tick([webhook('b', { url: receiver.url })], { leader: false });
    assert.deepEqual(
      follower.acting.entries().map(({ key }) => key),
      ['a'],
    );
    await nothingMore(receiver, 0);
  });
});

describe('what fails', limit, () => {
  it('is tried again under the same id after waits that grow', async () => {
    let status = 503;
    await using receiver = await createReceiver(answering(() => status));
    const region = newRegion();
    await using agent = createAgent(region);
    const effects = [webhook('a', { url: receiver.url })];
    await agent.lead(effects, () => agent.entry('a')?.attempts === 1);
    for (const [attempts, waitMs] of [1_000, 2_000, 4_000, 8_000].entries()) {
      await region.clock.advance(waitMs - 1);
      agent.tick(effects);
      await settle();
      assert.equal(agent.entry('a')?.attempts, attempts + 1);
      assert.equal(receiver.received.length, attempts + 1);
      await region.clock.advance(1);
      await agent.lead(effects, () => agent.entry('a')?.attempts === attempts + 2);
    }
    status = 200;
    await region.clock.advance(16_000);
    await agent.lead(effects, () => agent.entry('a')?.status === 'done');
    assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
    assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1);
    assert.equal(
      agent.log.lines[0],
      'warn: the webhook of rule db-failover failed, and is tried again: status 503',
    );
    assert.equal(agent.log.lines.filter((line) => !line.startsWith('debug')).length, 2);
  });

  it('is a problem that people see until it goes through', async () => {
    let status = 503;
    await using receiver = await createReceiver(answering(() => status));
    const region = newRegion();
    await using agent = createAgent(region);
    const effects = [webhook('a', { url: receiver.url })];
    for (const waitMs of [0, 1_000, 2_000]) {
      assert.deepEqual(agent.acting.problems([]), []);
      await region.clock.advance(waitMs);
      const before = receiver.received.length;
      await agent.lead(effects, () => agent.entry('a')?.attempts === before + 1);
    }
    assert.deepEqual(
      agent.acting.problems([]).map(({ code, message }) => [code, message]),
      [['effect-waiting', "The webhook of rule db-failover can't be delivered: status 503."]],
    );
    status = 200;
    await region.clock.advance(4_000);
    await agent.lead(effects, () => agent.entry('a')?.status === 'done');
    assert.deepEqual(agent.acting.problems([]), []);
  });

  it('is given up where all can see it, and forgotten when the next one goes through', async () => {
    let status = 410;
    await using receiver = await createReceiver(answering(() => status));
    const region = newRegion();
    await using agent = createAgent(region);
    const first = webhook('a', { url: receiver.url });
    await agent.lead([first], () => agent.entry('a')?.status === 'given-up');
    await using follower = createAgent(region);
    follower.tick([], { leader: false });
    for (const one of [agent, follower])
      assert.deepEqual(
        one.acting.problems([]).map(({ code, message }) => [code, message]),
        [
          [
            'effect-given-up',
            'The webhook of rule db-failover was given up: status 410: the receiver wants no more of these.',
          ],
        ],
      );
    assert.match(agent.log.lines[0] ?? '', /^warn: the webhook of rule db-failover was given up: status 410/);
    status = 200;
    await agent.lead([first, webhook('b', { url: receiver.url })], () => agent.entry('b')?.status === 'done');
    assert.deepEqual(agent.acting.problems([]), []);
    assert.equal(receiver.received.length, 2);
  });

  it('holds up what comes after it for the same receiver, and nothing else', async () => {
    let status = 503;
    await using receiver = await createReceiver(answering(() => status));
    await using other = await createReceiver();
    const region = newRegion();
    await using agent = createAgent(region);
    const effects = [
      webhook('down', { url: `${receiver.url}/down` }),
      webhook('up', { url: `${receiver.url}/up` }),
      webhook('other', { url: other.url }),
    ];
    await agent.lead(
      effects,
      () => agent.entry('down')?.attempts === 1 && agent.entry('other')?.status === 'done',
    );
    assert.equal(agent.entry('up')?.attempts, 0);
    status = 200;
    await region.clock.advance(1_000);
    await agent.lead(effects, () => agent.entry('up')?.status === 'done');
    assert.deepEqual(
      receiver.received.map(({ path }) => path),
      ['/down', '/down', '/up'],
    );
  });
});

describe('what is no longer asked for', limit, () => {
  it('is not tried again; asked for again, it goes on', async () => {
    let status = 503;
    await using receiver = await createReceiver(answering(() => status));
    const region = newRegion();
    await using agent = createAgent(region);
    const effects = [webhook('a', { url: receiver.url })];
    await agent.lead(effects, () => agent.entry('a')?.attempts === 1);
    status = 200;
    await region.clock.advance(60_000);
    agent.tick([]);
    assert.equal(agent.entry('a')?.status, 'withdrawn');
    assert.deepEqual(agent.acting.problems([]), []);
    assert.equal(
      agent.log.lines.at(-1),
      'info: the webhook of rule db-failover is no longer asked for, and not sent',
    );
    await nothingMore(receiver, 1);
    await agent.lead(effects, () => agent.entry('a')?.status === 'done');
  });

  it('is not overtaken by what is asked for instead while an attempt is under way', async () => {
    const answers: (() => void)[] = [];
    await using receiver = await createReceiver(
      (response) => void answers.push(() => response.writeHead(503).end()),
    );
    await using agent = createAgent(newRegion());
    const failover = webhook('failover', { url: `${receiver.url}/failover` });
    const failback = webhook('failback', { url: `${receiver.url}/failback` });
    await agent.lead([failover], () => receiver.received.length === 1);
    agent.tick([failback]);
    agent.tick([failback]);
    for (let turn = 0; turn < 20; turn++) await settle();
    assert.equal(receiver.received.length, 1);
    answers[0]?.();
    await agent.lead([failback], () => receiver.received.length === 2);
    assert.equal(agent.entry('failover')?.status, 'withdrawn');
    assert.equal(receiver.received[1]?.path, '/failback');
    answers[1]?.();
    await until(() => agent.entry('failback')?.attempts === 1);
  });

  it('is told all the same where a label asked for it: it has happened', async () => {
    await using receiver = await createReceiver();
    const chat = { kind: 'slack', url: receiver.url } as const;
    await using agent = createAgent(newRegion(), { channels: new Map([['chat', chat]]) });
    agent.tick([notice('db', { message: 'db in east: down <&>' })]);
    await agent.lead([], () => receiver.received.length === 1);
    assert.equal(receiver.received[0]?.body, '{"text":"db in east: down &lt;&amp;&gt;"}');
    await until(() => agent.entry('db/chat@1')?.status === 'done');
  });
});

describe('when the leader changes', limit, () => {
  it('what was recorded as sent is not sent again', async () => {
    await using receiver = await createReceiver();
    const region = newRegion();
    const effects = [webhook('a', { url: receiver.url })];
    await using old = createAgent(region);
    await using next = createAgent(region);
    await old.lead(effects, () => old.entry('a')?.status === 'done');
    next.tick([], { leader: false });
    next.tick(effects);
    next.tick(effects);
    await nothingMore(receiver, 1);
    assert.equal(next.entry('a')?.status, 'done');
  });

  it('what was sent and not recorded is sent again, under the same id: at least once', async () => {
    await using receiver = await createReceiver();
    const region = newRegion();
    const effects = [webhook('a', { url: receiver.url })];
    {
      await using old = createAgent(region);
      old.tick(effects);
      old.tick(effects, { crashes: true });
      await until(() => old.entry('a')?.status === 'done');
    }
    assert.equal(region.outbox[0]?.status, 'pending');
    await using next = createAgent(region);
    await next.lead(effects, () => next.entry('a')?.status === 'done');
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1]);
  });

  it('what waited goes on waiting where it was', async () => {
    await using receiver = await createReceiver(answering(() => 503));
    const region = newRegion();
    const effects = [webhook('a', { url: receiver.url })];
    await using old = createAgent(region);
    await old.lead(effects, () => old.entry('a')?.attempts === 1);
    old.tick([], { leader: false });
    await using next = createAgent(region);
    next.tick(effects);
    await nothingMore(receiver, 1);
    await region.clock.advance(1_000);
    await next.lead(effects, () => next.entry('a')?.attempts === 2);
    assert.equal(old.entry('a')?.attempts, 1);
    old.tick([], { leader: false });
    assert.equal(old.entry('a')?.attempts, 2);
  });

  it('an agent that led before does not go on with what it alone had recorded', async () => {
    await using receiver = await createReceiver();
    const region = newRegion();
    await using agent = createAgent(region);
    agent.tick([webhook('a', { url: receiver.url })], { crashes: true });
    agent.tick([], { leader: false });
    agent.tick([]);
    assert.deepEqual(agent.acting.entries(), []);
  });
});

describe('many effects', limit, () => {
  it('are sent ten at a time', async () => {
    const answers: (() => void)[] = [];
    await using receiver = await createReceiver(
      (response) => void answers.push(() => response.writeHead(200).end()),
    );
    await using agent = createAgent(newRegion());
    const effects = Array.from({ length: 15 }, (_, index) =>
      webhook(`k${index}`, { rule: `rule${index}`, url: receiver.url }),
    );
    await agent.lead(effects, () => receiver.received.length === 10);
    agent.tick(effects);
    for (let turn = 0; turn < 20; turn++) await settle();
    assert.equal(receiver.received.length, 10);
    await agent.lead(effects, () => {
      answers.splice(0).forEach((answer) => {
        answer();
      });
      return agent.acting.entries().every(({ status }) => status === 'done');
    });
    assert.equal(receiver.received.length, 15);
  });

  it('leave nothing under way when the agent stops', async () => {
    await using receiver = await createReceiver(() => {});
    const agent = createAgent(newRegion());
    await agent.lead([webhook('a', { url: receiver.url })], () => receiver.received.length === 1);
    await agent[Symbol.asyncDispose]();
    await until(() => receiver.open === 0);
    assert.equal(agent.entry('a')?.status, 'pending');
    agent.tick([webhook('a', { url: receiver.url }), webhook('b', { url: receiver.url })]);
    assert.equal(receiver.received.length, 1);
    assert.deepEqual(agent.log.lines, []);
  });
});

describe('a channel', limit, () => {
  it('that is a webhook gets the message with its source, signed, in order', async () => {
    await using receiver = await createReceiver();
    const keys = parseSigningKeys(`whsec_${Buffer.alloc(32, 7).toString('base64')}`) ?? [];
    const chat = {
      kind: 'webhook',
      url: receiver.url,
      headers: { Authorization: 'Bearer x' },
      keys,
    } as const;
    await using agent = createAgent(newRegion(), { channels: new Map([['chat', chat]]) });
    const effects = [notice('db', { message: 'first' }), notify('b', { message: 'second' })];
    await agent.lead(effects, () => agent.entry('b')?.status === 'done');
    const bodies = receiver.received.map(({ body }): unknown => JSON.parse(body));
    const timestamp = '2023-11-14T22:13:20.000Z';
    assert.deepEqual(bodies, [
      {
        type: 'msa.notice',
        timestamp,
        data: { region: 'east', source: 'label msa.notify of db', service: 'db', message: 'first' },
      },
      {
        type: 'msa.notice',
        timestamp,
        data: { region: 'east', source: 'rule tell (tell.json:3)', message: 'second' },
      },
    ]);
    assert.equal(receiver.received[0]?.headers.authorization, 'Bearer x');
    assert.match(String(receiver.received[0]?.headers['webhook-signature']), /^v1,/);
  });

  it('that is not there is a problem of the label at once, and of the message when there is one', async () => {
    const region = newRegion();
    await using agent = createAgent(region);
    const plan = { name: 'db', notify: ['caht'] };
    const [problem] = agent.acting.problems([plan]);
    assert.equal(problem?.code, 'unknown-channel');
    assert.equal(problem?.service, 'db');
    assert.match(problem?.message ?? '', /msa\.notify of db names the channel caht/);
    await agent.lead([notify('a', { channel: 'caht' })], () => agent.entry('a')?.attempts === 1);
    assert.equal(agent.entry('a')?.lastError, 'there is no channel of that name');
    assert.equal(agent.entry('a')?.status, 'pending');
  });

  it('never shows its secrets, in logs, problems or the outbox, however it fails', async () => {
    const closed = await createReceiver();
    await closed[Symbol.asyncDispose]();
    const statuses = [200, 302, 400, 410, 503];
    const secret = `whsec_${Buffer.from('hush-hush-hush-hush-hush-hush').toString('base64')}`;
    const keys = parseSigningKeys(secret) ?? [];
    await using receiver = await createReceiver((response, { path }) =>
      response.writeHead(Number(path.split('/')[1]), { Location: '/hush', 'X-A': 'hush' }).end('hush'),
    );
    const urls = [
      ...statuses.map((status) => `${receiver.url}/${status}/hush`),
      `${closed.url}/hush`,
      'hush:hush',
    ];
    const channels = new Map<string, Channel>();
    for (const [index, url] of urls.entries()) {
      channels.set(`w${index}`, { kind: 'webhook', url, headers: { Authorization: 'hush' }, keys });
      channels.set(`s${index}`, { kind: 'slack', url });
    }
    const region = newRegion();
    await using agent = createAgent(region, { channels, ruleKeys: keys });
    const effects = [...channels.keys()].map((channel) => notify(channel, { channel }));
    for (let round = 1; round <= 3; round++) {
      await agent.lead(effects, () =>
        agent.acting.entries().every(({ status, attempts }) => status !== 'pending' || attempts === round),
      );
      await region.clock.advance(60_000);
    }
    const problems = agent.acting.problems([]);
    assert.equal(new Set(problems.map(({ code }) => code)).size, 2);
    const shown = `${agent.log.text}${JSON.stringify([problems, agent.acting.entries(), region.outbox])}`;
    assert.doesNotMatch(shown, /hush|whsec|aHVz/);
  });
});
