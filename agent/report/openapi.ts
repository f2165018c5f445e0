/** The front listener, described in OpenAPI 3.1. A test holds it equal to the routes and to what they answer. */

import { errorSchema, readySchema, schemas } from './openapiSchemas.ts';

const serviceParameter = {
  name: 'service',
  in: 'path',
  required: true,
  description: "The service's name; unique in the region.",
  schema: { type: 'string', minLength: 1, maxLength: 253 },
};

const scopeParameter = {
  name: 'scope',
  in: 'query',
  description: '`node`: up only where this very node has a healthy instance, too.',
  schema: { enum: ['region', 'node'], default: 'region' },
};

const listParameter = {
  name: 'services',
  in: 'query',
  description: 'Names, comma-separated: up only where all of them are reported up.',
  schema: { type: 'string' },
};

/** The whole document, for this version of the agent. */
export function openApi(version: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Multi-Service Availability',
      version,
      description:
        'Should this service get traffic here, now, and why? Every agent of a region answers the same. ' +
        'Every time in milliseconds is a Unix time.',
    },
    paths: { ...loadBalancerPaths(), ...apiPaths(), ...peoplePaths() },
    components: { schemas },
  };
}

function loadBalancerPaths(): object {
  const service = operation('Should the service get traffic here?', {
    parameters: [serviceParameter, scopeParameter],
    responses: {
      default: jsonResponse(
        'Status by report, as the labels msa.report.* of the service say: up 200, others 503.',
        ref('ServiceReport'),
      ),
      ...refusals(400, 404, 413),
    },
  });
  const region = operation('Should the region get traffic?', {
    parameters: [listParameter],
    responses: {
      200: jsonResponse('Up.', ref('RegionReport')),
      503: jsonResponse('Not up.', ref('RegionReport')),
      ...refusals(400, 404, 413),
    },
  });
  const live = operation('Does the agent run?', {
    responses: { 200: jsonResponse('It does.', ref('Liveness')) },
  });
  const ready = operation('Does the agent answer from a decision?', {
    responses: { 200: jsonResponse('Yes.', readySchema), 503: jsonResponse('Not yet.', readySchema) },
  });
  return {
    '/report/{service}': { get: service, head: service, options: service },
    '/report': { get: region, head: region, options: region },
    '/live': { get: live, head: live, options: live },
    '/ready': { get: ready, head: ready, options: ready },
  };
}

function apiPaths(): object {
  return {
    '/api/v1/status': get('This agent, the region, and all problems.', ref('Status')),
    '/api/v1/services': get('Every service, one line each.', ref('Services')),
    '/api/v1/services/{service}': {
      get: operation('One service: verdict, reasons, plan, instances.', {
        parameters: [serviceParameter],
        responses: { 200: jsonResponse('The service.', ref('Service')), ...refusals(400, 404) },
      }),
    },
    '/api/v1/regions': get('The other regions, as this one sees them.', ref('Regions')),
    '/api/v1/facts': get('All that a decision reads and remembers, for `msa simulate`.', ref('Facts')),
    '/api/v1/events': {
      get: operation('Changes as they happen: events `hello`, `verdict`, `picture`, `alive`.', {
        responses: {
          200: {
            description: 'Server-sent events.',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          ...refusals(503),
        },
      }),
    },
    '/api/v1/openapi.json': get('This document.', { type: 'object' }),
  };
}

function peoplePaths(): object {
  const page = (summary: string, parameters: readonly object[]) => ({
    get: operation(summary, {
      parameters,
      responses: {
        200: { description: 'A page.', content: { 'text/html': { schema: { type: 'string' } } } },
      },
    }),
  });
  return {
    '/': page('Status page of the region.', [
      { name: 'q', in: 'query', description: 'Part of a name or a stack.', schema: { type: 'string' } },
      {
        name: 'show',
        in: 'query',
        description: 'Only services that get no traffic.',
        schema: { enum: ['all', 'not-up'] },
      },
    ]),
    '/services/{service}': page('Status page of one service.', [serviceParameter]),
    '/metrics': {
      get: operation('Metrics for Prometheus.', {
        responses: {
          200: {
            description: 'Text format 0.0.4.',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
      }),
    },
  };
}

function operation(summary: string, rest: object): object {
  return { summary, ...rest };
}

function get(summary: string, schema: object): object {
  return { get: operation(summary, { responses: { 200: jsonResponse(summary, schema) } }) };
}

function jsonResponse(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } };
}

function refusals(...statuses: readonly number[]): object {
  const meaning: Readonly<Record<number, string>> = {
    400: 'The request makes no sense; the hint says what does.',
    404: 'No such service; the hint offers the nearest name.',
    413: 'A request here has no body.',
    503: 'Too many at once.',
  };
  return Object.fromEntries(
    statuses.map((status) => [status, jsonResponse(meaning[status] ?? '', errorSchema)]),
  );
}

function ref(name: keyof typeof schemas): object {
  return { $ref: `#/components/schemas/${name}` };
}
