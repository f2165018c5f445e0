/** Asks another agent for a feed: one request, one value. What axios throws stays here, since it carries the token. */

import { Agent } from 'node:http';
import axios, { isAxiosError } from 'axios';
import { z } from 'zod';
import { certificateTrouble, createTlsAgent, type PeerTls } from './peerTls.ts';
import { type Answer, readAnswer } from './wire.ts';

/**
 * Why there is no answer that counts. `refused`: the host is there and nobody listens: its agent is gone. `impostor`: it is
 * somebody else's. `silent`: that agent has nothing to tell. `tls`: its certificate, or this agent's, is not believed, or it speaks no TLS.
 */
export interface Failure {
  readonly code:
    | 'refused'
    | 'unreachable'
    | 'slow'
    | 'token'
    | 'tls'
    | 'status'
    | 'too-large'
    | 'nonsense'
    | 'impostor'
    | 'silent'
    | 'stopped';
  /** For people. */
  readonly detail: string;
}

export type AskResult =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly failure: Failure };

export interface PeerClient extends Disposable {
  /** Never rejects. The signal ends the request, which then counts as slow. */
  ask(url: string, token: string, signal: AbortSignal): Promise<AskResult>;
}

interface RenewablePeerClient extends PeerClient {
  /** Puts other certificates and authorities in force for new connections; idle ones end, requests under way do not. */
  replaceCertificates(tls: PeerTls): void;
}

interface PeerClientDeps {
  /** What peers' certificates are checked against, and what is shown to those who ask for one. */
  readonly tls?: Partial<PeerTls>;
  /** The region whose agents are asked: their certificates may be made out to its name instead of their address. */
  readonly region?: string;
  readonly largestAnswerBytes?: number;
}

const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;

/** Keeps its connections alive; disposing closes them. */
export function createPeerClient({
  tls = {},
  region,
  largestAnswerBytes = LARGEST_ANSWER_BYTES,
}: PeerClientDeps = {}): RenewablePeerClient {
  const httpAgent = new Agent({ keepAlive: true });
  let httpsAgent = createTlsAgent(tls, region);
  const agents = new Set([httpsAgent]);
  const client = axios.create({
    httpAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: largestAnswerBytes,
    // A few bytes could unpack to more than is allowed before anybody counts.
    decompress: false,
    responseType: 'json',
    validateStatus: () => true,
    headers: { Accept: 'application/json', 'Accept-Encoding': 'identity', 'User-Agent': 'msa-agent' },
  });
  return {
    async ask(url, token, signal) {
      try {
        const response = await client.get<unknown>(url, {
          headers: { Authorization: `Bearer ${token}` },
          httpsAgent,
          signal,
        });
        return read(response.status, response.data);
      } catch (error) {
        return failed(codeOf(error), detailOf(error));
      }
    },
    replaceCertificates(replacement) {
      // Requests under way are left to end; their connections are not kept after.
      httpsAgent.maxFreeSockets = 0;
      for (const socket of Object.values(httpsAgent.freeSockets).flat()) socket?.destroy();
      httpsAgent = createTlsAgent(replacement, region);
      agents.add(httpsAgent);
    },
    [Symbol.dispose]() {
      httpAgent.destroy();
      for (const agent of agents) agent.destroy();
    },
  };
}

const refusalShape = z.object({ code: z.string().optional(), error: z.string().max(500) });

function read(status: number, body: unknown): AskResult {
  if (status !== 200) {
    const said = refusalShape.safeParse(body).data;
    const code = said?.code === 'certificate' ? 'tls' : status === 401 ? 'token' : 'status';
    return failed(code, `status ${status}${said === undefined ? '' : `: ${said.error}`}`);
  }
  const answer = readAnswer(body);
  return answer === undefined ? failed('nonsense', 'the answer is not a feed') : { ok: true, answer };
}

function codeOf(error: unknown): Failure['code'] {
  if (!isAxiosError(error)) return 'unreachable';
  if (error.code === 'ERR_CANCELED') return 'slow';
  if (error.code === 'ECONNREFUSED') return 'refused';
  if (isAboutTls(error.code)) return 'tls';
  return error.message.startsWith('maxContentLength') ? 'too-large' : 'unreachable';
}

function isAboutTls(code = ''): boolean {
  return ['EPROTO', 'ERR_TLS_CERT_ALTNAME_INVALID'].includes(code) || certificateTrouble(code) !== undefined;
}

/** The message alone: the error itself carries the request, and with it the token. */
function detailOf(error: unknown): string {
  if (isAxiosError(error)) {
    if (error.code === 'ERR_CANCELED') return 'no answer in time';
    if (error.code === 'EPROTO') return 'TLS is not spoken there (MSA_TLS_CERT)';
    const trouble = certificateTrouble(error.code ?? '');
    if (trouble !== undefined) return trouble;
  }
  return error instanceof Error ? error.message : 'no answer';
}

function failed(code: Failure['code'], detail: string): AskResult {
  return { ok: false, failure: { code, detail } };
}
