/** What must hold of one region however its agents are deployed. Registers tests for a lab that the caller makes. */

import assert from 'node:assert/strict';
import { before, describe, type TestContext, test } from 'node:test';
import type { Lab } from '../../scripts/lab/lab.ts';
import { turnSwitch } from '../../scripts/lab/stacks.ts';
import { until } from '../../scripts/lab/until.ts';
import { agentLog, allReport, seen, warning } from './api.ts';

const chain = ['wfe', 'app', 'db'];
const well = { sick: false, slowMs: 0, lie: false, write: true };

export function judgingTests(lab: () => Lab): void {
  describe('one region', () => judge(lab));
}

function judge(lab: () => Lab): void {
  /** Turns the service's switches for one test. */
  const turn = async (t: TestContext, service: string, change: object): Promise<void> => {
    t.after(async () => {
      await turnSwitch(lab().nodes, service, well);
      await allReport(lab(), chain, 200);
    });
    await turnSwitch(lab().nodes, service, change);
  };

  before(() => allReport(lab(), chain, 200, 90_000));
  test('while db is sick, every node reports it and what depends on it as down, and says who is to blame', async (t) => {
    await turn(t, 'db', { sick: true });
    await allReport(lab(), chain, 503);
    for (const node of lab().nodes) {
      const { verdict, text } = await seen(node, 'wfe');
      assert.match(JSON.stringify([verdict, text]), /\bdb\b/, `${node.name} blames db`);
      const page = await node.client.get('http://127.0.0.1:7070/');
      assert.match(page.body, /\bdb\b/);
    }
    const { instances } = await seen(lab().node('east-m1'), 'wfe');
    assert.deepEqual(new Set(instances.map(({ health }) => health)), new Set(['healthy']));
  });

  test('a service that is too slow is down, and what it depends on is not', async (t) => {
    await turn(t, 'app', { slowMs: 60_000 });
    await allReport(lab(), ['app', 'wfe'], 503);
    await allReport(lab(), ['db'], 200);
  });

  test("a property of a service's health answer is seen on every node", async () => {
    for (const [write, properties] of [
      [false, {}],
      [true, { write: true }],
    ] as const) {
      await turnSwitch(lab().nodes, 'db', { write });
      for (const node of lab().nodes) {
        await until(`${node.name} sees whether db can write`, async () => {
          const { verdict } = await seen(node, 'db');
          return JSON.stringify(verdict?.properties) === JSON.stringify(properties);
        });
      }
    }
  });

  test('a changed label is a changed verdict, without a restart of any task', async () => {
    const manager = lab().node('east-m1');
    const tasks = ['service', 'ps', '--quiet', 'demo_app'];
    const before = await manager.docker(tasks);
    const update = ['service', 'update', '--detach', '--quiet', 'demo_app'];
    await manager.docker([...update, '--label-add', 'msa.maintenance=true']);
    await until('app is no more up', async () => (await seen(manager, 'app')).verdict?.report !== 'up');
    await allReport(lab(), ['wfe'], 503);
    await manager.docker([...update, '--label-rm', 'msa.maintenance']);
    await allReport(lab(), chain, 200);
    assert.equal(await manager.docker(tasks), before);
  });

  test('agents on workers, which can ask the Swarm nothing, judge as those on managers do', async () => {
    for (const service of chain) {
      const verdicts = await Promise.all(
        lab().nodes.map(async (node) => {
          const { verdict } = await seen(node, service);
          return { state: verdict?.state, report: verdict?.report, message: verdict?.message };
        }),
      );
      for (const verdict of verdicts) assert.deepEqual(verdict, verdicts[0]);
    }
  });

  test('agents run as a plain user, on a root file system that is read-only', async () => {
    for (const node of lab().nodes) {
      const agent = (await node.docker(['ps', '--quiet', '--filter', 'name=msa_agent'])).trim();
      const processes = await node.docker(['top', agent, '-o', 'pid,uid,args']);
      assert.match(processes, /^\s*\d+\s+1000\s+node .*\/msa\/agent\/cli\.ts agent$/m);
      await assert.rejects(node.docker(['exec', agent, 'touch', '/msa/here']), /[Rr]ead-only/);
    }
  });

  test('the image is healthy by its own health check', async () => {
    for (const node of lab().nodes) {
      await until(`the agent on ${node.name} is healthy`, async () => {
        const status = await node.docker(['ps', '--filter', 'name=msa_agent', '--format', '{{.Status}}']);
        return status.includes('(healthy)');
      });
    }
  });
}

/** To be the last test of its lab. */
export function quietLogTest(lab: () => Lab): void {
  test('no agent, on whichever node, has logged an error about any of it', async () => {
    for (const node of lab().nodes) {
      const loud = (await agentLog(node)).filter(({ level }) => level > warning);
      assert.deepEqual(loud, [], node.name);
    }
  });
}
