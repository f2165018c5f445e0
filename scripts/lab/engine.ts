/**
 * A Docker engine as a machine of its own: its own network, mounts, host name, /etc, /run and process tree. Its first
 * process ends with everything below it, so a stopped or killed node leaves no process behind; what it leaves on disk
 * is what a machine keeps over a reboot.
 */

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cgroupOf, engineLog, namespaceFile, namespaceOf, nodeFolder, socketOf } from './places.ts';
import { endProcess, type Ran, type RunOptions, tryRun } from './run.ts';
import { until } from './until.ts';

/** Docker's own client. Another one of the same name may come first in the path, with other defaults. */
const dockerClient = '/usr/bin/docker';

// What the machine's boot would do, then the engine, under the init that Docker brings along to reap and pass signals on.
const boot = `
set -e
hostname "$NODE"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$FOLDER/etc,workdir=$FOLDER/etc-work" /etc
mount --bind "$FOLDER/run" /run
: > /etc/resolv.conf
exec docker-init -- dockerd --data-root "$FOLDER/data" --host unix:///var/run/docker.sock \\
  --cgroup-parent "/$CGROUP" --exec-opt native.cgroupdriver=cgroupfs --log-level warn
`;

/** Starts the node's engine and waits until it answers. Nothing happens where it runs already. */
export async function startEngine(lab: string, node: string): Promise<void> {
  if ((await enginePid(lab, node)) !== undefined) return;
  const folder = nodeFolder(lab, node);
  // /run and what is laid over /etc are new at every boot.
  for (const place of ['run', 'etc', 'etc-work']) {
    await rm(path.join(folder, place), { recursive: true, force: true });
    await mkdir(path.join(folder, place), { recursive: true });
  }
  await mkdir(path.join(folder, 'data'), { recursive: true });
  const log = openSync(engineLog(lab, node), 'a');
  const child = spawn(
    'nsenter',
    [
      `--net=${namespaceFile(namespaceOf(lab, node))}`,
      ...'unshare --mount --uts --pid --fork --kill-child --mount-proc sh -c'.split(' '),
      boot,
    ],
    {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, NODE: node, FOLDER: folder, CGROUP: cgroupOf(lab, node) },
    },
  );
  closeSync(log);
  child.unref();
  await writeFile(pidFile(lab, node), `${child.pid ?? ''}\n`);
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  const answers = async (): Promise<boolean> =>
    ended || (await docker(lab, node, ['version', '--format', 'ok'])).code === 0;
  await until(`the engine of ${node} answers`, answers, { withinMs: 90_000 }).catch((error: unknown) => {
    throw new Error(`the engine of ${node} does not start: ${lastWords(lab, node)}`, { cause: error });
  });
  if (ended) throw new Error(`the engine of ${node} ended at once: ${lastWords(lab, node)}`);
}

/** Runs Docker's client against the node's engine. */
export function docker(
  lab: string,
  node: string,
  args: readonly string[],
  { env = {}, ...options }: RunOptions = {},
): Promise<Ran> {
  return tryRun(dockerClient, ['--host', `unix://${socketOf(lab, node)}`, ...args], {
    ...options,
    // The builder that needs no plugin: only it finds images that were imported and never had a registry.
    env: { DOCKER_BUILDKIT: '0', ...env },
  });
}

/** Stops the engine in good order: its tasks get their signal and their time, as in a machine that is shut down. */
export async function stopEngine(lab: string, node: string): Promise<void> {
  const pid = await enginePid(lab, node);
  if (pid === undefined) return;
  // The outermost process waits outside; the first of those inside passes the signal on to the engine.
  await tryRun('nsenter', [`--pid=/proc/${pid}/ns/pid_for_children`, 'sh', '-c', 'kill -TERM 1']);
  await until(`the engine of ${node} stops`, async () => (await enginePid(lab, node)) === undefined, {
    withinMs: 60_000,
  });
}

/** Ends the engine and all its tasks in one instant, as when a machine loses its power. */
export async function killEngine(lab: string, node: string): Promise<void> {
  const pid = await enginePid(lab, node);
  if (pid === undefined) return;
  endProcess(pid, 'SIGKILL');
  await until(`the engine of ${node} is gone`, async () => (await enginePid(lab, node)) === undefined);
}

/** Process id of the node's outermost process, while it lives. */
export async function enginePid(lab: string, node: string): Promise<number | undefined> {
  const written = await readFile(pidFile(lab, node), 'utf8').catch(() => '');
  const pid = Number.parseInt(written, 10);
  if (!Number.isInteger(pid)) return undefined;
  // Process ids are used again; only this lab's engines have the folder in their environment.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment.split('\0').includes(`FOLDER=${nodeFolder(lab, node)}`) ? pid : undefined;
}

function lastWords(lab: string, node: string): string {
  return readFileSync(engineLog(lab, node), 'utf8').split('\n').slice(-10).join('\n');
}

const pidFile = (lab: string, node: string): string => path.join(nodeFolder(lab, node), 'engine.pid');
