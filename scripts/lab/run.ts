/** Runs programs of the machine. A failure always carries the command line and what the program said. */

import { spawn } from 'node:child_process';

export interface Ran {
  /** 0 where all went well; 128 + signal where it was killed; 127 where there is no such program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Given to the program's standard input. */
  readonly input?: string;
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs to the end and tells how it went; a program that fails is an answer, not an error. */
export function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: 'pipe',
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => resolve({ code: 127, stdout, stderr: `${stderr}${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 128, stdout, stderr }));
    // A program that does not read its input may close the pipe first; its exit code tells enough.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** Runs to the end and gives its standard output; throws where the program fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const ran = await tryRun(command, args, options);
  if (ran.code !== 0) {
    const said = (ran.stderr.trim() || ran.stdout.trim()).split('\n').slice(-20).join('\n');
    throw new Error(`${[command, ...args].join(' ')} failed (${ran.code}): ${said}`);
  }
  return ran.stdout;
}

/** Signals a process that may have ended already. */
export function endProcess(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended, which is all that was wanted.
  }
}
