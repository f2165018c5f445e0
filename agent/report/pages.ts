/** The routes for people: the status page, a page for each service, and the files that both need. */

import { type Request, type Response, Router } from 'express';
import type { Clock, Picture } from '../model.ts';
import { html } from './page/html.ts';
import { layout, type Page } from './page/layout.ts';
import { overviewPage } from './page/overviewPage.ts';
import { servicePage } from './page/servicePage.ts';
import { readServiceName, serviceNames, unknownService } from './serviceName.ts';
import type { Explain, Timings } from './views.ts';
import { readWebFiles } from './webFiles.ts';

const longestFilter = 100;

export function createPages({
  picture,
  timings,
  explain,
  clock,
}: {
  readonly picture: () => Picture;
  readonly timings: () => Timings;
  readonly explain: Explain;
  readonly clock: Clock;
}): Router {
  const files = readWebFiles();
  const pages = Router({ caseSensitive: true });
  const view = () => ({ picture: picture(), nowMs: clock.now(), files });

  pages.get('/', (request, response) => {
    const filter = {
      text: parameter(request, 'q').slice(0, longestFilter),
      onlyNotUp: parameter(request, 'show') === 'not-up',
    };
    const seen = view();
    show(response, 200, layout(seen, overviewPage(seen, filter)));
  });
  pages.get('/services/:service', (request, response) => {
    const seen = view();
    const reading = readServiceName(encodeURIComponent(request.params.service));
    if ('refusal' in reading) return show(response, 400, layout(seen, missing(reading.refusal)));
    if (!serviceNames(seen.picture).includes(reading.name)) {
      return show(response, 404, layout(seen, missing(unknownService(reading.name, seen.picture))));
    }
    return show(
      response,
      200,
      layout(seen, servicePage(seen, reading.name, { explain, timings: timings() })),
    );
  });
  for (const { name, type, content } of files.all) {
    pages.get(`/web/${name}`, (_request, response) => {
      response.set('cache-control', 'public, max-age=31536000, immutable').type(type).send(content);
    });
  }
  return pages;
}

function show(response: Response, status: number, text: string): void {
  response.status(status).set('cache-control', 'no-store').type('html').send(text);
}

function missing({ error, hint }: { readonly error: string; readonly hint: string }): Page {
  return {
    title: 'Not found · MSA',
    main: html`<div id="summary" class="summary dim"><div><h1>${error}</h1><p>${hint}</p><p><a href="/">All services</a></p></div></div>`,
  };
}

/** The value of a query parameter that was given once; else nothing. */
function parameter(request: Request, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value : '';
}
