/**
 * A way into a lab for people's browsers: a loopback port of this machine leads to a port in the lab. Two small relays
 * meet at a Unix socket, which is the one thing that both networks can see. They stay until the lab is taken down.
 */

import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { labFolder, namespaceFile } from './places.ts';
import { endProcess } from './run.ts';
import { until } from './until.ts';

export interface Forward {
  readonly lab: string;
  /** On 127.0.0.1 of this machine. */
  readonly port: number;
  /** The network namespace in which `target` is asked. */
  readonly namespace: string;
  /** `10.77.1.1:7070`. */
  readonly target: string;
}

/** Opens the way, and waits until it is open. Throws where the port is taken. */
export async function startForward({ lab, port, namespace, target }: Forward): Promise<void> {
  const socket = path.join(labFolder(lab), `forward-${port}.sock`);
  const inside = ['socat', `UNIX-LISTEN:${socket},fork,unlink-early`, `TCP:${target}`];
  spawnRelay(['nsenter', `--net=${namespaceFile(namespace)}`, ...inside]);
  const outside = spawnRelay([
    'socat',
    `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`,
    `UNIX-CONNECT:${socket}`,
  ]);
  // The inner relay ends with the namespace that it is in; of the outer one nothing but this file knows.
  await writeFile(path.join(labFolder(lab), `forward-${port}.pid`), `${outside.pid ?? ''}\n`);
  await until(`port ${port} of this machine leads into the lab`, async () => {
    if (outside.exitCode !== null) throw new Error(`is another program using port ${port}?`);
    return connects(port);
  });
}

/** Closes all ways into the lab, as part of taking it down. */
export async function stopForwards(lab: string): Promise<void> {
  const files = (await readdir(labFolder(lab)).catch(() => [])).filter((name) =>
    /^forward-\d+\.pid$/.test(name),
  );
  for (const file of files) {
    const pid = (await readFile(path.join(labFolder(lab), file), 'utf8')).trim();
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    // The id may be another program's by now.
    if (command.includes(labFolder(lab))) endProcess(Number(pid), 'SIGTERM');
  }
}

function spawnRelay([program = '', ...args]: readonly string[]) {
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  child.unref();
  return child;
}

/** The port where it is free, else the next that is. */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.on('error', () => resolve(false)).listen(wanted, '127.0.0.1', () => resolve(true));
  });
  await new Promise((resolve) => server.close(resolve));
  return free ? wanted : freePort(wanted + 1);
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
