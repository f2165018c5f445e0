/** Changes, as those who follow them hear of them. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { changesBetween } from '../../agent/report/pictureChanges.ts';
import { settle } from '../fakeClock.ts';
import { type Listening, listen } from './listening.ts';
import { emptyPicture, instance, picture, service, verdict } from './picture.ts';

const wfeDown = verdict('wfe', { report: 'down', state: 'down', message: 'because of db' });

async function follow({ front }: Listening): Promise<IncomingMessage> {
  const asking = get({ host: '127.0.0.1', port: front.port, path: '/api/v1/events', agent: false });
  const [response] = await once(asking, 'response');
  response.setEncoding('utf8');
  return response;
}

/** The next events up to the one of that name. */
async function until(stream: IncomingMessage, event: string): Promise<string> {
  let text = '';
  while (!text.includes(`event: ${event}\n`)) {
    const [piece] = await once(stream, 'data');
    text += piece;
  }
  return text;
}

test('a change of a verdict is told to everybody who follows', async () => {
  await using listening = await listen(picture());
  const streams = [await follow(listening), await follow(listening)];
  for (const stream of streams) assert.match(await until(stream, 'hello'), /"region":"east"/);
  const heard = streams.map((stream) => until(stream, 'verdict'));
  listening.show(picture({ verdicts: [wfeDown, verdict('app')] }));
  await listening.clock.advance(100);
  for (const text of await Promise.all(heard)) {
    const [, data = ''] = /event: verdict\ndata: (.*)/.exec(text) ?? [];
    assert.deepEqual(JSON.parse(data), {
      service: 'wfe',
      report: 'down',
      state: 'down',
      message: 'because of db',
      before: { report: 'up', state: 'up' },
    });
  }
  for (const stream of streams) stream.destroy();
});

test('a change is told once', async () => {
  await using listening = await listen(picture());
  const stream = await follow(listening);
  await until(stream, 'hello');
  const first = until(stream, 'verdict');
  listening.show(picture({ verdicts: [wfeDown, verdict('app')] }));
  await listening.clock.advance(100);
  await first;
  const later = until(stream, 'alive');
  listening.show(picture({ verdicts: [wfeDown, verdict('app')] }));
  await listening.clock.advance(5_000);
  assert.doesNotMatch(await later, /event: (verdict|picture)/);
  stream.destroy();
});

test('when the agent stops, its streams end in good order', async () => {
  const listening = await listen(picture());
  const stream = await follow(listening);
  await until(stream, 'hello');
  const ended = once(stream.resume(), 'end');
  await listening[Symbol.asyncDispose]();
  await ended;
});

test('a burst of pictures is told together, and what was undone in between is not told at all', async () => {
  await using listening = await listen(picture());
  const stream = await follow(listening);
  await until(stream, 'hello');
  const heard = until(stream, 'alive');
  listening.show(picture({ verdicts: [wfeDown, verdict('app')] }));
  listening.show(picture());
  await listening.clock.advance(5_000);
  assert.doesNotMatch(await heard, /event: (verdict|picture)/);
  stream.destroy();
});

test('a quiet stream shows that it is alive, and nothing is left over when the last follower goes', async () => {
  await using listening = await listen(picture());
  const stream = await follow(listening);
  await until(stream, 'hello');
  const heard = until(stream, 'alive');
  await listening.clock.advance(5_000);
  await heard;
  assert.equal(listening.clock.pending, 1);
  stream.destroy();
  while (listening.clock.pending > 0) await settle();
});

test('followers are bounded: one too many gets 503 and a hint, and HEAD does not count', async () => {
  await using listening = await listen(picture(), { limits: { maxEventStreams: 1 } });
  assert.equal((await listening.ask('/api/v1/events', { method: 'HEAD' })).status, 200);
  const stream = await follow(listening);
  const refused = await follow(listening);
  assert.equal(refused.statusCode, 503);
  assert.equal(refused.headers['retry-after'], '10');
  refused.destroy();
  stream.destroy();
});

test('a follower that does not read is cut off', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `s${index}`);
  const services = names.map((name) => service(name));
  const saying = (letter: string) =>
    picture({ services, verdicts: names.map((name) => verdict(name, { message: letter.repeat(20_000) })) });
  await using listening = await listen(saying('a'));
  const socket = await listening.open();
  socket.on('error', () => {});
  socket.write('GET /api/v1/events HTTP/1.1\r\nhost: a\r\n\r\n');
  while (listening.clock.pending === 0) await settle();
  // Each round is 2 MB; the system takes a few of them, then they stay with the agent.
  for (let round = 0; round < 20 && listening.clock.pending > 0; round++) {
    listening.show(saying(round % 2 === 0 ? 'b' : 'a'));
    await listening.clock.advance(100);
    await settle();
  }
  assert.equal(listening.clock.pending, 0, 'nobody follows any more');
  socket.destroy();
});

test('a great many changes at once are told as one', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `s${index}`);
  const services = names.map((name) => service(name));
  await using listening = await listen(picture({ services, verdicts: names.map((name) => verdict(name)) }));
  const stream = await follow(listening);
  await until(stream, 'hello');
  const heard = until(stream, 'picture');
  listening.show(picture({ services, verdicts: names.map((name) => verdict(name, { report: 'down' })) }));
  await listening.clock.advance(100);
  assert.doesNotMatch(await heard, /event: verdict/);
  stream.destroy();
});

test('what is the same in two pictures is no change', () => {
  assert.deepEqual(changesBetween(picture(), picture()), { verdicts: [], other: false });
});

test('services that come and go are changes', () => {
  const both = picture();
  const one = picture({ services: [service('wfe')], verdicts: [verdict('wfe')] });
  assert.deepEqual(changesBetween(both, one), {
    verdicts: [{ service: 'app', message: 'no longer there', before: { report: 'up', state: 'up' } }],
    other: true,
  });
  assert.deepEqual(changesBetween(emptyPicture(), one).verdicts, [
    { service: 'wfe', report: 'up', state: 'up', message: '2 of 2 instances healthy' },
  ]);
});

test('an instance, an agent, the role or a problem that changes is seen, too', () => {
  const problem = { code: 'x', message: 'x.', hint: 'x.' };
  for (const after of [
    picture({ services: [service('wfe', {}, [instance('wfe-1', { health: 'sick' })]), service('app')] }),
    picture({ role: 'caretaker' }),
    picture({ stale: 'leader silent' }),
    picture({ problems: [problem] }),
    picture({ agents: [] }),
    picture({ nodes: [] }),
  ]) {
    assert.deepEqual(changesBetween(picture(), after), { verdicts: [], other: true });
  }
});
