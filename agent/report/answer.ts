/** An answer of few words, ready to be sent: how load balancers' answers and all refusals leave the agent. */

import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  /** Name, value, name, value …: the form that node:http writes out without looking at it again. */
  readonly headers: string[];
  readonly body: string;
}

/** Why a request gets no answer, and what to ask instead. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly hint: string;
}

/** A JSON answer that nobody may cache. Extra headers are given as name, value, name, value … */
export function jsonAnswer(status: number, body: object, headers: readonly string[] = []): Answer {
  const text = `${JSON.stringify(body)}\n`;
  return {
    status,
    headers: [
      'content-type',
      'application/json; charset=utf-8',
      'content-length',
      String(Buffer.byteLength(text)),
      'cache-control',
      'no-store',
      ...headers,
    ],
    body: text,
  };
}

/** A refusal as JSON `{ error, hint }`. */
export function refusalAnswer({ status, error, hint }: Refusal, headers: readonly string[] = []): Answer {
  return jsonAnswer(status, { error, hint }, headers);
}

/** For any request that announces a body: the connection closes, so that the body is never read. */
export const bodyRefused: Answer = refusalAnswer(
  { status: 413, error: 'A request here has no body.', hint: 'Send the request without a body.' },
  ['connection', 'close'],
);

/** Sends it; to HEAD without its body, which node:http leaves out by itself. */
export function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

/** Did the client announce a body? No request of this listener has one. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}
