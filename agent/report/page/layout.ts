/** What every page has around its main part: head, region and agent, and the words of the page's script. */

import type { Picture } from '../../model.ts';
import { readiness } from '../agentReport.ts';
import type { WebFiles } from '../webFiles.ts';
import { type Html, html, when } from './html.ts';
import { symbol } from './marks.ts';
import { ago, clockTime } from './times.ts';

export interface Page {
  readonly title: string;
  readonly main: Html;
}

/** What a page is made from: the picture, the instant it is seen at, and the files beside it. */
export interface PageView {
  readonly picture: Picture;
  readonly nowMs: number;
  readonly files: WebFiles;
}

/** The whole document as text. */
export function layout(view: PageView, { title, main }: Page): string {
  const { picture, nowMs, files } = view;
  const { facts, self, role } = picture;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="${files.url('style.css')}">
<link rel="icon" href="${files.url('icon.svg')}" type="image/svg+xml">
<script type="module" src="${files.url('page.js')}"></script>
</head>
<body data-now="${nowMs}">
<a class="skip" href="#main">Skip to the content</a>
<header>
<a class="home" href="/">${symbol('good')}<b>MSA</b> <span>Multi-Service Availability</span></a>
<p>region <b>${facts.region}</b> · seen by <b>${self.hostname}</b>, ${role}</p>
</header>
<p id="offline" class="banner bad" role="alert" hidden></p>
<main id="main">
${banners(view)}
${main}
</main>
<footer>
<p><span id="live">Seen at ${clockTime(nowMs)}; load the page again for news.</span></p>
<p>MSA ${self.version} · <a href="/api/v1/services">API</a> · <a href="/api/v1/openapi.json">OpenAPI</a> · <a href="/metrics">metrics</a></p>
</footer>
<p id="news" class="unseen" role="status"></p>
</body>
</html>
`.text;
}

/** What makes everything below less certain than it looks. */
function banners({ picture, nowMs }: PageView): Html {
  const { stale, decision, role } = picture;
  const override = picture.facts.overrides['*'];
  const { ready, message } = readiness(picture);
  return html`<div id="banners">${[
    when(
      !ready,
      () =>
        html`<p class="banner warn">${symbol('warn')}<span><b>This agent is not ready.</b> ${message}.</span></p>`,
    ),
    when(
      stale !== undefined && decision !== undefined,
      () =>
        html`<p class="banner warn">${symbol('warn')}<span><b>The decision may be old:</b> ${stale}. It was made ${
          decision === undefined ? undefined : ago(decision.decidedAtMs, nowMs)
        } and stands until there is a better one.</span></p>`,
    ),
    when(
      role === 'caretaker',
      () =>
        html`<p class="banner warn">${symbol('warn')}<span><b>No leader is heard.</b> This agent answers from what it sees itself, and carries out no effects.</span></p>`,
    ),
    override &&
      html`<p class="banner calm">${symbol('calm')}<span><b>The whole region is overridden to ${override.report}</b> by ${override.owner}: ${override.reason}</span></p>`,
  ]}</div>`;
}
