/**
 * The demo: two real Swarms with MSA and the demo application on each, a witness, and ways to look at them from this machine.
 * `up` leaves it running; `down` ends it; `failover` shows one region taking over from the other; `db sick east` and the like turn
 * the application's switches.
 */

import process from 'node:process';
import { createLab, type Lab, openLab } from './lab.ts';
import type { LabPlan } from './plan.ts';
import { deployFederation, reported, stackFile, switches, turnSwitch } from './stacks.ts';
import { listLabs } from './state.ts';
import { removeLab } from './teardown.ts';
import { until } from './until.ts';

const labName = process.env.MSA_LAB ?? 'demo';
const plan: LabPlan = {
  east: { managers: 1, workers: 2 },
  west: { managers: 1, workers: 1 },
  witness: { managers: 1, workers: 0 },
};
/** Those with the application. Its database may run in one of them at a time: in the first, which has the higher priority. */
const [first, second] = ['east', 'west'] as const;
const shops = [first, second];

const help = `scripts/demo                  set everything up and start the demo; it stays until it is ended
scripts/demo failover         let west take the shop over, and bring it back to east; tells what each says, and when
scripts/demo db sick [east]   make a service (wfe, app, db) ${Object.keys(switches).join(', ')}: in one region, or in all
scripts/demo down             end the demo, and leave nothing behind`;

const [word = 'up', turned = '', where] = process.argv.slice(2);
const change = switches[turned];
try {
  if (word === 'up') await up();
  else if (word === 'down') await removeLab(labName);
  else if (word === 'failover') await failOver();
  else if (change !== undefined) await turn(word, change, where);
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
  say('deploying MSA in all regions, and the demo application in two');
  await deployFederation(lab);
  for (const region of shops) await lab.deploy(region, stackFile('demo.yml'), { as: 'demo' });
  say('waiting until every node reports wfe as it should: up in east, down in west');
  for (const region of shops) await reportedAs(lab, region, region === first ? 200 : 503);
  const pages: string[] = [];
  for (const region of shops) {
    const status = await lab.forward(`${region}-m1`, 7070, 7070);
    const shop = await lab.forward(`${region}-m1`, 8080, 8080);
    pages.push(`  ${region}: status page http://127.0.0.1:${status}/   shop http://127.0.0.1:${shop}/`);
  }
  const inLab = `scripts/lab/lab --lab ${labName}`;
  console.log(`
MSA runs on ${lab.nodes.length} nodes (${lab.nodes.map((node) => node.name).join(', ')}):
${pages.join('\n')}

The database may run in one region at a time, so the shop is open in east only. Things to try:
  scripts/demo failover           # west takes over, and east has it back; watch both status pages
  scripts/demo db sick east       # west takes over; "db well east" brings it back
  ${inLab} cut east/west    # nothing changes, as both hear the witness; "heal east/west"
  ${inLab} cut east-m1      # a region loses its manager: west takes over within 35 s; "heal east-m1"

End it: scripts/demo down`);
}

/** Makes the database sick where it serves, and well again; waits each time until every node of both regions says so. */
async function failOver(): Promise<void> {
  await using lab = await openLab(labName);
  const beganMs = performance.now();
  const tell = (what: string): void =>
    console.log(`${((performance.now() - beganMs) / 1000).toFixed(1).padStart(5)} s  ${what}`);
  const openIn = async (open: string, closed: string): Promise<void> => {
    await Promise.all([reportedAs(lab, open, 200), reportedAs(lab, closed, 503)]);
    for (const region of shops) {
      const { body } = await lab.node(`${region}-m1`).client.get('http://127.0.0.1:7070/report/wfe');
      const { report, message }: { readonly report: string; readonly message: string } = JSON.parse(body);
      tell(`${region}: wfe is ${report}: ${message}`);
    }
  };
  await openIn(first, second);
  try {
    tell(`the database in ${first} fails its probes from now on`);
    await turnSwitch(lab.region(first), 'db', switches.sick ?? {});
    await openIn(second, first);
  } finally {
    tell(`the database in ${first} is well again`);
    await turnSwitch(lab.region(first), 'db', switches.well ?? {});
  }
  await openIn(first, second);
}

async function reportedAs(lab: Lab, region: string, status: number): Promise<void> {
  const answers = lab.region(region).map((node) =>
    until(`${node.name} answers ${status} for wfe`, async () => (await reported(node, 'wfe')) === status, {
      withinMs: 90_000,
    }),
  );
  await Promise.all(answers);
}

async function turn(service: string, change: object, region: string | undefined): Promise<void> {
  await using lab = await openLab(labName);
  const nodes = region === undefined ? lab.nodes : lab.region(region);
  const answers = await turnSwitch(nodes, service, change);
  console.log(answers.length > 0 ? answers.join('\n') : `no instance of ${service} runs`);
}

function say(what: string): void {
  console.error(`demo: ${what}`);
}
