/** What can be said of certificates before anybody is shown them: whether they can be used, and how long they last. Pure. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Problem } from '../model.ts';
import type { PeerTls } from '../share/peerTls.ts';

/** Early enough for people to renew it. */
const WARN_BEFORE_MS = 14 * 24 * 3_600_000;

/** Why these can't be used; empty: they can. An expired certificate can: others refuse it, and load balancers may not care. */
export function refusalsOf({ cert, key, authorities }: PeerTls): readonly Problem[] {
  const certificate = attempt(() => new X509Certificate(cert));
  const privateKey = attempt(() => createPrivateKey(key));
  const problems: Problem[] = [];
  if (certificate === undefined)
    problems.push(refusal('MSA_TLS_CERT holds no certificate that can be read', 'Give it as PEM.'));
  if (privateKey === undefined)
    problems.push(
      refusal('MSA_TLS_KEY holds no private key that can be read', 'Give it as PEM, without a passphrase.'),
    );
  if (certificate !== undefined && privateKey !== undefined && !certificate.checkPrivateKey(privateKey))
    problems.push(
      refusal(
        'MSA_TLS_KEY is not the key of MSA_TLS_CERT',
        'Put this agent’s own certificate first, and give its key.',
      ),
    );
  if (authorities !== undefined && attempt(() => new X509Certificate(authorities)) === undefined)
    problems.push(refusal('MSA_TLS_CA holds no certificate that can be read', 'Give it as PEM.'));
  if (problems.length > 0) return problems;
  const usable = attempt(() => createSecureContext({ cert, key, ca: authorities ?? [] }));
  return usable === undefined
    ? [refusal('the certificates are too weak for TLS', 'Make keys of 2048 bits RSA, or P-256.')]
    : [];
}

/** Until when the certificate that this agent shows is valid. */
export function expiryOf({ cert }: PeerTls): number {
  return new X509Certificate(cert).validToDate.getTime();
}

/** That it ends soon, or has ended. */
export function ageProblems(expiresAtMs: number, nowMs: number): readonly Problem[] {
  if (nowMs < expiresAtMs - WARN_BEFORE_MS) return [];
  const day = new Date(expiresAtMs).toISOString().slice(0, 10);
  const ended = nowMs >= expiresAtMs;
  return [
    {
      code: ended ? 'certificate-expired' : 'certificate-expires',
      message: ended
        ? `This agent's certificate expired on ${day}: other agents refuse it.`
        : `This agent's certificate expires on ${day}.`,
      hint: 'Put a new one in place (MSA_TLS_CERT, MSA_TLS_KEY); where the files change in place, no restart is needed.',
    },
  ];
}

function refusal(what: string, hint: string): Problem {
  return { code: 'bad-certificate', message: `TLS: ${what}.`, hint };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // What OpenSSL says is of no help to people.
    return undefined;
  }
}
