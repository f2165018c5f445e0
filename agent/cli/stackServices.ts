/** The services of a stack file, as `docker stack deploy` takes it: their labels and how many should run. */

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { StackService } from '../decide/trial/services.ts';
import { CommandError } from './ask.ts';

const text = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => String(value ?? ''));

/** Labels may also stand in a list, as `name=value`. */
const labels = z.union([
  z.record(z.string(), text),
  z.array(z.string()).transform((list) => Object.fromEntries(list.map((item) => splitAt(item, '=')))),
]);

const stack = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      deploy: z.looseObject({ labels: labels.optional(), replicas: z.number().optional() }).optional(),
    }),
  ),
});

/** The services that have `msa.*` labels, by name. Throws a CommandError where the file is no stack. */
export async function stackServices(path: string): Promise<Readonly<Record<string, StackService>>> {
  const content = await readFile(path, 'utf8').catch(() => {
    throw new CommandError(
      `The stack file ${path} is not there`,
      'A path in a test goes from the folder of the test.',
    );
  });
  const read = stack.safeParse(parseYaml(path, content));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new CommandError(
      `${path} is no stack file: at ${issue?.path.join(' > ') || 'its top'}: ${issue?.message ?? 'it is empty'}`,
      'It should be what "docker stack deploy" takes, with labels under deploy:',
    );
  }
  return Object.fromEntries(
    Object.entries(read.data.services).flatMap(([name, { deploy }]) => {
      const said = Object.entries(deploy?.labels ?? {}).filter(([label]) => label.startsWith('msa.'));
      if (said.length === 0) return [];
      const wanted = deploy?.replicas;
      return [[name, { labels: Object.fromEntries(said), ...(wanted === undefined ? {} : { wanted }) }]];
    }),
  );
}

function parseYaml(path: string, content: string): unknown {
  try {
    return parse(content);
  } catch (error) {
    const [line = ''] = error instanceof Error ? error.message.split('\n') : [];
    throw new CommandError(`${path} is not YAML: ${line}`, 'Mend it, or name another file in "stack".');
  }
}

function splitAt(item: string, mark: string): readonly [string, string] {
  const at = item.indexOf(mark);
  return at < 0 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)];
}
