/** `msa keys`: makes what agents sign with. Private parts go into files that only their owner can read, and nowhere else unless asked. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from './ask.ts';

/** Makes a shared secret. Returns what to print: the secret itself only where there is no file for it. */
export async function makeSecret(wish: {
  readonly out?: string | undefined;
  readonly print?: boolean | undefined;
}): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  if (wish.out !== undefined) {
    await writeNew(wish.out, `${secret}\n`, 0o600);
    return `${wish.out}: a new secret. Next: docker secret create msa_secret ${wish.out}`;
  }
  if (wish.print) return secret;
  throw new CommandError(
    'A secret is not shown unless you say so.',
    'Write it to a file with --out secret.txt, or print it with --print.',
  );
}

/** Makes a region's key pair in a folder. Returns what to print: names of files alone. */
export async function makePair(wish: {
  readonly region: string;
  readonly out: string;
  readonly name?: string | undefined;
}): Promise<string> {
  const { region, out, name } = wish;
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(region)) {
    throw new CommandError(
      `${JSON.stringify(region)} is no name of a region.`,
      'Use letters, digits, "-" and "_".',
    );
  }
  if (name !== undefined && !/^[A-Za-z0-9_-]{1,63}$/.test(name)) {
    throw new CommandError(
      `${JSON.stringify(name)} is no name for a key.`,
      'Use letters, digits, "-" and "_".',
    );
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await mkdir(out, { recursive: true });
  const path = join(out, name === undefined ? region : `${region}.${name}`);
  await writeNew(`${path}.key`, privateKey, 0o600);
  await writeNew(`${path}.pem`, publicKey, 0o644);
  return [
    `${path}.key: the private half, for the agents of ${region} alone (MSA_KEY_FILE)`,
    `${path}.pem: the public half, for the agents of all regions (a file in the folder MSA_TRUST)`,
  ].join('\n');
}

/** Never over a file that is there: it may be the only copy of a key in use. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(path, text, { mode, flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST')
      throw new CommandError(
        `${path} is there already.`,
        'Move it away, or choose another name: it may be in use.',
      );
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${path} can't be written: ${why}`, 'Choose another place with --out.');
  }
}
