/** A real load balancer as a child process: it listens when this returns, and is gone, with its folder, when disposed. */

import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../scripts/lab/until.ts';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** HAProxy with that configuration. */
export function startHaproxy(text: string, listens: readonly Place[]): Promise<AsyncDisposable> {
  return start(
    'haproxy',
    { 'haproxy.cfg': text },
    (folder) => ['-db', '-f', join(folder, 'haproxy.cfg')],
    listens,
  );
}

/** NGINX with that configuration in place of /etc/nginx/conf.d/msa.conf; all that it writes goes to a folder of its own. */
export function startNginx(text: string, listens: readonly Place[]): Promise<AsyncDisposable> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${kind};`,
  );
  const main = `
    daemon off;
    worker_processes 2;
    pid nginx.pid;
    error_log stderr warn;
    events { worker_connections 1024; }
    http {
      access_log off;
      ${temporary.join('\n')}
      include msa.conf;
    }`;
  const files = { 'nginx.conf': main, 'msa.conf': text };
  return start(
    'nginx',
    files,
    (folder) => ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'],
    listens,
  );
}

async function start(
  binary: 'haproxy' | 'nginx',
  files: Readonly<Record<string, string>>,
  argumentsIn: (folder: string) => readonly string[],
  listens: readonly Place[],
): Promise<AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), `msa-${binary}-`));
  // NGINX's workers are somebody else where the test is root.
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

  const child = spawn(binary, argumentsIn(folder), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      ended = `${binary} can't be started (${error.message}): install it with \`apt-get install ${binary}\``;
      resolve();
    });
    child.once('exit', (code, signal) => {
      ended ??= `${binary} ended (${signal ?? code}):\n${said}`;
      resolve();
    });
  });
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (piece: string) => {
      said += piece;
    });
  }
  const endWithTest = () => child.kill('SIGTERM');
  process.once('exit', endWithTest);

  async function stop(): Promise<void> {
    process.off('exit', endWithTest);
    if (ended === undefined) child.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    for (const place of listens) {
      await until(`${binary} listens`, () => ended !== undefined || accepts(place), { withinMs: 10_000 });
    }
    if (ended !== undefined) throw new Error(ended);
  } catch (error) {
    await stop();
    throw error;
  }
  return { [Symbol.asyncDispose]: stop };
}

function accepts({ host, port }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
