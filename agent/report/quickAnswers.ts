/**
 * The answers that load balancers and orchestrators ask for all the time: /report, /live, /ready. They are made without
 * express, and those of known services are kept, serialised, for as long as the picture stands. What is kept is bounded by the number
 * of services: only the plain spelling of a request is.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Picture } from '../model.ts';
import { liveness, readiness } from './agentReport.ts';
import {
  type Answer,
  bodyRefused,
  hasBody,
  jsonAnswer,
  type Refusal,
  refusalAnswer,
  send,
} from './answer.ts';
import { reportRegion } from './regionReport.ts';
import { readServiceName, unknownService } from './serviceName.ts';
import { reportService, type Scope } from './serviceReport.ts';

export type QuickRoute = '/report/{service}' | '/report' | '/live' | '/ready';

const allowed = 'GET, HEAD, OPTIONS';

/**
 * Gives a handler that answers its own routes, and returns false for all others. `count` hears of every answer.
 */
export function createQuickAnswers({
  picture,
  count,
}: {
  readonly picture: () => Picture;
  readonly count: (route: QuickRoute, status: number) => void;
}): (request: IncomingMessage, response: ServerResponse) => boolean {
  let keptFor: Picture | undefined;
  let kept = new Map<string, Answer>();

  function answerService(url: string, segment: string, query: string, current: Picture): Answer {
    const reading = readServiceName(segment);
    if ('refusal' in reading) return refusalAnswer(reading.refusal);
    const scope = readScope(query);
    if (typeof scope === 'object') return refusalAnswer(scope);
    const found = reportService(current, reading.name, scope);
    if (found === undefined) return refusalAnswer(unknownService(reading.name, current));
    const answer = jsonAnswer(found.status, found.body, ['msa-report', found.body.report]);
    const plain = segment === encodeURIComponent(reading.name) && (query === '' || query === 'scope=node');
    if (plain && current.decision !== undefined) kept.set(url, answer);
    return answer;
  }

  return function answer(request, response) {
    const url = request.url ?? '/';
    const current = picture();
    if (current !== keptFor) {
      keptFor = current;
      kept = new Map();
    }
    const ready = kept.get(url);
    if (ready !== undefined && isPlain(request)) {
      count('/report/{service}', ready.status);
      send(response, ready);
      return true;
    }
    const { path, query } = split(url);
    const route = routeOf(path);
    if (route === undefined) return false;
    const made =
      refuse(request) ??
      (route === '/report/{service}'
        ? answerService(url, segmentOf(path), query, current)
        : answerPlain(route, query, current));
    count(route, made.status);
    send(response, request.method === 'OPTIONS' ? withAllowed(made) : made);
    return true;
  };
}

function answerPlain(
  route: Exclude<QuickRoute, '/report/{service}'>,
  query: string,
  picture: Picture,
): Answer {
  if (route === '/live') return jsonAnswer(200, liveness(picture));
  if (route === '/ready') {
    const body = readiness(picture);
    return jsonAnswer(body.ready ? 200 : 503, body);
  }
  const reading = reportRegion(picture, new URLSearchParams(query).get('services') ?? undefined);
  if ('refusal' in reading) return refusalAnswer(reading.refusal);
  return jsonAnswer(reading.status, reading.body, ['msa-report', reading.body.report]);
}

function isPlain(request: IncomingMessage): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && !hasBody(request);
}

function withAllowed(answer: Answer): Answer {
  return { ...answer, headers: [...answer.headers, 'allow', allowed] };
}

/** Nothing is to be changed here, and nobody's body is read. */
function refuse(request: IncomingMessage): Answer | undefined {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') {
    const refusal = { status: 405, error: `${method} is not understood here.`, hint: `Use ${allowed}.` };
    return refusalAnswer(refusal, ['allow', allowed, 'connection', 'close']);
  }
  return hasBody(request) ? bodyRefused : undefined;
}

function split(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function routeOf(path: string): QuickRoute | undefined {
  if (path.startsWith('/report/')) return '/report/{service}';
  return path === '/report' || path === '/live' || path === '/ready' ? path : undefined;
}

/** What follows /report/, without the one trailing slash that some load balancers add. */
function segmentOf(path: string): string {
  const segment = path.slice('/report/'.length);
  return segment.endsWith('/') ? segment.slice(0, -1) : segment;
}

function readScope(query: string): Scope | Refusal {
  if (query === '') return 'region';
  const scope = new URLSearchParams(query).get('scope') ?? 'region';
  if (scope === 'region' || scope === 'node') return scope;
  return {
    status: 400,
    error: 'No such scope.',
    hint: 'Ask scope=region (the default), or scope=node to also need a healthy instance on this node.',
  };
}
