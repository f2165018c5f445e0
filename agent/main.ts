/**
 * The composition root: builds the rooms, ties them together, runs until it is told to stop, and ends them in reverse order.
 * Nothing else knows more than one room.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { createActing } from './act/acting.ts';
import { createChannels } from './act/channels.ts';
import { createDeliver } from './act/deliver.ts';
import { groupNotices } from './act/notices.ts';
import { systemClock } from './clock.ts';
import { changes } from './decide/changes.ts';
import { explain, renderExplanation } from './decide/explain.ts';
import { createDiscovery, type Discovery } from './discover/discovery.ts';
import { createDocker } from './discover/docker.ts';
import { toWholeServiceTargets } from './discover/targets.ts';
import type { DiscoveryView } from './discover/view.ts';
import { createLog, type SwitchableLog } from './log.ts';
import { createLoop } from './loop.ts';
import type { Clock, Log } from './model.ts';
import { startingPicture } from './picture.ts';
import { dropPrivileges } from './privileges.ts';
import { createProbing, type Probing } from './probe/probing.ts';
import { createFrontListener } from './report/frontListener.ts';
import type { Explain } from './report/views.ts';
import { followRuleFiles } from './ruleFiles.ts';
import { createRulesReload } from './rulesReload.ts';
import { readSettings, type Settings } from './settings.ts';
import { type RegionShare, writeRegion } from './share/documents.ts';
import { createFeed } from './share/feed.ts';
import { type Keyring, keyringOfSecrets } from './share/keyring.ts';
import { createMerge, lastWords } from './share/merge.ts';
import { createPeerClient } from './share/peerClient.ts';
import { createPeerListener } from './share/peerListener.ts';
import { createPeers, type Peers } from './share/peers.ts';
import { createTokens } from './share/tokens.ts';
import { PROTOCOL } from './share/wire.ts';

/** Runs an agent until SIGTERM or SIGINT. Throws `SettingsError` for bad settings, and the system's error where a port can't be had. */
export async function runAgent(): Promise<void> {
  const settings = readSettings();
  const log = createLog(settings.logLevel, { region: settings.region });
  dropPrivileges({ ...settings, log });
  await using _agent = await startAgent(settings, log, systemClock);
  log.info({ port: settings.port, peerPort: settings.peerPort }, 'listening');
  const signal = await stopSignal(log);
  log.info({ signal }, 'stopping');
}

/** What all builders below need. */
interface World {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** What is built is disposed in reverse order. */
  readonly building: AsyncDisposableStack;
  /** Something was seen, heard or answered: wakes the loop. */
  readonly onChange: () => void;
}

async function startAgent(settings: Settings, log: Log, clock: Clock): Promise<AsyncDisposable> {
  await using building = new AsyncDisposableStack();
  let wake = (): void => {};
  const world: World = { settings, clock, log, random: Math.random, building, onChange: () => wake() };
  const about = {
    region: settings.region,
    regionPriority: settings.regionPriority,
    version: readVersion(),
    protocol: PROTOCOL,
    startedAtMs: clock.now(),
  };
  let picture = startingPicture(about);

  const sharing = await buildSharing(world);
  const { discovery, probing } = buildSenses(world);
  const front = building.use(
    await createFrontListener({
      host: settings.host,
      port: settings.port,
      picture: () => picture,
      timings: probing.timings,
      explain: explainText,
      clock,
      log,
    }),
  );
  const channels = building.use(
    await createChannels({ path: settings.channelsFile, clock, onChange: world.onChange }),
  );
  const acting = building.use(
    createActing({ ...world, region: settings.region, channels, deliver: createDeliver({ clock }) }),
  );
  const loop = building.use(
    createLoop({
      about,
      tickMs: settings.tickMs,
      clock,
      log,
      discovery,
      probing,
      ...sharing,
      wholeServiceTargets: toWholeServiceTargets,
      merge: createMerge(),
      lastWords,
      changes,
      acting,
      effectsOf: groupNotices,
      onPicture(next) {
        picture = next;
        front.changed();
      },
    }),
  );
  wake = loop.wake;
  const reload = createRulesReload({ log, use: loop.useRules });
  building.use(
    followRuleFiles({ folder: settings.rulesFolder, everyMs: RULES_EVERY_MS, clock, onChange: reload }),
  );
  const built = building.move();
  return { [Symbol.asyncDispose]: () => built.disposeAsync() };
}

/** What runs on this node, and how it is. */
function buildSenses(world: World): { readonly discovery: Discovery; readonly probing: Probing } {
  const { settings, building } = world;
  const probing = building.use(createProbing({ ...world, limit: settings.probeLimit }));
  const discovery = building.use(
    createDiscovery({
      ...world,
      docker: createDocker({ address: settings.docker }),
      ...(settings.externalFile === undefined ? {} : { externalFile: settings.externalFile }),
      interfaces: networkInterfaces,
    }),
  );
  return { discovery, probing };
}

/** The peers' port, and what the loop needs to tell and hear the others. */
async function buildSharing(world: World): Promise<{
  readonly peersOf: (view: DiscoveryView) => Peers;
  readonly publish: (share: RegionShare) => void;
}> {
  const { settings, building, clock } = world;
  const { region, host, peerPort } = settings;
  const keyring = keyringOf(settings);
  const epoch = randomUUID();
  const nodeFeed = createFeed({ epoch });
  const regionFeed = createFeed({ epoch });
  const feeds = { node: nodeFeed, region: regionFeed };
  building.use(await createPeerListener({ ...world, host, port: peerPort, region, feeds, keyring }));
  const client = building.use(createPeerClient());
  return {
    publish: (share) => writeRegion(regionFeed, share),
    peersOf({ node }) {
      const tokens = createTokens({ region, node: node.id, keyring, clock, uniqueId: randomUUID });
      return createPeers({
        ...world,
        nodeFeed,
        regionFeed,
        node: node.id,
        peerPort,
        scheme: 'http',
        token: () => tokens.sign(region),
        client,
        waitMs: settings.heartbeatMs,
        staleAfterMs: settings.staleAfterMs,
      });
    },
  };
}

const RULES_EVERY_MS = 2_000;

/** Without a secret an agent is alone: it signs with one that nobody else can know. */
function keyringOf({ secrets }: Settings): Keyring {
  const result = keyringOfSecrets(secrets.length === 0 ? [randomBytes(32).toString('base64url')] : secrets);
  if (result.ok) return result.keyring;
  throw new Error(`${result.problem.message} ${result.problem.hint}`);
}

const explainText: Explain = (decision, service, nowMs) => {
  const tree = explain(decision, service);
  return tree === undefined ? undefined : { tree, text: renderExplanation(tree, { nowMs, color: false }) };
};

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const data: unknown = JSON.parse(text);
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined;
  return typeof version === 'string' ? version : 'unknown';
}

/** Resolves with the signal that asks the agent to stop; SIGUSR2 switches the log to debug and back meanwhile. */
function stopSignal(log: SwitchableLog): Promise<NodeJS.Signals> {
  process.on('SIGUSR2', () => log.warn({ level: log.toggleDebug() }, 'log level changed by SIGUSR2'));
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}
