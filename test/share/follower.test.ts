/** A follower, and the peers it should survive: each a real listener that misbehaves in one way. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { createFollower, type Follower } from '../../agent/share/follower.ts';
import { type AskResult, createPeerClient } from '../../agent/share/peerClient.ts';
import { createFakeClock, type FakeClock } from '../fakeClock.ts';
import { memoryLog, until } from './region.ts';

interface Subject extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly follower: Follower;
  readonly log: ReturnType<typeof memoryLog>;
  /** The queries that came in. */
  readonly asked: string[];
  answer: RequestListener;
  changes: number;
}

/** Follows a peer that answers as the test likes. */
async function createSubject(answer: RequestListener, mostDocs = 100): Promise<Subject> {
  const clock = createFakeClock();
  const log = memoryLog();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://peer').search);
    subject.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = createPeerClient({ largestAnswerBytes: 100_000 });
  const follower = createFollower({
    url: `http://127.0.0.1:${port}/v1/feeds/node`,
    token: () => 'the-token',
    client,
    clock,
    random: () => 0.5,
    log,
    onChange: () => {
      subject.changes += 1;
    },
    waitMs: 1_000,
    staleAfterMs: 3_000,
    mostDocs,
  });
  const subject: Subject = {
    clock,
    follower,
    log,
    asked,
    answer,
    changes: 0,
    async [Symbol.asyncDispose]() {
      follower[Symbol.dispose]();
      client[Symbol.dispose]();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return subject;
}

const say =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

const set = (seq: number, docs: object, over: object = {}) => ({
  protocol: 1,
  epoch: 'life',
  seq,
  full: true,
  docs,
  ...over,
});
const news = (seq: number, docs: object) => set(seq, docs, { full: false });
/** Holds the request: nothing comes. */
const hold: RequestListener = () => {};

test('a follower keeps the documents, asks on from where it is, and is told only of changes', async () => {
  await using subject = await createSubject(say(set(3, { a: { n: 1 }, b: { n: 2 } })));
  await until(subject.clock, () => subject.follower.heard, 'the first answer');
  subject.answer = say(news(4, { a: { n: 5 }, b: null }));
  await until(subject.clock, () => !subject.follower.docs.has('b'), 'the change');
  subject.answer = hold;
  await until(subject.clock, () => subject.asked.length > 2, 'the third question');
  assert.deepEqual(subject.asked.slice(0, 2), ['?wait=1000', '?after=life.3&wait=1000']);
  assert.equal(subject.asked.at(-1), '?after=life.4&wait=1000');
  assert.deepEqual([...subject.follower.docs], [['a', { n: 5 }]]);
});

test('a document whose content did not change stays the same object over a whole new set', async () => {
  await using subject = await createSubject(say(set(1, { a: { n: [1] }, b: {} })));
  await until(subject.clock, () => subject.follower.heard, 'the first answer');
  const before = subject.follower.docs.get('a');
  subject.answer = say({ ...set(9, { a: { n: [1] } }), epoch: 'next' });
  await until(subject.clock, () => !subject.follower.docs.has('b'), 'the new set');
  assert.equal(subject.follower.docs.get('a'), before);
});

test('silence is noticed after its time, takes no document away, and is over with the first answer', async () => {
  await using subject = await createSubject(say(set(1, { a: { n: 1 } })));
  await until(subject.clock, () => subject.follower.heard, 'the first answer');
  subject.answer = hold;
  const heardAtMs = subject.clock.now();
  await until(subject.clock, () => !subject.follower.heard, 'silence');
  const silentMs = subject.clock.now() - heardAtMs;
  assert.ok(silentMs >= 2_900 && silentMs <= 3_200, `${silentMs} ms`);
  assert.equal(subject.follower.sinceMs, subject.clock.now());
  assert.deepEqual([...subject.follower.docs.keys()], ['a']);
  subject.answer = say(news(2, { b: {} }));
  await until(subject.clock, () => subject.follower.heard, 'heard again', 50);
  assert.deepEqual([...subject.follower.docs.keys()], ['a', 'b']);
});

test('a peer whose port refuses is given up sooner than one that is only silent', async () => {
  const clock = createFakeClock();
  const answer = { protocol: 1, epoch: 'life', seq: 1, full: true, docs: new Map() };
  const results: AskResult[] = [{ ok: true, answer }];
  const refused: AskResult = { ok: false, failure: { code: 'refused', detail: 'nobody there' } };
  using follower = followScripted(clock, () => results.shift() ?? refused);
  await until(clock, () => follower.heard, 'heard');
  const heardAtMs = clock.now();
  await until(clock, () => !follower.heard, 'given up');
  assert.ok(clock.now() - heardAtMs <= 1_050);
});

test('a follower that ended leaves no timer behind', async () => {
  const clock = createFakeClock();
  const follower = followScripted(clock, () => ({
    ok: false,
    failure: { code: 'slow', detail: 'no answer' },
  }));
  await clock.advance(500);
  follower[Symbol.dispose]();
  await clock.advance(0);
  assert.equal(clock.pending, 0);
});

// ---------------------------------------------------------------- peers that misbehave

const deep = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
const nonsense: readonly (readonly [string, RequestListener, string])[] = [
  ['says no JSON', say('<html>'), 'nonsense'],
  ['says half of a JSON', say('{"protocol":1,'), 'nonsense'],
  ['says an array', say([1, 2]), 'nonsense'],
  ['forgets its epoch', say({ protocol: 1, seq: 1, full: true, docs: {} }), 'nonsense'],
  ['counts in halves', say(set(1.5, {})), 'nonsense'],
  ['has documents that are no objects', say(set(1, { a: 'text' })), 'nonsense'],
  ['has documents in a list', say(set(1, [{}])), 'nonsense'],
  ['tells changes before the set', say(news(2, { a: {} })), 'nonsense'],
  ['speaks a newer protocol', say({ ...set(1, {}), protocol: 2 }), 'nonsense'],
  [
    'has too many documents',
    say(set(1, Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`${n}`, {}])))),
    'nonsense',
  ],
  ['has an endless key', say(set(1, { ['k'.repeat(401)]: {} })), 'nonsense'],
  [
    'has a bottomless document',
    say(`{"protocol":1,"epoch":"e","seq":1,"full":true,"docs":{"a":${deep}}}`),
    'nonsense',
  ],
  ['has an answer too large', say(set(1, { a: { text: 'x'.repeat(200_000) } })), 'too-large'],
  ['is broken', say({ error: 'out of order' }, 500), 'status'],
  ['refuses the token', say({ error: 'The token expired 59 min ago.' }, 401), 'token'],
  [
    'sends elsewhere',
    (_request, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    },
    'status',
  ],
  [
    'hangs up',
    (request) => {
      request.socket.destroy();
    },
    'unreachable',
  ],
  [
    'hangs up in the middle',
    (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"pro');
      response.socket?.end();
    },
    'unreachable',
  ],
  [
    'speaks no HTTP',
    (request) => {
      request.socket.end('220 mail ready\r\n');
    },
    'unreachable',
  ],
];

for (const [what, answer, code] of nonsense) {
  test(`a peer that ${what} is not heard, is logged once, and does no harm`, async () => {
    await using subject = await createSubject(answer);
    await until(subject.clock, () => subject.asked.length > 3, 'several attempts', 20);
    assert.equal(subject.follower.heard, false);
    assert.equal(subject.follower.failure?.code, code);
    assert.equal(subject.follower.docs.size, 0);
    assert.equal(subject.log.lines.length, 1);
    assert.ok(!JSON.stringify(subject.log.lines).includes('the-token'));
    subject.answer = say(set(1, { a: {} }));
    await until(subject.clock, () => subject.follower.heard, 'it comes right', 20);
    assert.equal(subject.follower.failure, undefined);
  });
}

test('a peer that never ends its answer is cut off, by size', async () => {
  await using subject = await createSubject((_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    };
    response.on('drain', more);
    more();
  });
  await until(subject.clock, () => subject.follower.failure?.code === 'too-large', 'cut off', 0);
});

test('a peer that drips its answer is cut off, by time', async () => {
  const clocks: FakeClock[] = [];
  await using subject = await createSubject((_request, response) => {
    const drip = (): void => {
      if (response.destroyed) return;
      response.write(' ');
      clocks[0]?.after(100, drip);
    };
    drip();
  });
  clocks.push(subject.clock);
  const startMs = subject.clock.now();
  await until(subject.clock, () => subject.follower.failure?.code === 'slow', 'cut off', 5);
  assert.ok(subject.clock.now() - startMs <= 4_100);
});

test('a peer whose numbers go back is asked for the whole set again', async () => {
  await using subject = await createSubject(say(set(7, { a: { n: 1 } })));
  await until(subject.clock, () => subject.follower.heard, 'the first answer');
  subject.answer = say(news(3, { a: { n: 0 } }));
  await until(subject.clock, () => subject.follower.failure?.code === 'nonsense', 'nonsense is noticed');
  assert.deepEqual(subject.follower.docs.get('a'), { n: 1 });
  subject.answer = say({ ...set(1, { a: { n: 2 } }), epoch: 'next' });
  await until(subject.clock, () => subject.follower.failure === undefined, 'the whole set');
  assert.equal(subject.asked.at(-1)?.includes('after='), false);
  assert.deepEqual(subject.follower.docs.get('a'), { n: 2 });
});

test('a peer that answers “nothing new” at once does not make the follower spin', async () => {
  await using subject = await createSubject(say(set(1, {})));
  await until(subject.clock, () => subject.follower.heard, 'the first answer');
  subject.answer = say(news(1, {}));
  const before = subject.asked.length;
  await until(subject.clock, () => subject.clock.now() > 1_700_000_000_000 + 10_000, 'ten seconds', 10);
  assert.ok(subject.asked.length - before <= 12, `${subject.asked.length - before} questions`);
});

test('after failures the waits grow to a heartbeat, and the first failure is tried again at once', async () => {
  const clock = createFakeClock();
  const asked: number[] = [];
  using _follower = followScripted(clock, () => {
    asked.push(clock.now());
    return { ok: false, failure: { code: 'unreachable', detail: 'no way' } };
  });
  await clock.advance(6_000);
  const waits = asked.slice(1).map((atMs, at) => atMs - (asked[at] ?? 0));
  assert.deepEqual(waits, [0, 100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000]);
});

/** Follows a peer whose answers are given here, without a network. */
function followScripted(clock: FakeClock, answer: () => AskResult): Follower {
  return createFollower({
    url: 'http://127.0.0.1/v1/feeds/node',
    token: () => 'the-token',
    client: { ask: async () => answer(), [Symbol.dispose]() {} },
    clock,
    random: () => 0,
    log: memoryLog(),
    onChange: () => {},
    waitMs: 1_000,
    staleAfterMs: 3_000,
  });
}
