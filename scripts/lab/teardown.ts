/** Takes labs down so that nothing of them is left: processes, namespaces, cgroups, files. Whole labs or halves alike. */

import { readdir, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { killEngine } from './engine.ts';
import { stopForwards } from './forward.ts';
import { removeNetwork } from './network.ts';
import { cgroupOf, labFolder } from './places.ts';
import { run } from './run.ts';
import { isAlive, listLabs, readLabState } from './state.ts';
import { until } from './until.ts';

/** Ends the lab and removes its every trace. Nothing happens where there is none. */
export async function removeLab(lab: string): Promise<void> {
  const places = await readdir(labFolder(lab), { withFileTypes: true }).catch(() => []);
  const nodes = places.filter((place) => place.isDirectory()).map((place) => place.name);
  await Promise.all(nodes.map((node) => killEngine(lab, node)));
  await stopForwards(lab);
  await removeNetwork(lab);
  await removeCgroups(cgroupOf(lab, ''));
  // Mounts go with the last process of their namespace, which may take a moment more.
  await until(`the files of the lab ${lab} can be removed`, async () => {
    // Many thousand files: the program is ten times as quick as Node.
    await run('rm', ['-rf', labFolder(lab)]);
    return true;
  });
}

/** Removes the labs whose owners are gone: of crashed tests, say. Gives their names. */
export async function sweepLabs(): Promise<readonly string[]> {
  const swept: string[] = [];
  for (const lab of await listLabs()) {
    const state = await readLabState(lab);
    // A folder without a state was left half made or half removed, unless somebody is at it right now.
    const left =
      state === undefined ? await isOld(labFolder(lab)) : state.owner !== undefined && !isAlive(state.owner);
    if (!left) continue;
    await removeLab(lab);
    swept.push(lab);
  }
  return swept;
}

async function isOld(folder: string): Promise<boolean> {
  const { mtimeMs } = await stat(folder);
  return Date.now() - mtimeMs > 60_000;
}

async function removeCgroups(prefix: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const top = await readdir(root).catch(() => []);
  // Version 1 has a hierarchy for each controller, version 2 one for all.
  for (const hierarchy of [root, ...top.map((name) => path.join(root, name))]) {
    const groups = await readdir(hierarchy).catch(() => []);
    for (const group of groups.filter((name) => name.startsWith(prefix))) {
      await removeCgroup(path.join(hierarchy, group));
    }
  }
}

/** A cgroup goes by rmdir, from the innermost outwards. */
async function removeCgroup(folder: string): Promise<void> {
  const inner = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of inner) if (entry.isDirectory()) await removeCgroup(path.join(folder, entry.name));
  await until(`the cgroup ${folder} is empty`, async () => {
    await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    return true;
  });
}
