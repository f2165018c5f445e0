/**
 * Turns errors of sockets, TLS and the HTTP parser into outcomes that people understand.
 *
 * Always holds: what says nothing about the instance (no file descriptors, no local port, an error nobody knows) is
 * unknown, never a fail. Details carry no times that vary, because an observation travels whenever it changes.
 */

import type { FailReason, Outcome } from '../model.ts';

const closed = { reason: 'closed', detail: 'the connection was closed half-way' } as const;

const byCode: Readonly<Record<string, { readonly reason: FailReason; readonly detail: string }>> = {
  ECONNREFUSED: { reason: 'refused', detail: 'connection refused: nothing listens there' },
  ECONNRESET: closed,
  ECONNABORTED: closed,
  EPIPE: closed,
  HPE_INVALID_EOF_STATE: closed,
  EHOSTUNREACH: { reason: 'unreachable', detail: 'no route to the host' },
  EHOSTDOWN: { reason: 'unreachable', detail: 'the host is down' },
  ENETUNREACH: { reason: 'unreachable', detail: 'no route to the network' },
  ENETDOWN: { reason: 'unreachable', detail: 'the network is down' },
  ENOTFOUND: { reason: 'unreachable', detail: 'the host name does not resolve' },
  EAI_AGAIN: { reason: 'unreachable', detail: 'the host name does not resolve just now' },
  ETIMEDOUT: { reason: 'timeout', detail: 'the network gave up connecting' },
  HPE_HEADER_OVERFLOW: { reason: 'too-large', detail: 'the headers are larger than 16 KiB' },
};

const tlsCode =
  /^(EPROTO$|ERR_SSL_|ERR_TLS_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_)/;

/** The outcome of a probe that ended in this error. */
export function outcomeOf(error: Error): Outcome {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = byCode[code];
  if (known !== undefined) return { result: 'fail', ...known };
  if (code.startsWith('HPE_')) return fail('not-http', `the answer is not HTTP/1.1 (${code})`);
  if (tlsCode.test(code)) return fail('tls', `TLS failed: ${tlsWords[code] ?? code}`);
  const detail = `the agent could not ask: ${code === '' ? error.name : code}`;
  return { result: 'unknown', reason: 'prober-broke', detail };
}

const tlsWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is from an authority nobody here trusts',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is from an authority nobody here trusts',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is from an authority nobody here trusts',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the other side does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the other side does not speak TLS',
};

export function fail(reason: FailReason, detail: string): Outcome {
  return { result: 'fail', reason, detail };
}
