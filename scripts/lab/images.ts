/**
 * The images of a lab, built from the repository's own Dockerfiles in an engine without a network, and kept as the
 * image store of that engine. Other engines start on a copy of the store, which costs a few links instead of a load.
 */

import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { baseImage, baseKey, baseTar } from './base.ts';
import { docker, startEngine, stopEngine } from './engine.ts';
import { startKeeper } from './keeper.ts';
import { withLock } from './lock.ts';
import { createNetwork } from './network.ts';
import { cacheFolder, nodeFolder, repository } from './places.ts';
import { nodesOf } from './plan.ts';
import { run } from './run.ts';
import { writeLabState } from './state.ts';
import { removeLab } from './teardown.ts';

type Say = (what: string) => void;

interface ImageSource {
  readonly tag: string;
  /** Files and folders that go into its build, relative to the repository. */
  readonly context: string;
  readonly parts: readonly string[];
}

const agentImage: ImageSource = {
  tag: 'msa:latest',
  context: '.',
  parts: ['Dockerfile', 'package.json', 'package-lock.json', 'agent', 'rules'],
};
const demoImage: ImageSource = { tag: 'msa-demo:latest', context: 'stacks/demo', parts: ['.'] };
const kept = 3;

/** Builds what is not built yet; gives the folder of an image store that holds all images of the repository as it is now. */
export async function ensureImages(say: Say): Promise<string> {
  return withLock('images', async () => {
    const store = path.join(cacheFolder, `images-${await imagesKey()}`);
    if (await exists(store)) await utimes(store, new Date(), new Date());
    else await buildStore(store, say);
    return store;
  });
}

/** Gives a node that has not been started yet the images of a store. */
export async function installImages(store: string, lab: string, node: string): Promise<void> {
  const data = path.join(nodeFolder(lab, node), 'data');
  await mkdir(data, { recursive: true });
  // Layers are never written again, so all engines can share them; Docker's records of them are each engine's own.
  await run('cp', ['-a', '--link', path.join(store, 'overlay2'), data]);
  await run('cp', ['-a', path.join(store, 'image'), data]);
}

async function imagesKey(): Promise<string> {
  const hash = createHash('sha256').update(await baseKey());
  for (const { context, parts } of [agentImage, demoImage]) {
    for (const part of parts) await hashTree(path.join(repository, context, part), hash);
  }
  return hash.digest('hex').slice(0, 16);
}

async function hashTree(place: string, hash: { update(data: string | Buffer): unknown }): Promise<void> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return;
  hash.update(`${path.relative(repository, place)}\0${found.mode & 0o111}\0`);
  if (!found.isDirectory()) {
    hash.update(await readFile(place));
    return;
  }
  for (const name of (await readdir(place)).sort()) await hashTree(path.join(place, name), hash);
}

/** Builds in a lab of one engine, on top of the newest store there is, so that only what changed is built. */
async function buildStore(store: string, say: Say): Promise<void> {
  const lab = `build${process.pid}`;
  const [node] = nodesOf({ builder: { managers: 1, workers: 0 } });
  if (node === undefined) return;
  const tar = await baseTar(say);
  const packed = await packagesTar(say);
  say('building the images');
  const keeper = startKeeper(lab);
  try {
    await writeLabState({ name: lab, owner: process.pid, nodes: [node] });
    await createNetwork(lab, [node]);
    const [newest] = await newestFirst(stores);
    if (newest !== undefined) await installImages(newest, lab, node.name);
    await startEngine(lab, node.name);
    const inBuilder = async (...args: readonly string[]): Promise<string> => {
      const ran = await docker(lab, node.name, args);
      if (ran.code !== 0) throw new Error(`docker ${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
      return ran.stdout.trim();
    };
    const key = await baseKey();
    const imported = await inBuilder('images', '--quiet', `--filter=label=msa.lab.base=${key}`, baseImage);
    if (imported === '') {
      const described = ['--change', `LABEL msa.lab.base=${key}`, '--change', 'CMD ["node"]'];
      await inBuilder('import', ...described, tar, baseImage);
    }
    const staged = path.join(nodeFolder(lab, node.name), 'context');
    await stageAgent(staged, packed);
    // The stage with the packages gets a name of its own, so that the next build finds it after the pruning.
    await inBuilder('build', '--target', 'packages', '--tag', 'msa-packages:latest', staged);
    await inBuilder('build', '--tag', agentImage.tag, staged);
    await inBuilder('build', '--tag', demoImage.tag, path.join(repository, demoImage.context));
    await inBuilder('image', 'prune', '--force');
    await stopEngine(lab, node.name);
    await keepStore(path.join(nodeFolder(lab, node.name), 'data'), store);
  } finally {
    await removeLab(lab);
    keeper.dismiss();
  }
}

/** A build context as a user's, with the one thing added that the build can't fetch here: the npm packages. */
async function stageAgent(staged: string, packed: string): Promise<void> {
  for (const part of agentImage.parts) {
    const from = path.join(repository, part);
    if (await exists(from)) await cp(from, path.join(staged, part), { recursive: true });
  }
  await mkdir(path.join(staged, 'rules'), { recursive: true });
  await cp(packed, path.join(staged, 'node_modules.tar'));
}

/** A tar of the npm packages that the agent needs at run time, fetched once for each state of the lock file. */
async function packagesTar(say: Say): Promise<string> {
  const lock = await readFile(path.join(repository, 'package-lock.json'));
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const tar = path.join(cacheFolder, `packages-${key}.tar`);
  if (await exists(tar)) return tar;
  say('fetching the npm packages of the image');
  const folder = path.join(cacheFolder, 'packages.part');
  await rm(folder, { recursive: true, force: true });
  for (const file of ['package.json', 'package-lock.json']) {
    await cp(path.join(repository, file), path.join(folder, file));
  }
  await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline'], { cwd: folder });
  await run('tar', ['-C', folder, '-cf', `${tar}.part`, 'node_modules']);
  await rename(`${tar}.part`, tar);
  await rm(folder, { recursive: true, force: true });
  await forgetOld(packages);
  return tar;
}

async function keepStore(data: string, store: string): Promise<void> {
  const part = `${store}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  for (const place of ['overlay2', 'image']) await rename(path.join(data, place), path.join(part, place));
  await rename(part, store);
  await forgetOld(stores);
}

const stores = /^images-[0-9a-f]{16}$/;
const packages = /^packages-[0-9a-f]{12}\.tar$/;

/** What older states of the repository needed; some stays, for those who go to and fro. */
async function forgetOld(kind: RegExp): Promise<void> {
  for (const old of (await newestFirst(kind)).slice(kept)) await rm(old, { recursive: true, force: true });
}

async function newestFirst(kind: RegExp): Promise<readonly string[]> {
  const names = (await readdir(cacheFolder)).filter((name) => kind.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const place = path.join(cacheFolder, name);
      return { place, mtimeMs: (await stat(place)).mtimeMs };
    }),
  );
  return found.sort((a, b) => b.mtimeMs - a.mtimeMs).map(({ place }) => place);
}

const exists = async (place: string): Promise<boolean> =>
  (await stat(place).catch(() => undefined)) !== undefined;
