#!/usr/bin/env node
/** The `msa` command. Each subcommand loads what it needs when it runs, so that `msa status` does not wait for a Docker client. */

import { writeFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { CommandError } from './cli/ask.ts';
import { describeSettings } from './cli/settingsHelp.ts';
import { paintFor } from './cli/table.ts';
import { systemClock } from './clock.ts';
import { SettingsError } from './settings/settings.ts';

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
  msa test rules/                     run the tests of rules that stand beside them
  msa explain wfe                     why wfe is reported as it is
  msa simulate --set db.state=down --rules rules/
                                      what if: the same decision, on changed facts
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
  .description(
    'check rule files: every mistake with its file, line, column, and what to do; and warnings of what is legal but odd',
  )
  .argument('<rules...>', 'rule files, or folders of them')
  .option('--strict', 'end with exit code 1 for warnings, too')
  .option(
    '--services <names>',
    'the services there are, as in wfe,app,db: a rule that names another one is a mistake',
  )
  .option('--url <url>', 'an agent that knows which services and regions there are')
  .addHelpText(
    'after',
    `
It warns of a condition that is never or always true, of a rule that a later one always overwrites, and of rules that bring
about what they read, within a region or between regions.
`,
  )
  .action(async (paths: string[], options: { strict?: true; services?: string; url?: string }) => {
    const { validate } = await import('./cli/validate.ts');
    const { text, valid, warnings } = await validate(paths, options, paintFor(process.stdout));
    process.stdout.write(`${text}\n`);
    if (!valid || (options.strict && warnings > 0)) process.exitCode = 1;
  });

program
  .command('test')
  .description(
    'run tests of rules and labels: services and regions that fail and come back, and what should be decided',
  )
  .argument('<tests...>', 'files *.test.json, or folders that hold some')
  .option('--filter <text>', 'only tests with this text in their name')
  .option('--junit <file>', 'also write the results as JUnit XML, for build servers')
  .action(async (paths: string[], options: { filter?: string; junit?: string }) => {
    const [{ runTests }, { allPassed, testText }, { junit }] = await Promise.all([
      import('./cli/test.ts'),
      import('./cli/testText.ts'),
      import('./cli/junit.ts'),
    ]);
    const files = await runTests(paths, options.filter);
    if (options.junit !== undefined) await writeFile(options.junit, junit(files));
    const paint = paintFor(process.stdout);
    process.stdout.write(`${testText(files, paint, paint('red', '') !== '')}\n`);
    if (!allPassed(files)) process.exitCode = 1;
  });

program
  .command('explain')
  .description(
    'why a service is reported as it is: the steps that decided, with what they read, down to the cause',
  )
  .argument('<service>')
  .option(...agentUrl)
  .option('--facts <file>', 'decide on facts saved from GET /api/v1/facts instead, with --rules')
  .option('--rules <paths...>', 'rule files, or folders of them, for --facts', [])
  .action(async (service: string, options: { url: string; facts?: string; rules: string[] }) => {
    const { explainService } = await import('./cli/explain.ts');
    const paint = paintFor(process.stdout);
    process.stdout.write(`${await explainService(service, options, paint, paint('red', '') !== '')}\n`);
  });

program
  .command('simulate')
  .description('what would change, and why, if some facts were others; changes nothing')
  .option('--set <facts...>', 'what to assume, as in db.state=down (see below)', [])
  .option(...agentUrl)
  .option('--facts <file>', 'facts saved from GET /api/v1/facts, instead of those of an agent')
  .option(
    '--rules <paths...>',
    'rule files, or folders of them, to decide by: those of the agent, or new ones',
    [],
  )
  .option('--in-force <paths...>', 'the rules in force, where --rules are new ones')
  .option('--ahead <time>', 'look so far ahead: waits (for), holds and windows run out', '1h')
  .option('--json', 'as JSON, for programs')
  .addHelpText(
    'after',
    `
What can be assumed:
  db.state=down                       all its instances here fail; up: all are healthy; unknown: nobody hears
  app.healthy=1                       so many healthy instances
  db.properties.write=true            what it says of itself
  db.priority=100  db.override=drain  its priority; an operator's word (none: taken back)
  west/db.state=down                  in another region; also report, eligible, willing, priority, healthy, properties
  west.freshness=lost                 a region that is silent (stale), or so long that it counts as gone (lost)

Examples:
  msa simulate --set west/db.state=down --rules rules/
  msa simulate --rules new-rules/ --in-force rules/
  curl -s http://node1:7070/api/v1/facts > facts.json
  msa simulate --facts facts.json --rules rules/ --set west.freshness=lost --json
`,
  )
  .action(
    async (options: {
      set: string[];
      url: string;
      facts?: string;
      rules: string[];
      inForce?: string[];
      ahead: string;
      json?: true;
    }) => {
      const { runSimulation, simulationText } = await import('./cli/simulate.ts');
      const run = await runSimulation(options);
      const paint = paintFor(process.stdout);
      const text = options.json
        ? JSON.stringify({ ...run.simulation, warnings: run.warnings }, undefined, 2)
        : simulationText(run, options.set, paint, paint('red', '') !== '');
      process.stdout.write(`${text}\n`);
    },
  );

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

program
  .command('token')
  .description('make a token with which curl may read what agents tell each other, for some minutes')
  .option('--region <name>', 'the region in whose name it is (default: MSA_REGION)')
  .option('--for <region>', 'the region whose agents will be asked (default: the same)')
  .option('--minutes <n>', 'how long it lives, at most 5', '5')
  .option('--secret-file <file>', 'the secret of the region (default: MSA_SECRET_FILE)')
  .option('--key-file <file>', 'the private key of the region, to ask other regions (default: MSA_KEY_FILE)')
  .addHelpText(
    'after',
    `
Example:
  curl -H "Authorization: Bearer $(msa token --region east --secret-file secret.txt)" \\
    http://node1:7071/v1/feeds/region
`,
  )
  .action(async (options: Parameters<typeof import('./cli/token.ts').makeToken>[0]) => {
    const { makeToken } = await import('./cli/token.ts');
    process.stdout.write(`${makeToken(options)}\n`);
  });

const keys = program
  .command('keys')
  .description('make what agents sign with: a secret that they share, or a key pair for a region')
  .helpCommand(false);

keys
  .command('secret')
  .description('make a secret for the agents of a region')
  .option('--out <file>', 'write it to a new file that only you can read')
  .option('--print', 'print it, for a pipe')
  .addHelpText('after', '\nExample:\n  msa keys secret --print | docker secret create msa_secret -\n')
  .action(async (options: { out?: string; print?: boolean }) => {
    const { makeSecret } = await import('./cli/keys.ts');
    process.stdout.write(`${await makeSecret(options)}\n`);
  });

keys
  .command('pair')
  .description('make a key pair for a region: east.key for its own agents, east.pem for those of all regions')
  .requiredOption('--region <name>', 'the region that will sign with it')
  .option('--out <folder>', 'where the two files go; what is there is never written over', '.')
  .option('--name <name>', 'for a second pair while keys are rotated: east.<name>.key, east.<name>.pem')
  .addHelpText(
    'after',
    '\nExample:\n  msa keys pair --region east --out keys\n  docker secret create msa_key_east keys/east.key\n',
  )
  .action(async (options: { region: string; out: string; name?: string }) => {
    const { makePair } = await import('./cli/keys.ts');
    process.stdout.write(`${await makePair(options)}\n`);
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
