/** Everything that is not asked all the time: API, status page, metrics; over express. Errors come as JSON `{ error, hint }`. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Clock, Log, Picture } from '../model.ts';
import { bodyRefused, hasBody, refusalAnswer, send } from './answer.ts';
import { createApi } from './api.ts';
import type { EventStream } from './eventStream.ts';
import type { Metrics } from './metrics.ts';
import { createPages } from './pages.ts';
import { securityHeaders } from './securityHeaders.ts';
import type { Explain, Timings } from './views.ts';

interface SlowDeps {
  readonly picture: () => Picture;
  readonly timings: () => Timings;
  readonly explain: Explain;
  readonly events: EventStream;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly count: (route: string, status: number) => void;
}

export function createSlowAnswers(
  deps: SlowDeps,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { metrics, log, count } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);

  app.use((request, response, next) => {
    const place = placeOf(request.path);
    response.once('close', () => count(place, response.statusCode));
    next();
  });
  app.use(securityHeaders, refuseChanges);
  app.use('/api/v1', createApi(deps));
  app.get('/metrics', async (_request, response) => {
    const text = await metrics.text();
    response.set('cache-control', 'no-store').type(metrics.contentType).send(text);
  });
  app.use(createPages(deps));
  app.use(notFound);
  app.use(onError(log));
  return app;
}

/** The route for the metrics: one of a fixed few, whatever was asked. */
function placeOf(path: string): string {
  if (path === '/api/v1/events') return path;
  if (path.startsWith('/api/')) return '/api';
  return path === '/metrics' ? path : 'page';
}

const refuseChanges: RequestHandler = (request, response, next) => {
  if (hasBody(request)) return send(response, bodyRefused);
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return next();
  const refusal = { status: 405, error: `${request.method} is not understood here.`, hint: 'Use GET.' };
  return send(response, refusalAnswer(refusal, ['allow', 'GET, HEAD, OPTIONS']));
};

const notFound: RequestHandler = (_request, response) => {
  const hint = 'GET / shows the status page, GET /api/v1/openapi.json all that can be asked.';
  send(response, refusalAnswer({ status: 404, error: 'There is nothing at this path.', hint }));
};

/** A path that can't be decoded is the client's mistake; anything else is a bug of ours, and its details are for the log. */
function onError(log: Log): ErrorRequestHandler {
  return (error, request, response, _next) => {
    if (response.headersSent) {
      log.error({ error, path: request.path }, 'an answer broke off half-way');
      response.destroy();
      return;
    }
    if (error instanceof URIError) {
      const hint = 'Encode it as encodeURIComponent does.';
      send(response, refusalAnswer({ status: 400, error: 'The path is not valid percent-encoding.', hint }));
      return;
    }
    log.error({ error, path: request.path }, 'a request could not be answered');
    const hint = 'The log of this agent says why. Other agents of the region answer the same question.';
    send(response, refusalAnswer({ status: 500, error: 'The agent failed to answer.', hint }));
  };
}
