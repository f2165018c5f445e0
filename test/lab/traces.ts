/** What a lab has left on the machine: anything at all that still bears its name. */

import { readdir, readFile } from 'node:fs/promises';
import { labFolder } from '../../scripts/lab/places.ts';
import { run } from '../../scripts/lab/run.ts';

/** One line for each process, namespace, cgroup, mount and folder of the lab; empty where nothing is left. */
export async function tracesOf(lab: string): Promise<readonly string[]> {
  const folder = labFolder(lab);
  const traces: string[] = [];
  const namespaces = await run('ip', ['netns', 'list']);
  traces.push(...namespaces.split('\n').filter((line) => line.startsWith(`msa-${lab}-`)));
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  traces.push(...mounts.split('\n').filter((line) => line.includes(folder)));
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (command.includes(folder) || environment.includes(folder)) traces.push(`process ${pid} ${command}`);
  }
  const hierarchies = ['.', ...(await readdir('/sys/fs/cgroup'))].map((name) => `/sys/fs/cgroup/${name}`);
  for (const hierarchy of hierarchies) {
    const groups = await readdir(hierarchy).catch(() => []);
    traces.push(...groups.filter((name) => name.startsWith(`msa-lab-${lab}-`)));
  }
  traces.push(...(await readdir(folder).catch(() => [])));
  return traces;
}
