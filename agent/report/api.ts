/** The routes under /api/v1: look up the picture, translate it to JSON. Described in openapi.ts. */

import { type Response, Router } from 'express';
import type { Clock, Picture } from '../model.ts';
import { refusalAnswer, send } from './answer.ts';
import type { EventStream } from './eventStream.ts';
import { openApi } from './openapi.ts';
import { readServiceName, unknownService } from './serviceName.ts';
import {
  type Explain,
  factsView,
  regionsView,
  servicesView,
  serviceView,
  statusView,
  type Timings,
} from './views.ts';

export function createApi({
  picture,
  events,
  explain,
  timings,
  clock,
}: {
  readonly picture: () => Picture;
  readonly events: EventStream;
  readonly explain: Explain;
  readonly timings: () => Timings;
  readonly clock: Clock;
}): Router {
  const api = Router({ caseSensitive: true });

  api.get('/status', (_request, response) => json(response, statusView(picture())));
  api.get('/services', (_request, response) => json(response, servicesView(picture())));
  api.get('/services/:service', (request, response) => {
    const reading = readServiceName(encodeURIComponent(request.params.service));
    if ('refusal' in reading) return send(response, refusalAnswer(reading.refusal));
    const current = picture();
    const view = serviceView(current, reading.name, { explain, timings: timings(), nowMs: clock.now() });
    if (view === undefined) return send(response, refusalAnswer(unknownService(reading.name, current)));
    return json(response, view);
  });
  api.get('/regions', (_request, response) => json(response, regionsView(picture())));
  api.get('/facts', (_request, response) => json(response, factsView(picture(), clock.now())));
  api.get('/openapi.json', (_request, response) => json(response, openApi(picture().self.version)));
  api.get('/events', (request, response) => {
    if (request.method === 'HEAD') return response.type('text/event-stream').end();
    if (events.follow(response)) return undefined;
    const full = {
      status: 503,
      error: 'Too many clients follow the events already.',
      hint: 'Ask GET /api/v1/services every few seconds, or follow another agent.',
    };
    return send(response, refusalAnswer(full, ['retry-after', '10']));
  });
  return api;
}

/** Indented: most who read it are people with curl. */
function json(response: Response, body: object): void {
  response
    .set('cache-control', 'no-store')
    .type('json')
    .send(`${JSON.stringify(body, undefined, 2)}\n`);
}
