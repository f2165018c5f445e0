/** Key pairs of regions, for tests. */

import { generateKeyPairSync } from 'node:crypto';

/** PEM of both halves; `P-256`, as regions have, unless another curve is asked for. */
export function keyPair(namedCurve = 'P-256'): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}
