/**
 * The keys that agents sign and check tokens with: secrets that agents share, and a key pair for each region.
 *
 * Who knows a secret can sign in anybody's name, so between regions that are not to stand in for each other there are key
 * pairs: a region's public key counts for the name of that region only. Key material leaves this room as `KeyObject` alone.
 */

import { createHash, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { Problem } from '../model.ts';
import { readPrivateKeys, readPublicKeys } from './pemKeys.ts';

interface Key {
  /** A short hash of the key: tells the receiver which of the valid keys signed. */
  readonly id: string;
  readonly key: KeyObject;
  readonly algorithm: 'HS256' | 'ES256';
}

export interface AcceptedKey extends Key {
  /** The one region in whose name it may sign; absent: in the name of any, since those who share a secret are equal. */
  readonly owner?: string;
}

export interface Keyring {
  /** What this agent signs with for agents of its own region. */
  readonly signing: Key;
  /** What it signs with for agents of other regions. */
  readonly signingAbroad: Key;
  /** Every key that counts now, by id: old and new ones while they are rotated. */
  readonly accepted: ReadonlyMap<string, AcceptedKey>;
}

/** What a keyring is made of, as an operator gives it. Of secrets and of private keys the first signs, and all are accepted. */
export interface KeyMaterial {
  readonly region: string;
  readonly secrets: readonly string[];
  /** PEM of this region's private keys, one after the other; empty: none. */
  readonly privateKeys: string;
  /** Files of public keys; the name up to its first dot is the region whose keys it holds. */
  readonly trusted: readonly { readonly name: string; readonly text: string }[];
  /** Secrets count between regions too, though there are private keys. Without private keys they always do. */
  readonly secretAbroad: boolean;
}

export type KeyringResult =
  | { readonly ok: true; readonly keyring: Keyring }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Shorter secrets can be guessed from one token. */
const SHORTEST_SECRET = 16;

/** Makes a keyring, or says all that is wrong with what it should be made of. */
export function createKeyring(material: KeyMaterial): KeyringResult {
  const secrets = keysOfSecrets(material);
  const own = keysOfRegion(material);
  const trusted = material.trusted.map(keysOfFile);
  const accepted = [...secrets.keys, ...own.keys.map(publicHalf), ...trusted.flatMap(({ keys }) => keys)];
  const problems = [...secrets.problems, ...own.problems, ...trusted.flatMap((file) => file.problems)];
  const all = [...problems, ...keysOfTwo(accepted)];
  const signing = secrets.keys[0] ?? own.keys[0];
  const signingAbroad = own.keys[0] ?? secrets.keys[0];
  if (all.length > 0) return { ok: false, problems: all };
  if (signing === undefined || signingAbroad === undefined) return { ok: false, problems: [NOTHING] };
  return {
    ok: true,
    keyring: { signing, signingAbroad, accepted: new Map(accepted.map((key) => [key.id, key])) },
  };
}

interface Keys {
  readonly keys: readonly AcceptedKey[];
  readonly problems: readonly Problem[];
}

const NOTHING: Problem = {
  code: 'bad-secret',
  message: 'There is no secret and no key to sign tokens with.',
  hint: 'Make a secret with `msa keys secret`, and give it to every agent of the region.',
};

function keysOfSecrets({ region, secrets, privateKeys, secretAbroad }: KeyMaterial): Keys {
  if (secrets.some((secret) => secret.length < SHORTEST_SECRET)) {
    return refused(
      'bad-secret',
      `A secret is shorter than ${SHORTEST_SECRET} characters.`,
      'Make one with `msa keys secret`, and give it to every agent of the region.',
    );
  }
  const onlyHere = privateKeys !== '' && !secretAbroad;
  const keys = secrets.map((secret): AcceptedKey => {
    const bytes = Buffer.from(secret, 'utf8');
    return {
      id: nameOf(bytes),
      key: createSecretKey(bytes),
      algorithm: 'HS256',
      ...(onlyHere ? { owner: region } : {}),
    };
  });
  return { keys, problems: [] };
}

/** This region's own keys, as it signs with them. */
function keysOfRegion({ region, privateKeys }: KeyMaterial): Keys {
  if (privateKeys === '') return { keys: [], problems: [] };
  const { keys, wrong } = readPrivateKeys(privateKeys);
  if (wrong.length > 0) {
    const hint = `Make a key pair with \`msa keys pair --region ${region}\`, and give the agents its private half.`;
    return refused('bad-key', `MSA_KEY ${wrong.join(', ')}.`, hint);
  }
  return {
    keys: keys.map((key) => ({
      id: nameOf(publicBytes(createPublicKey(key))),
      key,
      algorithm: 'ES256',
      owner: region,
    })),
    problems: [],
  };
}

function publicHalf(own: AcceptedKey): AcceptedKey {
  return { ...own, key: createPublicKey(own.key) };
}

function keysOfFile({ name, text }: KeyMaterial['trusted'][number]): Keys {
  const owner = name.split('.')[0] ?? '';
  const { keys, wrong } = readPublicKeys(text);
  if (wrong.length > 0 || owner === '') {
    const what = owner === '' ? 'has no region in its name' : wrong.join(', ');
    const hint =
      'Put public keys there, each in a file named after its region, as `msa keys pair` makes them: west.pem.';
    return refused('bad-trust', `The trusted file ${name} ${what}.`, hint);
  }
  return {
    keys: keys.map((key) => ({ id: nameOf(publicBytes(key)), key, algorithm: 'ES256', owner })),
    problems: [],
  };
}

/** One key for two regions would let each sign in the other's name. */
function keysOfTwo(keys: readonly AcceptedKey[]): readonly Problem[] {
  const owners = new Map<string, string | undefined>();
  const problems: Problem[] = [];
  for (const { id, owner } of keys) {
    if (owners.has(id) && owners.get(id) !== owner) {
      problems.push({
        code: 'bad-trust',
        message: `The regions ${owners.get(id)} and ${owner} have the same key.`,
        hint: 'Make a key pair for each region, with `msa keys pair`.',
      });
    }
    owners.set(id, owner);
  }
  return problems;
}

function publicBytes(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/** Hashed with a word before it, so that the id of a secret is no plain hash of it to look up in a table. */
function nameOf(bytes: Buffer): string {
  return createHash('sha256').update('msa key id\n').update(bytes).digest('base64url').slice(0, 11);
}

function refused(code: string, message: string, hint: string): Keys {
  return { keys: [], problems: [{ code, message, hint }] };
}
