/** The status page in a real browser (Debian's chromium): it keeps itself current, and says when it can't. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { systemClock } from '../../agent/clock.ts';
import type { Picture } from '../../agent/model.ts';
import { createFrontListener } from '../../agent/report/frontListener.ts';
import { instance, picture, reason, service, verdict } from '../report/picture.ts';

const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

let browser: Browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
});

after(() => browser.close());

const down = picture({
  services: [service('wfe', { dependsOn: [{ service: 'app' }] }), service('app')],
  verdicts: [
    verdict('wfe', {
      report: 'down',
      state: 'down',
      message: 'down because app is down',
      because: [reason('down because app is down', { inputs: [{ fact: 'app.state', value: 'down' }] })],
    }),
    verdict('app', { report: 'down', state: 'down', message: 'status 503' }),
  ],
});

async function serve(first: Picture, port = 0) {
  let current = first;
  const front = await createFrontListener({
    host: '127.0.0.1',
    port,
    picture: () => current,
    explain: (_decision, name) => ({ tree: { name }, text: `why ${name}` }),
    clock: systemClock,
    log,
  });
  return {
    port: front.port,
    url: `http://127.0.0.1:${front.port}`,
    show(next: Picture) {
      current = next;
      front.changed();
    },
    [Symbol.asyncDispose]: () => front[Symbol.asyncDispose](),
  };
}

/** A new page that fails the test on any error the browser sees, refusals of the content policy among them. */
async function open(
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ readonly page: Page; readonly complaints: string[] } & AsyncDisposable> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

test('a change appears by itself, without the page being loaded again', async () => {
  await using server = await serve(picture());
  await using opened = await open(server.url);
  const { page } = opened;
  await page.getByText('Live: changes appear by themselves.').waitFor();
  await page.locator('body').evaluate((body) => body.setAttribute('data-test', 'same page'));
  server.show(down);
  await page.getByRole('heading', { name: '2 of 2 services get no traffic.' }).waitFor();
  assert.match(await page.title(), /^2 not up/);
  server.show(picture());
  await page.getByRole('heading', { name: 'All 2 services get traffic.' }).waitFor();
  assert.equal(await page.getAttribute('body', 'data-test'), 'same page');
  assert.deepEqual(opened.complaints, []);
});

test('what changes is told to a screen reader', async () => {
  await using server = await serve(picture());
  await using opened = await open(server.url);
  await opened.page.getByText('Live: changes appear').waitFor();
  server.show(down);
  await opened.page
    .getByRole('status')
    .filter({ hasText: /is reported down/ })
    .waitFor();
});

test('what somebody types, folds or has focused stays when the rest changes', async () => {
  const many = Array.from({ length: 20 }, (_, index) => `s${index}`);
  const services = many.map((name) => service(name));
  await using server = await serve(picture({ services, verdicts: many.map((name) => verdict(name)) }));
  await using opened = await open(server.url);
  const { page } = opened;
  await page.getByText('Live: changes appear').waitFor();
  await page.getByRole('searchbox').fill('s1');
  server.show(picture({ services, verdicts: many.map((name) => verdict(name, { report: 'drain' })) }));
  await page.getByRole('heading', { name: '20 of 20 services get no traffic.' }).waitFor();
  assert.equal(await page.getByRole('searchbox').inputValue(), 's1');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=s1/);
  assert.equal(await page.locator('#services tbody tr').count(), 11);
});

test('a branch of the reasons that was folded stays folded', async () => {
  await using server = await serve(down);
  await using opened = await open(`${server.url}/services/wfe`);
  const { page } = opened;
  await page.getByText('Live: changes appear').waitFor();
  const branch = page.locator('#why-wfe-app');
  assert.equal(await branch.getAttribute('open'), '');
  await branch.locator('summary').click();
  await page.locator('#why').evaluate((why) => why.setAttribute('data-test', 'old'));
  const verdicts = Object.values(down.decision?.verdicts ?? {}).map((one) => ({
    ...one,
    message: 'now something else',
  }));
  server.show(picture({ services: Object.values(down.facts.services), verdicts }));
  await page.locator('#why:not([data-test])').waitFor();
  assert.equal(await branch.getAttribute('open'), null);
});

test('when the agent is gone the page says since when, and it recovers by itself', async () => {
  const first = await serve(picture());
  await using opened = await open(first.url);
  const { page } = opened;
  await page.getByText('Live: changes appear').waitFor();
  await first[Symbol.asyncDispose]();
  await page.getByRole('alert').filter({ hasText: "This agent can't be reached since" }).waitFor();
  await using again = await serve(down, first.port);
  await page.getByRole('heading', { name: '2 of 2 services get no traffic.' }).waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
  assert.equal(again.port, first.port);
});

test('without a script everything is there', async () => {
  await using server = await serve(down);
  await using opened = await open(server.url, { javaScriptEnabled: false });
  const { page } = opened;
  await page.getByRole('heading', { name: '2 of 2 services get no traffic.' }).waitFor();
  await page.getByRole('link', { name: 'wfe' }).first().click();
  await page.getByRole('heading', { name: 'wfe is reported down' }).waitFor();
  await page.getByText('load the page again for news').waitFor();
});

test('on a phone nothing is wider than the screen, in light and in dark', async () => {
  const long = 'a-service-with-a-name-that-is-really-much-too-long-for-any-telephone';
  const wide = picture({
    services: [
      service(long, { stack: long }, [
        instance('x'.repeat(25), {
          health: 'sick',
          outcome: { result: 'fail', reason: 'status', detail: 'y'.repeat(200) },
          asked: `http://10.0.1.5:8080/${'z'.repeat(120)}`,
        }),
      ]),
    ],
    verdicts: [verdict(long, { report: 'down', message: 'm'.repeat(300) })],
    problems: [{ code: 'x', message: 'p'.repeat(200), hint: 'h'.repeat(200) }],
  });
  await using server = await serve(wide);
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const path of ['/', `/services/${long}`]) {
      await using opened = await open(server.url + path, {
        colorScheme,
        viewport: { width: 360, height: 740 },
      });
      const overflow = await opened.page
        .locator('html')
        .evaluate((root) => root.scrollWidth - root.clientWidth);
      assert.equal(overflow, 0, `${colorScheme} ${path}`);
      assert.deepEqual(opened.complaints, []);
    }
  }
});

test('marks can be read against their background, in light and in dark', async () => {
  await using server = await serve(
    picture({
      services: [service('wfe'), service('app'), service('db'), service('web')],
      verdicts: [
        verdict('wfe'),
        verdict('app', { report: 'down', state: 'down' }),
        verdict('db', { report: 'drain' }),
        verdict('web', { report: 'down' }),
      ],
    }),
  );
  for (const colorScheme of ['light', 'dark'] as const) {
    await using opened = await open(server.url, { colorScheme });
    const contrasts = await opened.page
      .locator('table .mark, table small, td, th')
      .evaluateAll((elements) => {
        const window = elements[0]?.ownerDocument.defaultView;
        const brightness = (color: string) => {
          const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
            const share = Number(part) / 255;
            return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        return elements.map((element) => {
          const ink = brightness(window.getComputedStyle(element).color);
          const paper = brightness(window.getComputedStyle(element.closest('table')).backgroundColor);
          return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        });
      });
    assert.ok(contrasts.length > 20);
    assert.ok(Math.min(...contrasts) >= 4.5, `${colorScheme}: ${Math.min(...contrasts)}`);
  }
});
