import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createChannels } from '../../agent/act/channels.ts';
import { parseChannels } from '../../agent/act/channelsFile.ts';
import { createFakeClock } from '../fakeClock.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const good = `
channels:
  on-call:
    webhook:
      url: https://alerts.example.org/msa
      secretFile: on-call-secret
      headers: { X-Team: shop, Authorization: { valueFile: on-call-token } }
  chat:
    slack: { urlFile: chat-url }
rules: { secretFile: rules-secret }
`;
const secrets = {
  'on-call-secret': `${secret}\n`,
  'on-call-token': 'Bearer hush-token\n',
  'chat-url': 'https://hooks.example.org/hush-url\n',
  'rules-secret': `${secret}\n${secret}\n`,
};

/** A folder with a file of channels and its secrets, followed. */
async function follow(text: string | undefined, files: Readonly<Record<string, string>> = secrets) {
  const folder = await mkdtemp(join(tmpdir(), 'msa-channels-'));
  const write = (name: string, content: string) => writeFile(join(folder, name), content);
  for (const [name, content] of Object.entries(files)) await write(name, content);
  if (text !== undefined) await write('channels.yml', text);
  const clock = createFakeClock();
  let changes = 0;
  const path = join(folder, 'channels.yml');
  const channels = await createChannels({
    path,
    clock,
    onChange: () => {
      changes += 1;
    },
  });
  return {
    channels,
    path,
    write,
    remove: (name: string) => rm(join(folder, name)),
    /** Looks again; gives whether that changed anything. The file is read for real: there are turns to wait for, though no time. */
    async look(): Promise<boolean> {
      const before = changes;
      await clock.advance(2_000);
      while (clock.pending === 0) await clock.advance(0);
      return changes > before;
    },
    async [Symbol.asyncDispose]() {
      await channels[Symbol.asyncDispose]();
      assert.equal(clock.pending, 0);
      await rm(folder, { recursive: true });
    },
  };
}

describe('the file of channels', { timeout: 20_000 }, () => {
  it('names channels, with their secrets in files beside it', async () => {
    await using file = await follow(good);
    assert.deepEqual(file.channels.problems(), []);
    const { channels, ruleKeys } = file.channels.set();
    const onCall = channels.get('on-call');
    assert.ok(onCall?.kind === 'webhook');
    assert.equal(onCall.url, 'https://alerts.example.org/msa');
    assert.deepEqual(onCall.headers, { 'X-Team': 'shop', Authorization: 'Bearer hush-token' });
    assert.equal(onCall.keys.length, 1);
    assert.deepEqual(channels.get('chat'), { kind: 'slack', url: 'https://hooks.example.org/hush-url' });
    assert.equal(ruleKeys.length, 2);
  });

  it('may be JSON, or hold nothing yet', () => {
    assert.ok(parseChannels('{\n\t"channels": { "chat": { "slack": { "urlFile": "x" } } }\n}').ok);
    assert.ok(parseChannels('channels: {}').ok);
  });

  it('may be missing where none is named', async () => {
    const channels = await createChannels({ path: undefined, clock: createFakeClock(), onChange: () => {} });
    assert.deepEqual(channels.problems(), []);
    assert.equal(channels.set().channels.size, 0);
    await channels[Symbol.asyncDispose]();
  });

  it('is read again when it changes, or a secret does, and not told when neither did', async () => {
    await using file = await follow(good);
    const before = file.channels.set();
    assert.equal(await file.look(), false);
    assert.equal(file.channels.set(), before);
    await file.write('on-call-token', 'Bearer next');
    assert.equal(await file.look(), true);
    const onCall = file.channels.set().channels.get('on-call');
    assert.deepEqual(onCall?.kind === 'webhook' ? onCall.headers.Authorization : '', 'Bearer next');
    await file.write('channels.yml', 'channels: {}');
    assert.equal(await file.look(), true);
    assert.equal(file.channels.set().channels.size, 0);
  });

  it('that becomes invalid, or goes away, leaves the last good one standing, with the problem to see', async () => {
    await using file = await follow(good);
    const before = file.channels.set();
    await file.write('channels.yml', `${good}\nchanels: {}`);
    assert.equal(await file.look(), true);
    assert.equal(file.channels.set(), before);
    assert.deepEqual(file.channels.problems(), [
      {
        code: 'bad-channels',
        message: `The file of channels ${file.path} is refused: line 12: "chanels" is not known in the file.`,
        hint: 'Known there: channels, rules. Until then the last good one stands.',
      },
    ]);
    await file.remove('channels.yml');
    await file.look();
    assert.match(file.channels.problems()[0]?.message ?? '', /can't be read \(ENOENT\)/);
    assert.equal(file.channels.set(), before);
    await file.write('channels.yml', good);
    await file.look();
    assert.deepEqual(file.channels.problems(), []);
  });
});

describe('a mistake in the file of channels', { timeout: 20_000 }, () => {
  const webhook = (inside: string) => `channels:\n  on-call:\n    webhook: ${inside}`;
  for (const [what, text, line, message, hint] of [
    ['no YAML', 'channels: {', 1, /^it is not YAML: /, /mend/],
    [
      'a name twice',
      'channels:\n  a: { slack: { urlFile: x } }\n  a: {}',
      3,
      /Map keys must be unique/,
      /mend/,
    ],
    ['nothing', '', 1, /^the file is not a map/, /channels, rules/],
    ['a list', '- a', 1, /^the file is not a map/, /channels, rules/],
    ['a list of channels', 'channels:\n  - a', 2, /^"channels" is not a map/, /names/],
    [
      'an unknown way',
      'channels:\n  a:\n    mail: x',
      3,
      /^"mail" is not known in channel a/,
      /webhook, slack/,
    ],
    ['no way', 'channels:\n  a: {}', 2, /^channel a says no way to send/, /webhook, slack/],
    ['a channel without anything', 'channels: { a }', 1, /^"a" has no value/, /colon/],
    [
      'two ways',
      'channels:\n  a: { webhook: { url: "http://x" }, slack: { urlFile: x } }',
      2,
      /two ways/,
      /one of/,
    ],
    [
      'a name that is none',
      'channels:\n  "a b": { slack: { urlFile: x } }',
      2,
      /^"a b" is not a name/,
      /letters/,
    ],
    [
      'an unknown field',
      webhook('{ url: "http://x", ulr: y }'),
      3,
      /^"ulr" is not known in webhook of channel on-call/,
      /url/,
    ],
    ['no url', webhook('{ headers: {} }'), 3, /has no url/, /urlFile/],
    ['two urls', webhook('{ url: "http://x", urlFile: x }'), 3, /both url and urlFile/, /one of/],
    [
      'a url that is none',
      webhook('{ url: example.org }'),
      3,
      /^url of channel on-call is no address/,
      /https/,
    ],
    ['a url of another kind', webhook('{ url: "file:///etc/passwd" }'), 3, /is no address/, /https/],
    [
      'a password in the url',
      webhook('{ url: "http://me:hush@x" }'),
      3,
      /holds a user or a password/,
      /valueFile/,
    ],
    ['a number as url', webhook('{ url: 5 }'), 3, /is not a text/, /quotes/],
    [
      'Slack’s address in the open',
      'channels:\n  a:\n    slack: { url: "https://x/hush" }',
      3,
      /^"url" is not known/,
      /urlFile/,
    ],
    ['no address of Slack', 'channels:\n  a:\n    slack: {}', 3, /has no urlFile/, /Slack/],
    [
      'a secret header in the open',
      webhook('{ url: "http://x", headers: { X-Api-Key: hush } }'),
      3,
      /header X-Api-Key of channel on-call holds a secret/,
      /valueFile/,
    ],
    [
      'a header of our own',
      webhook('{ url: "http://x", headers: { Webhook-Id: x } }'),
      3,
      /set by the agent itself/,
      /leave it out/,
    ],
    [
      'a header that is none',
      webhook('{ url: "http://x", headers: { "X A": x } }'),
      3,
      /not a header's name/,
      /letters/,
    ],
    [
      'a header of two lines',
      webhook('{ url: "http://x", headers: { X-A: "a\\nb" } }'),
      3,
      /letters that a header can't/,
      /one line/,
    ],
    [
      'a secret in the open',
      webhook('{ url: "http://x", secret: whsec_hush }'),
      3,
      /^"secret" is not known/,
      /secretFile/,
    ],
  ] as const) {
    it(`: ${what} is told with its line and what to do`, () => {
      const read = parseChannels(text);
      assert.ok(!read.ok);
      assert.match(read.complaints[0]?.message ?? '', message);
      assert.match(read.complaints[0]?.hint ?? '', hint);
      assert.equal(read.complaints[0]?.line, line);
      assert.doesNotMatch(JSON.stringify(read), /hush/);
    });
  }

  it('does not hide the next one', () => {
    const read = parseChannels('channels:\n  a: {}\n  b: {}\nmore: 1');
    assert.deepEqual(read.ok ? [] : read.complaints.map(({ line }) => line).toSorted(), [2, 3, 4]);
  });

  for (const [what, name, content, says] of [
    [
      'is no signing secret',
      'on-call-secret',
      'hush',
      /line 6: what on-call-secret holds is not a signing secret/,
    ],
    ['is no address', 'chat-url', 'hush', /line 9: what chat-url holds is no address/],
    ['is no header', 'on-call-token', 'hush\nhush', /line 7: what on-call-token holds can't be a header/],
    ['is empty', 'rules-secret', '\n', /line 10: rules-secret gives nothing: it is empty/],
    [
      'is not there',
      'rules-secret',
      undefined,
      /line 10: rules-secret gives nothing: it can't be read \(ENOENT\)/,
    ],
  ] as const) {
    it(`: a secret file that ${what} is told without the secret`, async () => {
      await using file = await follow(good);
      const before = file.channels.set();
      if (content === undefined) await file.remove(name);
      else await file.write(name, content);
      assert.equal(await file.look(), true);
      assert.match(file.channels.problems()[0]?.message ?? '', says);
      assert.doesNotMatch(JSON.stringify(file.channels.problems()), /hush/);
      assert.equal(file.channels.set(), before);
    });
  }
});

it('the file of channels that the documents show is a good one', () => {
  const document = readFileSync('docs/use-cases/notification.md', 'utf8');
  const [, text = ''] = /```yml\n([\s\S]*?)```/.exec(document) ?? [];
  const read = parseChannels(text);
  assert.ok(read.ok, JSON.stringify(read));
  assert.deepEqual([...read.plan.channels.keys()], ['on-call', 'chat']);
});
