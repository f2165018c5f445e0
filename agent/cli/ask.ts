/** Asks a running agent's API, for commands that show what it knows. */

import axios from 'axios';
import type { z } from 'zod';

/** Something the user can mend; the command prints it and ends with the exit code. */
export class CommandError extends Error {
  readonly code = 'command-failed';
  readonly hint: string;
  readonly exitCode: number;

  constructor(message: string, hint: string, exitCode = 2) {
    super(message);
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** GETs `path` from the agent at `url`. Throws a CommandError where nobody answers, or not as an agent would. */
export async function ask<T>(url: string, path: string, shape: z.ZodType<T>): Promise<T> {
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw new CommandError(`"${url}" is no address of an agent`, 'Write it as in --url http://node:7070');
  const answer = await axios
    .get<unknown>(new URL(path, url).href, {
      timeout: 5_000,
      proxy: false,
      maxRedirects: 0,
      validateStatus: () => true,
    })
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new CommandError(
        `No agent answers at ${url}: ${why}`,
        'Is it running there? Name another one with --url http://node:7070',
      );
    });
  if (answer.status === 404) {
    const { error, hint } = refusal(answer.data);
    throw new CommandError(
      error ?? `${url} has no ${path}`,
      hint ?? 'Is that an MSA agent of this version?',
      1,
    );
  }
  const read = shape.safeParse(answer.data);
  if (!read.success) {
    throw new CommandError(
      `${url} answers ${path} with status ${answer.status}, but not as an agent would`,
      'Is that the port of an MSA agent (MSA_PORT, 7070), of this version?',
    );
  }
  return read.data;
}

function refusal(data: unknown): { readonly error?: string; readonly hint?: string } {
  if (typeof data !== 'object' || data === null) return {};
  return {
    ...('error' in data && typeof data.error === 'string' ? { error: data.error } : {}),
    ...('hint' in data && typeof data.hint === 'string' ? { hint: data.hint } : {}),
  };
}
