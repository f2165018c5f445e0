/**
 * The composition root: builds the rooms, ties them together, runs until it is told to stop, and ends them in reverse order.
 * Nothing else knows more than one room.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { createActing } from './act/acting.ts';
import { createChannels } from './act/channels.ts';
import { createDeliver } from './act/deliver.ts';
import { groupNotices } from './act/notices.ts';
import { systemClock } from './clock.ts';
import { changes } from './decide/changes.ts';
import { explain, renderExplanation } from './decide/explain.ts';
import { createDiscovery, type Discovery } from './discover/discovery.ts';
import { createDocker } from './discover/docker.ts';
import { createNoDocker } from './discover/noDocker.ts';
import { toWholeServiceTargets } from './discover/targets.ts';
import type { DiscoveryView } from './discover/view.ts';
import { createLog, type SwitchableLog } from './log.ts';
import { createContinuity } from './loop/continuity.ts';
import { createFederating } from './loop/federating.ts';
import { createLoop } from './loop/loop.ts';
import { type About, startingPicture } from './loop/picture.ts';
import { followRuleFiles } from './loop/ruleFiles.ts';
import { createRulesReload } from './loop/rulesReload.ts';
import type { Clock, Log } from './model.ts';
import { dropPrivileges } from './privileges.ts';
import { createProbing, type Probing } from './probe/probing.ts';
import { createFrontListener, type FrontListener } from './report/frontListener.ts';
import type { Explain } from './report/views.ts';
import { type Credentials, createCredentials } from './settings/credentials.ts';
import { readSettings } from './settings/settings.ts';
import type { Settings } from './settings/settingsTable.ts';
import { type RegionShare, writeRegion } from './share/documents.ts';
import type { Federation } from './share/federation.ts';
import { createFeed, type Feed } from './share/feed.ts';
import { createMerge, lastWords } from './share/merge.ts';
import { createPeerClient, type PeerClient } from './share/peerClient.ts';
import { createPeerListener } from './share/peerListener.ts';
import { createPeers, type Peers } from './share/peers.ts';
import { disown } from './share/stored.ts';
import { createTokens, type Tokens } from './share/tokens.ts';
import { PROTOCOL } from './share/wire.ts';
import { openStore } from './store/store.ts';

/** Runs an agent until SIGTERM or SIGINT. Throws `SettingsError` for bad settings, and the system's error where a port can't be had. */
export async function runAgent(): Promise<void> {
  const settings = readSettings();
  const log = createLog(settings.logLevel, { region: settings.region });
  dropPrivileges({ ...settings, log });
  await using _agent = await startAgent(settings, log, systemClock, () => readSettings());
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

/** A running agent. */
interface Agent extends AsyncDisposable {
  /** The front port, as it was given or found. */
  readonly port: number;
}

/**
 * Starts an agent; disposing it ends it. Settings are read again for changes of keys and certificates. Throws the system's
 * error where a port can't be had.
 */
export async function startAgent(
  settings: Settings,
  log: Log,
  clock: Clock,
  readAgain = () => settings,
): Promise<Agent> {
  await using building = new AsyncDisposableStack();
  let wake = (): void => {};
  const world: World = { settings, clock, log, random: Math.random, building, onChange: () => wake() };
  const about = aboutOf(settings, clock.now());
  const credentials = buildCredentials(world, readAgain);
  const sharing = await buildSharing(world, credentials);
  const store = building.use(openStore({ folder: settings.dataFolder, clock }));
  const continuity = building.use(
    createContinuity({
      ...world,
      region: settings.region,
      otherRegions: settings.peers.length > 0,
      store,
      feed: sharing.regionFeed,
      onOutdated(share) {
        // Without an engine that answers there is no loop yet to show what is left of it.
        if (picture.self.node === '') picture = startingPicture(about, share);
        wake();
      },
    }),
  );
  let picture = startingPicture(about, continuity.share);
  const { discovery, probing } = buildSenses(world);
  const front = await buildFront(world, credentials, { picture: () => picture, timings: probing.timings });
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
      ownProblems: () => [...credentials.problems(), ...store.problems()],
      wholeServiceTargets: toWholeServiceTargets,
      merge: createMerge(),
      lastWords,
      disown,
      changes,
      acting,
      effectsOf: groupNotices,
      onPicture(next) {
        picture = next;
        front.changed();
        continuity.keep(next.role);
      },
    }),
  );
  wake = loop.wake;
  const reload = createRulesReload({ log, use: loop.useRules });
  building.use(
    followRuleFiles({ folder: settings.rulesFolder, everyMs: RULES_EVERY_MS, clock, onChange: reload }),
  );
  const built = building.move();
  return { port: front.port, [Symbol.asyncDispose]: () => built.disposeAsync() };
}

/** What this agent says of itself all its life. */
function aboutOf({ region, regionPriority }: Settings, startedAtMs: number): About {
  return { region, regionPriority, version: readVersion(), protocol: PROTOCOL, startedAtMs };
}

/** What runs on this node, and how it is. */
function buildSenses(world: World): { readonly discovery: Discovery; readonly probing: Probing } {
  const { settings, building } = world;
  const probing = building.use(createProbing({ ...world, limit: settings.probeLimit }));
  const external = settings.externalFile === undefined ? {} : { externalFile: settings.externalFile };
  const discovery = building.use(
    settings.docker === 'none'
      ? createNoDocker({ ...world, ...external, hostname: hostname() })
      : createDiscovery({
          ...{ ...world, ...external },
          docker: createDocker({ address: settings.docker }),
          interfaces: networkInterfaces,
        }),
  );
  return { discovery, probing };
}

/** The port of load balancers and people. */
async function buildFront(
  { settings, clock, log, building }: World,
  credentials: Credentials,
  shown: Pick<Parameters<typeof createFrontListener>[0], 'picture' | 'timings'>,
): Promise<FrontListener> {
  const { host, port, tlsFront } = settings;
  const tls = tlsFront ? credentials.tls : undefined;
  const own = tls === undefined ? {} : { tls };
  const front = building.use(
    await createFrontListener({ host, port, ...shown, explain: explainText, clock, log, ...own }),
  );
  if (tls !== undefined) credentials.onCertificates(front.replaceCertificates);
  return front;
}

/** The peers' port, and what the loop needs to tell and hear the others. */
async function buildSharing(
  world: World,
  credentials: Credentials,
): Promise<{
  readonly peersOf: (view: DiscoveryView) => Peers;
  readonly federationOf: (view: DiscoveryView) => Federation;
  readonly settleMs: number;
  readonly publish: (share: RegionShare) => void;
  readonly regionFeed: Feed;
}> {
  const { settings, building, clock } = world;
  const { region, host, peerPort } = settings;
  const { keyring, tls } = credentials;
  const scheme = tls === undefined ? 'http' : 'https';
  const epoch = uniqueId();
  const nodeFeed = createFeed({ epoch });
  const regionFeed = createFeed({ epoch });
  const feeds = { node: nodeFeed, region: regionFeed };
  const federating = createFederating({
    ...{ ...world, scheme, epoch, nodeFeed },
    clientFor: (asked) => clientFor(asked, world, credentials),
  });
  const listener = building.use(
    await createPeerListener({
      ...world,
      host,
      port: peerPort,
      region,
      feeds,
      abroad: { feeds: federating.feeds, regions: settings.peers.map(({ name }) => name) },
      keyring,
      ...(tls === undefined ? {} : { tls, clientCertificates: settings.tlsClient }),
    }),
  );
  if (tls !== undefined) credentials.onCertificates(listener.replaceCertificates);
  const client = clientFor(region, world, credentials);
  const tokensOf = (node: string): Tokens => createTokens({ region, node, keyring, clock, uniqueId });
  return {
    publish: (share) => writeRegion(regionFeed, share),
    regionFeed,
    settleMs: federating.settleMs,
    federationOf: ({ node }) => federating.federationOf(node.id, tokensOf(node.id).sign),
    peersOf({ node }) {
      const tokens = tokensOf(node.id);
      return createPeers({
        ...world,
        nodeFeed,
        regionFeed,
        node: node.id,
        peerPort,
        scheme,
        token: () => tokens.sign(region),
        client,
        waitMs: settings.heartbeatMs,
        staleAfterMs: settings.staleAfterMs,
      });
    },
  };
}

/** Short, since it travels with every question of a peer. */
function uniqueId(): string {
  return randomBytes(8).toString('hex');
}

const RULES_EVERY_MS = 2_000;

/** Asks agents of that region; their certificates may be made out to its name. */
function clientFor(region: string, { building }: World, credentials: Credentials): PeerClient {
  const { tls } = credentials;
  const client = building.use(createPeerClient({ region, ...(tls === undefined ? {} : { tls }) }));
  credentials.onCertificates(client.replaceCertificates);
  return client;
}

const CREDENTIALS_EVERY_MS = 3_000;

/** Keys and certificates. Without any an agent is alone: it signs with a secret that nobody else can know. */
function buildCredentials(world: World, readAgain: () => Settings): Credentials {
  return world.building.use(
    createCredentials({
      ...world,
      readAgain,
      everyMs: CREDENTIALS_EVERY_MS,
      loneSecret: randomBytes(32).toString('base64url'),
    }),
  );
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
