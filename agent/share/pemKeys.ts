/** Keys of regions as PEM text: P-256, for ES256. What is wrong with a text is said without a word of what it holds. Pure. */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** The keys in a text, in its order, and what is wrong with the others: parts of sentences that begin with `holds`. */
export interface PemKeys {
  readonly keys: readonly KeyObject[];
  readonly wrong: readonly string[];
}

interface Block {
  /** `PRIVATE KEY`, `PUBLIC KEY` … */
  readonly label: string;
  readonly text: string;
}

/** The private keys of a text. */
export function readPrivateKeys(text: string): PemKeys {
  return readBlocks(text, 'a private key', ({ label, text: pem }) => {
    if (label === 'PUBLIC KEY') return 'a public key, where the private one belongs';
    if (label === 'ENCRYPTED PRIVATE KEY' || pem.includes('ENCRYPTED')) return 'a key with a passphrase';
    return label === 'PRIVATE KEY' || label === 'EC PRIVATE KEY' ? createPrivateKey(pem) : OTHER;
  });
}

/** The public keys of a text. */
export function readPublicKeys(text: string): PemKeys {
  return readBlocks(text, 'a public key', ({ label, text: pem }) => {
    if (label.endsWith('PRIVATE KEY')) return 'a private key, which must never leave its own region';
    return label === 'PUBLIC KEY' ? createPublicKey(pem) : OTHER;
  });
}

const OTHER = 'something that is no key of a region';

function readBlocks(text: string, what: string, read: (block: Block) => KeyObject | string): PemKeys {
  const keys: KeyObject[] = [];
  const wrong: string[] = [];
  for (const block of blocksOf(text)) {
    const key = attempt(() => read(block)) ?? `${what} that can't be read`;
    if (typeof key === 'string') wrong.push(`holds ${key}`);
    else if (isP256(key)) keys.push(key);
    else wrong.push('holds a key of another kind than P-256');
  }
  return keys.length + wrong.length === 0 ? { keys, wrong: [`holds no PEM of ${what}`] } : { keys, wrong };
}

function blocksOf(text: string): readonly Block[] {
  const found = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----/gs);
  // `openssl ecparam -genkey` puts the name of the curve before the key.
  return Array.from(found, ([block, label = '']) => ({ label, text: block })).filter(
    ({ label }) => label !== 'EC PARAMETERS',
  );
}

function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // What OpenSSL says is of no help to people, and could quote the key.
    return undefined;
  }
}
