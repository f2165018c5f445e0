/** Two regions and a witness, while links, agents, engines, nodes and whole regions fail, and while all agents are replaced. */

import { test } from 'node:test';
import { reported } from '../../scripts/lab/stacks.ts';
import { until } from '../../scripts/lab/until.ts';
import { leaderOf, serving, times } from './federated.ts';
import { replacingTests } from './replacing.ts';
import { answers, lab, lasts, names, survive, takenOverMs } from './surviving.ts';

/** All links of west to the others. */
const cutWest = () => Promise.all(['east', 'witness'].map((other) => lab.cutLink('west', other)));
const healWest = async () => {
  await Promise.all(['east', 'witness'].map((other) => lab.healLink('west', other)));
};

test('a region that is cut off releases what the other one then takes over', async () => {
  await survive('region cut', {
    touches: (service) => service === 'db' || service === 'wfe',
    withoutMs: takenOverMs,
    async breaks() {
      await cutWest();
      await Promise.all(
        serving(lab).map(({ name, region }) => answers(name, 'wfe', region === 'east' ? 200 : 503)),
      );
    },
    mends: healWest,
  });
});

test('a cut between two regions that both hear the witness changes nothing', async () => {
  await survive('link cut', {
    async breaks() {
      await lab.cutLink('east', 'west');
      await lasts(times.lostAfterMs + times.staleAfterMs);
    },
    mends: () => lab.healLink('east', 'west'),
  });
});

test('links that come and go change nothing', async () => {
  await survive('link flapping', {
    async breaks() {
      for (const ms of [200, 1000, 500, 800, 1000, 300, 1000, 700, 1000]) {
        await cutWest();
        await lasts(ms);
        await healWest();
        await lasts(ms);
      }
    },
    mends: healWest,
  });
});

test("the end of the leader's agent changes nothing", async () => {
  const leader = await leaderOf(lab, 'east');
  await survive("leader's agent killed", {
    away: [leader.name],
    async breaks() {
      const agent = (await leader.docker(['ps', '--quiet', '--filter', 'name=msa_agent'])).trim();
      await leader.docker(['kill', agent]);
      await until('it is gone', async () => (await reported(leader, 'news')) === undefined);
    },
  });
});

test("the end of the leader's engine changes nothing", async () => {
  const leader = await leaderOf(lab, 'east');
  await survive("leader's engine stopped", {
    away: [leader.name],
    // An engine that comes back may start its old task first, and then another one in its place.
    times: 2,
    breaks: () => leader.stopEngine(),
    mends: () => leader.startEngine(),
  });
});

test("when the leader's node is cut off, that node alone releases", async () => {
  const leader = await leaderOf(lab, 'east');
  await survive("leader's node cut", {
    touches: (service, node) => service === 'ledger' && node === leader.name,
    async breaks() {
      await leader.cut();
      await answers(leader.name, 'ledger', 503);
    },
    mends: () => leader.heal(),
  });
});

test('a region whose managers lose their quorum serves on, but for what another one may take over', async () => {
  const lost = [lab.node('east-m1'), lab.node('east-m2')];
  await survive('quorum lost', {
    away: names(lost),
    times: 2,
    touches: (service) => service === 'ledger',
    withoutMs: takenOverMs,
    async breaks() {
      await Promise.all(lost.map((node) => node.killEngine()));
      await Promise.all(['west-m1', 'west-w1'].map((name) => answers(name, 'ledger', 200)));
    },
    async mends() {
      await Promise.all(lost.map((node) => node.startEngine()));
    },
  });
});

test('a whole region that stops and starts leaves the other as it was', async () => {
  const region = lab.region('east');
  await survive('whole region restarted', {
    away: names(region),
    times: 2,
    touches: (service) => service === 'ledger',
    withoutMs: takenOverMs,
    async breaks() {
      await Promise.all(region.map((node) => node.stopEngine()));
      await answers('west-w1', 'ledger', 200);
    },
    async mends() {
      await Promise.all(region.map((node) => node.startEngine()));
    },
  });
});

replacingTests();
