/** The `lab` command: labs by hand. Each word of it is one call of the library that the tests use. */

import { spawn } from 'node:child_process';
import process from 'node:process';
import { Command } from 'commander';
import { createLab, type Lab, openLab } from './lab.ts';
import { labFolder } from './places.ts';
import { parsePlan } from './plan.ts';
import { listLabs } from './state.ts';
import { removeLab, sweepLabs } from './teardown.ts';

const program = new Command('lab')
  .description('Real Docker Swarms on this one machine, each engine in a network namespace of its own.')
  .option('--lab <name>', 'the lab that is meant: else $MSA_LAB, else the only one there is')
  .addHelpText(
    'after',
    `
Try:
  scripts/lab/lab up east=1m+2w west=1m
  scripts/lab/lab deploy east stacks/msa.yml --as msa
  scripts/lab/lab docker east-m1 -- service ls
  scripts/lab/lab exec east-w1 -- curl -s http://127.0.0.1:7070/report/wfe
  scripts/lab/lab cut east-w1          # a node from all others
  scripts/lab/lab cut east-m1/west     # a node, or a region, from another
  scripts/lab/lab down`,
  );

program
  .command('up')
  .description('start a lab that stays until it is taken down')
  .argument('<regions...>', 'as in east=3m+1w west=1m: managers and workers')
  .option('--bare', 'without the images of the repository')
  .action(async (words: readonly string[], { bare }: { readonly bare?: boolean }) => {
    const name = givenName();
    await using lab = await createLab(parsePlan(words), {
      ...(name === undefined ? {} : { name }),
      images: bare !== true,
      stays: true,
      say: (what) => console.error(`lab: ${what}`),
    });
    const nodes = lab.nodes.map((node) => node.name).join(' ');
    console.log(`the lab ${lab.name} is up: ${nodes} (${labFolder(lab.name)})`);
  });

program
  .command('status')
  .description('list the labs and their nodes')
  .action(async () => {
    for (const name of await listLabs()) {
      console.log(name);
      await using lab = await openLab(name);
      for (const node of lab.nodes) {
        const swarm = await node
          .docker(['info', '--format', '{{.Swarm.LocalNodeState}}'])
          .catch(() => 'down');
        const role = node.manager ? 'manager' : 'worker';
        console.log(`  ${node.name.padEnd(16)}${node.address.padEnd(14)}${role.padEnd(10)}${swarm.trim()}`);
      }
    }
  });

program
  .command('deploy')
  .description('deploy a stack file; $VARIABLES in it are filled in from the environment')
  .argument('<region>')
  .argument('<file>')
  .option('--as <stack>', "the stack's name", 'msa')
  .action((region: string, file: string, { as }: { readonly as: string }) =>
    withLab((lab) => lab.deploy(region, file, { as })),
  );

program
  .command('docker')
  .description("run Docker's client against the engine of a node: docker east-m1 -- service ls")
  .argument('<node>')
  .argument('<args...>')
  .action((node: string, args: readonly string[]) =>
    withLab((lab) => inherit('docker', ['--host', `unix://${lab.node(node).socket}`, ...args])),
  );

program
  .command('exec')
  .description('run a command in the network of a node, or of `outside`: exec east-w1 -- curl …')
  .argument('<node>')
  .argument('<command...>')
  .action((node: string, command: readonly string[]) =>
    withLab((lab) => {
      const namespace = node === 'outside' ? lab.outsideNamespace : lab.node(node).namespace;
      return inherit('ip', ['netns', 'exec', namespace, ...command]);
    }),
  );

program
  .command('cut')
  .description('cut a node off, or the links between two sides: cut east-w1, cut east/west')
  .argument('<link>')
  .action((link: string) =>
    withLab(async (lab) => {
      const [one = '', other] = link.split('/', 2);
      await (other === undefined ? lab.node(one).cut() : lab.cutLink(one, other));
    }),
  );

program
  .command('heal')
  .description('undo a cut')
  .argument('<link>')
  .action((link: string) =>
    withLab(async (lab) => {
      const [one = '', other] = link.split('/', 2);
      await (other === undefined ? lab.node(one).heal() : lab.healLink(one, other));
    }),
  );

for (const [word, what, act] of [
  ['start', 'start the engine of a node', (lab: Lab, node: string) => lab.node(node).startEngine()],
  [
    'stop',
    'stop the engine of a node in good order',
    (lab: Lab, node: string) => lab.node(node).stopEngine(),
  ],
  [
    'kill',
    'end a node in one instant, like a power cut',
    (lab: Lab, node: string) => lab.node(node).killEngine(),
  ],
] as const) {
  program
    .command(word)
    .description(what)
    .argument('<node>')
    .action((node: string) => withLab((lab) => act(lab, node)));
}

program
  .command('down')
  .description('take a lab down, so that nothing of it is left; labs without an owner go as well')
  .option('--all', 'all labs of this machine')
  .action(async ({ all }: { readonly all?: boolean }) => {
    await sweepLabs();
    for (const name of all === true ? await listLabs() : [await chosenName()]) await removeLab(name);
  });

await program.parseAsync().catch((error: unknown) => {
  console.error(`lab: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});

function givenName(): string | undefined {
  return program.opts<{ lab?: string }>().lab ?? process.env.MSA_LAB;
}

async function chosenName(): Promise<string> {
  const labs = await listLabs();
  const [name, ...others] = givenName() === undefined ? labs : [givenName()];
  if (name === undefined) throw new Error('there is no lab: start one with `lab up east=1m+2w`');
  if (others.length > 0) throw new Error(`which lab? say --lab and one of: ${labs.join(', ')}`);
  return name;
}

async function withLab(act: (lab: Lab) => Promise<void>): Promise<void> {
  await using lab = await openLab(await chosenName());
  await act(lab);
}

/** Runs a command on this terminal, and ends with its exit code. */
function inherit(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => {
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}
