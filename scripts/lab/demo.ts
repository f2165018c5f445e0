/**
 * The demo: real Swarms with MSA and the demo application on each, and ways to look at them from this machine.
 * `up` leaves it running; `down` ends it; `db sick` and the like turn the application's switches.
 */

import process from 'node:process';
import { createLab, type Lab, openLab } from './lab.ts';
import type { LabPlan } from './plan.ts';
import { deployMsa, reported, stackFile, switches, turnSwitch } from './stacks.ts';
import { listLabs } from './state.ts';
import { removeLab } from './teardown.ts';
import { until } from './until.ts';

const labName = process.env.MSA_LAB ?? 'demo';
const plan: LabPlan = { east: { managers: 1, workers: 2 } };

const help = `scripts/demo             set everything up and start the demo; it stays until it is ended
scripts/demo db sick     make a service (wfe, app, db) ${Object.keys(switches).join(', ')}
scripts/demo down        end the demo, and leave nothing behind`;

const [word = 'up', turned = ''] = process.argv.slice(2);
const change = switches[turned];
try {
  if (word === 'up') await up();
  else if (word === 'down') await removeLab(labName);
  else if (change !== undefined) await turn(word, change);
  else console.log(help);
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function up(): Promise<void> {
  if ((await listLabs()).includes(labName)) {
    say('ending the demo that runs');
    await removeLab(labName);
  }
  await using lab = await createLab(plan, { name: labName, stays: true, say });
  for (const region of Object.keys(plan)) await deploy(lab, region);
  say('waiting until every node reports wfe as up');
  await Promise.all(
    lab.nodes.map((node) =>
      until(`${node.name} reports wfe as up`, async () => (await reported(node, 'wfe')) === 200, {
        withinMs: 90_000,
      }),
    ),
  );
  const regions: string[] = [];
  for (const region of Object.keys(plan)) {
    const status = await lab.forward(`${region}-m1`, 7070, 7070);
    const shop = await lab.forward(`${region}-m1`, 8080, 8080);
    regions.push(`  ${region}: status page http://127.0.0.1:${status}/   shop http://127.0.0.1:${shop}/`);
  }
  console.log(`
MSA runs on ${lab.nodes.length} nodes (${lab.nodes.map((node) => node.name).join(', ')}):
${regions.join('\n')}

Three things to try:
  scripts/demo db sick            # and look at the page; "db well" again
  scripts/lab/lab --lab ${labName} kill east-w1   # a power cut; "start east-w1" again
  scripts/lab/lab --lab ${labName} docker east-m1 -- service update --detach --label-add msa.maintenance=true demo_app

End it: scripts/demo down`);
}

async function deploy(lab: Lab, region: string): Promise<void> {
  say(`deploying MSA and the demo application in ${region}`);
  await deployMsa(lab, region);
  await lab.deploy(region, stackFile('demo.yml'), { as: 'demo' });
}

async function turn(service: string, change: object): Promise<void> {
  await using lab = await openLab(labName);
  const answers = await turnSwitch(lab.nodes, service, change);
  console.log(answers.length > 0 ? answers.join('\n') : `no instance of ${service} runs`);
}

function say(what: string): void {
  console.error(`demo: ${what}`);
}
