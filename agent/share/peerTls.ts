/**
 * TLS between agents. Each side may show the same certificate: it must be in force, from an authority that is trusted here,
 * and made out to the address that is asked or to the name of its region. Certificates can be replaced at any time.
 */

import { type AgentOptions, Agent as TlsAgent } from 'node:https';
import { checkServerIdentity, type Server, TLSSocket } from 'node:tls';
import type { RequestHandler } from 'express';
import type { Clock, Log } from '../model.ts';
import { createOncePerMinute } from './oncePerMinute.ts';
import type { Refusal } from './tokens.ts';

export interface PeerTls {
  /** PEM: the certificate that this agent shows, with those that lead to its authority, and its private key. */
  readonly cert: string;
  readonly key: string;
  /** PEM of the authorities that others' certificates are checked against; absent: those that Node.js knows. */
  readonly authorities?: string;
}

/** Connections to agents, kept alive. `region`: the name that their certificates may carry in place of the address. */
export function createTlsAgent(
  { authorities, ...own }: Partial<PeerTls>,
  region: string | undefined,
): TlsAgent {
  const options: AgentOptions = {
    keepAlive: true,
    ...own,
    ...(authorities === undefined ? {} : { ca: authorities }),
    checkServerIdentity(host, certificate) {
      const names = region === undefined ? [host] : [host, region];
      const fits = names.some((name) => checkServerIdentity(name, certificate) === undefined);
      return fits ? undefined : new OtherName(names, certificate.subjectaltname);
    },
  };
  return new TlsAgent(options);
}

class OtherName extends Error {
  readonly code = 'ERR_TLS_CERT_ALTNAME_INVALID';
  constructor(wanted: readonly string[], names: string | undefined) {
    super(`its certificate is made out to ${names ?? 'no name'}, not to ${wanted.join(' or ')}`);
  }
}

/** What a server needs of the certificates, now or as a replacement. */
export function serverContext({ cert, key, authorities }: PeerTls): {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
} {
  return { cert, key, ...(authorities === undefined ? {} : { ca: authorities }) };
}

interface RefuseDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** Tells the log of those who ask without TLS: all that they notice is a connection that ends. */
export function noticePlainPeers(server: Server, { clock, log }: RefuseDeps): void {
  const mayLog = createOncePerMinute(clock);
  server.on('tlsClientError', (error: Error & { readonly code?: string }, { remoteAddress }) => {
    const peer = remoteAddress ?? 'unknown';
    if (error.code !== 'ERR_SSL_HTTP_REQUEST' || !mayLog(peer)) return;
    log.warn(
      { peer, hint: 'Give MSA_TLS_CERT to that agent, too.' },
      'refused a peer: it does not speak TLS',
    );
  });
}

/**
 * Lets a request pass only where its connection has a certificate that is trusted here. It could be refused in the handshake
 * already, but then nobody on the other side would learn why.
 */
export function refuseStrangers({ clock, log }: RefuseDeps): RequestHandler {
  const mayLog = createOncePerMinute(clock);
  return ({ socket }, response, next) => {
    if (!(socket instanceof TLSSocket) || socket.authorized) return next();
    const error = `The asking agent shows no certificate that counts here: ${troubleWith(socket)}.`;
    const refusal: Refusal = { code: 'certificate', error, hint: RENEW };
    const peer = socket.remoteAddress ?? 'unknown';
    if (mayLog(`${peer} ${error}`)) log.warn({ peer, ...refusal }, `refused a peer: ${error}`);
    response.set('Connection', 'close').status(401).json(refusal);
  };
}

const RENEW = 'Give it a certificate from an authority that MSA_TLS_CA names on this side.';

function troubleWith(socket: TLSSocket): string {
  if (socket.getPeerX509Certificate() === undefined) return 'it has none';
  return certificateTrouble(String(socket.authorizationError)) ?? `${socket.authorizationError}`;
}

/** What is wrong with a certificate, by OpenSSL's or Node's code for it. Undefined: the code says nothing of certificates. */
export function certificateTrouble(code: string): string | undefined {
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet';
  if (code === 'INVALID_PURPOSE')
    return 'its certificate is not for this use (servers and clients, by its extended key usage)';
  if (UNTRUSTED.has(code)) return 'its certificate is from an authority that is not trusted here';
  return undefined;
}

const UNTRUSTED: ReadonlySet<string> = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
