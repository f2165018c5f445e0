/** The keys that a region's agents sign and check tokens with. Key material never leaves this file but as `KeyObject`. */

import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import type { Problem } from '../model.ts';

export interface Key {
  /** A short hash of the key: tells the receiver which of the valid keys signed. */
  readonly id: string;
  readonly key: KeyObject;
  readonly algorithm: 'HS256';
}

export interface Keyring {
  /** What this agent signs with. */
  readonly signing: Key;
  /** Every key that counts now, by id: old and new ones while they are rotated. */
  readonly accepted: ReadonlyMap<string, Key>;
}

export type KeyringResult =
  | { readonly ok: true; readonly keyring: Keyring }
  | { readonly ok: false; readonly problem: Problem };

/** Shorter secrets can be guessed from one token. */
const SHORTEST_SECRET = 16;

/**
 * Keys from shared secrets. The first signs; all are accepted, so that a new secret can be rolled out node by node: first
 * added behind the old one everywhere, then put before it, then the old one taken away.
 */
export function keyringOfSecrets(secrets: readonly string[]): KeyringResult {
  if (secrets.some((secret) => secret.length < SHORTEST_SECRET)) {
    return refused(
      `a secret is shorter than ${SHORTEST_SECRET} characters`,
      'Make one with `openssl rand -base64 32` and give it to every agent of the region.',
    );
  }
  const keys = secrets.map(keyOfSecret);
  const [signing] = keys;
  if (signing === undefined) {
    return refused(
      'no secret is given',
      'Give the agents of a region one shared secret, as a Swarm secret in a file.',
    );
  }
  return { ok: true, keyring: { signing, accepted: new Map(keys.map((key) => [key.id, key])) } };
}

function keyOfSecret(secret: string): Key {
  const bytes = Buffer.from(secret, 'utf8');
  return {
    // Hashed with a word before it, so that the id is no plain hash of the secret to look up in a table.
    id: createHash('sha256').update('msa key id\n').update(bytes).digest('base64url').slice(0, 11),
    key: createSecretKey(bytes),
    algorithm: 'HS256',
  };
}

function refused(what: string, hint: string): KeyringResult {
  return { ok: false, problem: { code: 'bad-secret', message: `Peers' tokens: ${what}.`, hint } };
}
