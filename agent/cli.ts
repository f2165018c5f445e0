#!/usr/bin/env node
/** The `msa` command. Each subcommand loads what it needs when it runs, so that `msa status` does not wait for a Docker client. */

import { Command, CommanderError } from 'commander';
import { CommandError } from './cli/ask.ts';
import { describeSettings } from './cli/settingsHelp.ts';
import { paintFor } from './cli/table.ts';
import { systemClock } from './clock.ts';
import { SettingsError } from './settings.ts';

const agentUrl = ['--url <url>', 'where an agent listens (MSA_PORT)', 'http://127.0.0.1:7070'] as const;

const program = new Command('msa')
  .description(
    'Tells load balancers, service by service and region by region, whether a service should get traffic, and tells people why.',
  )
  .helpOption('-h, --help', 'show this help')
  .helpCommand(false)
  .showHelpAfterError('Run it with --help to see what it takes.')
  .exitOverride()
  .addHelpText(
    'after',
    `
Exit codes:
  0  all is well
  1  the answer is no: a rule is invalid, a test fails, a service is not up (status --check)
  2  the question could not be asked: wrong use, wrong settings, no agent there

Examples:
  msa validate rules/                 check rule files before they are deployed
  msa status --url http://node1:7070  what an agent knows, as a table
`,
  );

program
  .command('agent')
  .description('run an agent on this node (what the image does)')
  .addHelpText('after', () => `\nSettings come from the environment:\n\n${describeSettings()}\n`)
  .action(async () => {
    const { runAgent } = await import('./main.ts');
    await runAgent();
  });

program
  .command('validate')
  .description('check rule files: every mistake with its file, line, column, and what to do')
  .argument('<rules...>', 'rule files, or folders of them')
  .action(async (paths: string[]) => {
    const { validate } = await import('./cli/validate.ts');
    const { text, valid } = await validate(paths, paintFor(process.stdout));
    process.stdout.write(`${text}\n`);
    if (!valid) process.exitCode = 1;
  });

program
  .command('status')
  .description('the services of a region as a table')
  .option(...agentUrl)
  .option('--check', 'end with exit code 1 unless every service is reported up')
  .action(async (options: { url: string; check?: true }) => {
    const { status } = await import('./cli/status.ts');
    const { text, allUp } = await status(options.url, systemClock.now(), paintFor(process.stdout));
    process.stdout.write(`${text}\n`);
    if (options.check && !allUp) process.exitCode = 1;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explainFailure(error);
}

/** Says what went wrong and what to do, without a stack where the user can mend it. Returns the exit code. */
function explainFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof SettingsError) {
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (error instanceof CommandError) {
    process.stderr.write(`${error.message}\n${error.hint}\n`);
    return error.exitCode;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 2;
}
