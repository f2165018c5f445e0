/**
 * One GET request to a Docker engine: bounded in time and size, its outcome a value.
 *
 * An answer that is late, cut off, too large, or no JSON is a `DockerProblem` of its own kind, never an exception, and never
 * reads as an empty list. Requests don't share connections, so that a restarted engine can't fail one by a stale socket.
 */

import { IncomingMessage } from 'node:http';
import Dockerode from 'dockerode';
import { z } from 'zod';

export interface DockerProblem {
  readonly kind:
    | 'unreachable' // nobody there, or not for us
    | 'timeout'
    | 'cut-off'
    | 'nonsense' // not the JSON that Docker answers
    | 'not-manager' // only managers answer this
    | 'status'; // any other refusal
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** One sentence for people. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: DockerProblem };

export interface DockerRequest {
  /** Asks and parses the JSON answer. */
  get<T>(path: string, query: Query, shape: z.ZodType<T>, signal: AbortSignal): Promise<Answer<T>>;
  /** Opens an answer that goes on for ever; gives each line; resolves with why it ended. */
  follow(path: string, query: Query, signal: AbortSignal, lines: LineListener): Promise<DockerProblem>;
}

export type Query = Readonly<Record<string, unknown>>;

interface LineListener {
  readonly onOpen: () => void;
  readonly onLine: (line: string) => void;
}

/** A signal after so many milliseconds: `AbortSignal.timeout`, except in tests. */
export type DeadlineIn = (ms: number) => AbortSignal;

/** The part of docker-modem that is used. */
interface Modem {
  dial(options: object, callback: (error: unknown, answer: unknown) => void): void;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const MAX_LINE_LENGTH = 1024 * 1024;

/** Lets answers of every status through: what they mean is decided here. */
const EVERY_STATUS = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [100 + index, true]));

/**
 * Requests to the engine at `address`: `unix:///path`, `tcp://host:port`, `http://host:port` or `https://host:port`.
 * Throws where the address is none of these: that is a refusal to start.
 */
export function createDockerRequest(
  address: string,
  timeoutMs: number,
  deadlineIn: DeadlineIn,
): DockerRequest {
  const modem: Modem = new Dockerode({
    ...target(address),
    timeout: undefined,
    headers: { Connection: 'close' },
  }).modem;

  function problem(
    kind: DockerProblem['kind'],
    says: string,
    status?: number,
  ): { ok: false; problem: DockerProblem } {
    const message = `Docker at ${address} ${says}.`;
    return {
      ok: false,
      problem: { kind, message, hint: hintFor(kind, says), ...(status === undefined ? {} : { status }) },
    };
  }

  /** Resolves when the head of the answer is there. The signal ends it, and the reading of the body after it. */
  function open(path: string, query: Query, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const stopped = () => reject(signal.reason);
      if (signal.aborted) return stopped();
      signal.addEventListener('abort', stopped, { once: true });
      const options = {
        // docker-modem adds the query after a "?", and takes the last letter away where there is no query.
        ...(Object.keys(query).length > 0 ? { path: `${path}?`, options: query } : { path }),
        method: 'GET',
        isStream: true,
        abortSignal: signal,
        statusCodes: EVERY_STATUS,
      };
      modem.dial(options, (error, answer) => {
        signal.removeEventListener('abort', stopped);
        if (answer instanceof IncomingMessage) resolve(answer);
        else reject(error);
      });
    });
  }

  /** A whole answer, as text. */
  async function ask(path: string, query: Query, signal: AbortSignal): Promise<Answer<string>> {
    const deadline = deadlineIn(timeoutMs);
    let response: IncomingMessage | undefined;
    try {
      response = await open(path, query, AbortSignal.any([signal, deadline]));
      const body = await readBody(response);
      if (body === undefined)
        return problem('nonsense', `answered GET ${path} with more than ${MAX_BODY_BYTES} bytes`);
      return response.statusCode === 200
        ? { ok: true, value: body }
        : refusal(path, response.statusCode ?? 0, body);
    } catch (error) {
      if (deadline.aborted) return problem('timeout', `did not answer GET ${path} within ${timeoutMs} ms`);
      if (response !== undefined) return problem('cut-off', `cut its answer to GET ${path} off`);
      return problem('unreachable', `can't be reached (${reasonOf(error)})`);
    }
  }

  function refusal(path: string, status: number, body: string): Answer<never> {
    const said = refusalMessage(body);
    if (/not a swarm manager/i.test(said))
      return problem('not-manager', 'is not a manager of a Swarm', status);
    return problem('status', `answered GET ${path} with ${status}${said === '' ? '' : ` (${said})`}`, status);
  }

  return {
    async get(path, query, shape, signal) {
      const answer = await ask(path, query, signal);
      if (!answer.ok) return answer;
      const json = parseJson(answer.value);
      if (json === undefined) return problem('nonsense', `answered GET ${path} with what is no JSON`);
      const parsed = shape.safeParse(json);
      if (parsed.success) return { ok: true, value: parsed.data };
      const issue = parsed.error.issues[0];
      return problem('nonsense', `answered GET ${path} with ${issue?.path.join('.')}: ${issue?.message}`);
    },

    async follow(path, query, signal, lines) {
      let response: IncomingMessage | undefined;
      try {
        response = await open(path, query, signal);
        if (response.statusCode !== 200) {
          response.destroy();
          return problem('status', `answered GET ${path} with ${response.statusCode}`, response.statusCode)
            .problem;
        }
        lines.onOpen();
        const isWhole = await readLines(response, lines.onLine);
        if (!isWhole)
          return problem('nonsense', `sent a line of more than ${MAX_LINE_LENGTH} letters`).problem;
        return problem('cut-off', `ended its answer to GET ${path}`).problem;
      } catch (error) {
        if (response !== undefined) return problem('cut-off', `cut its answer to GET ${path} off`).problem;
        return problem('unreachable', `can't be reached (${reasonOf(error)})`).problem;
      }
    },
  };
}

/** What is undefined here keeps docker-modem from reading DOCKER_HOST of the environment in its place. */
function target(address: string): Dockerode.DockerOptions {
  const path = /^unix:\/\/(\/.+)$/.exec(address)?.[1];
  if (path !== undefined) return { socketPath: path, host: undefined, port: undefined, protocol: 'http' };
  const url = URL.parse(address.replace(/^tcp:/, 'http:'));
  const isBare = url !== null && url.hostname !== '' && (url.pathname === '/' || url.pathname === '');
  if (!isBare || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(
      `"${address}" is not the address of a Docker engine: write unix:///var/run/docker.sock or tcp://host:2375`,
    );
  }
  const protocol = url.protocol === 'https:' ? ('https' as const) : ('http' as const);
  return {
    socketPath: undefined,
    host: url.hostname,
    port: url.port || (protocol === 'https' ? 2376 : 2375),
    protocol,
  };
}

/** The body as text; undefined where it is too large. */
async function readBody(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    // Leaving the loop destroys the response.
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Gives each line as it comes; false where one grew too long. */
async function readLines(response: IncomingMessage, onLine: (line: string) => void): Promise<boolean> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_LENGTH) return false;
    for (const line of lines) {
      if (line.trim() !== '') onLine(line);
    }
  }
  return true;
}

/** Undefined where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refusalShape = z.object({ message: z.string() });

function refusalMessage(body: string): string {
  const parsed = refusalShape.safeParse(parseJson(body));
  const said = parsed.success ? parsed.data.message : body;
  return said.trim().replaceAll(/\s+/g, ' ').slice(0, 200);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function hintFor(kind: DockerProblem['kind'], says: string): string {
  if (says.includes('EACCES')) return "Let the agent's user read the socket: give it the socket's group.";
  switch (kind) {
    case 'unreachable':
      return 'Start Docker, or mount its socket (or set the address of a socket proxy) where the agent looks for it.';
    case 'timeout':
    case 'cut-off':
      return 'See whether the engine, or the proxy in front of it, is overloaded or starting.';
    case 'status':
      return 'Allow this GET request in the socket proxy, or look into the log of the engine.';
    case 'nonsense':
      return 'See whether that address is a Docker engine of version 20.10 or newer.';
    case 'not-manager':
      return 'Ask a manager.';
  }
}
