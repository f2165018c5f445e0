/**
 * What this agent proves itself with, and what it believes: keys of tokens, and certificates. Read at start, where any mistake
 * is a refusal to start, and looked at again every few seconds: files may change in place. Changes with a mistake are
 * refused, and the ones before stay in force.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock, Log, Problem } from '../model.ts';
import { createKeyring, type KeyMaterial, type Keyring } from '../share/keyring.ts';
import type { PeerTls } from '../share/peerTls.ts';
import { ageProblems, expiryOf, refusalsOf } from './certificates.ts';
import { SettingsError } from './settings.ts';
import type { Settings } from './settingsTable.ts';

export interface Credentials extends Disposable {
  /** Always the keys in force: hand it on, and don't keep what it holds. */
  readonly keyring: Keyring;
  /** Certificates in force; undefined: TLS is off. */
  readonly tls: PeerTls | undefined;
  /** Calls back with each new set of certificates. */
  onCertificates(taker: (tls: PeerTls) => void): void;
  /** What is wrong with newer files, and certificates that end. */
  problems(): readonly Problem[];
}

interface CredentialsDeps {
  readonly settings: Settings;
  /** Reads the settings anew. Throws `SettingsError`. */
  readonly readAgain: () => Settings;
  readonly everyMs: number;
  /** What an agent signs with that was given neither secret nor key: nobody else may know it. */
  readonly loneSecret: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: () => void;
}

/** What is in force at one time. */
interface Held {
  /** A hash of the texts that it was made of: tells whether they changed. */
  readonly mark: string;
  readonly keyring: Keyring;
  readonly tls?: PeerTls;
  /** Of the certificate that this agent shows. */
  readonly expiresAtMs?: number;
}

type Reading = { readonly mark: string } & (
  | { readonly ok: true; readonly held: Held }
  | { readonly ok: false; readonly problems: readonly Problem[] }
);

/** Throws `SettingsError` where they can't be used. */
export function createCredentials(deps: CredentialsDeps): Credentials {
  const { clock, log, onChange } = deps;
  const first = read(deps.settings, deps.loneSecret);
  if (!first.ok) throw new SettingsError(first.problems.map(({ message, hint }) => `${message} ${hint}`));
  const takers: ((tls: PeerTls) => void)[] = [];
  let held = first.held;
  let seen = first.mark;
  let judged = first.mark;
  let refused: readonly Problem[] = [];

  function look(): void {
    const reading = readAgain(deps);
    // Several files make a set, and are hardly replaced in one instant: what is half-way done differs at the next look.
    const settled = reading.mark === seen;
    seen = reading.mark;
    if (settled && reading.mark !== judged) {
      judged = reading.mark;
      refused = reading.mark === held.mark ? [] : take(reading).map(asRefused);
      onChange();
    }
    cancel = clock.after(deps.everyMs, look);
  }

  /** Puts it in force, or says why not. */
  function take(reading: Reading): readonly Problem[] {
    if (!reading.ok) return reading.problems;
    const { tls, keyring } = reading.held;
    if ((tls === undefined) !== (held.tls === undefined)) return [SWITCHED];
    const renewed = tls !== undefined && !sameTls(tls, held.tls);
    held = reading.held;
    if (renewed) for (const taker of takers) taker(tls);
    const keys = { signs: keyring.signing.id, accepts: [...keyring.accepted.keys()] };
    log.info({ keys, certificates: renewed ? 'replaced' : 'as before' }, 'new credentials are in force');
    return [];
  }

  let cancel = clock.after(deps.everyMs, look);
  return {
    keyring: {
      get signing() {
        return held.keyring.signing;
      },
      get signingAbroad() {
        return held.keyring.signingAbroad;
      },
      get accepted() {
        return held.keyring.accepted;
      },
    },
    get tls() {
      return held.tls;
    },
    onCertificates(taker) {
      takers.push(taker);
    },
    problems: () => [
      ...refused,
      ...(held.expiresAtMs === undefined ? [] : ageProblems(held.expiresAtMs, clock.now())),
    ],
    [Symbol.dispose]: () => cancel(),
  };
}

const SWITCHED: Problem = {
  code: 'tls-switched',
  message: 'TLS can be turned on or off at start only.',
  hint: 'Restart the agent.',
};

function asRefused(problem: Problem): Problem {
  const message = `New keys or certificates are refused, the ones before stay: ${problem.message}`;
  return { ...problem, message };
}

function readAgain(deps: CredentialsDeps): Reading {
  try {
    return read(deps.readAgain(), deps.loneSecret);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const problems = error.problems.map(
      (message): Problem => ({
        code: 'bad-settings',
        message: `${message}.`,
        hint: 'Let the agent’s user (MSA_USER) read the files, and put right what they hold.',
      }),
    );
    return { ok: false, mark: error.message, problems };
  }
}

function read(settings: Settings, loneSecret: string): Reading {
  const { region, secrets, privateKeys, secretAbroad } = settings;
  const trust = readTrust(settings.trust);
  const tls = tlsOf(settings);
  const mark = markOf([secrets, privateKeys, secretAbroad, trust, tls]);
  const alone = secrets.length === 0 && privateKeys === '';
  const keyring = createKeyring({
    region,
    secrets: alone ? [loneSecret] : secrets,
    privateKeys,
    trusted: trust.files,
    secretAbroad,
  });
  const problems = [
    ...trust.problems,
    ...(keyring.ok ? [] : keyring.problems),
    ...(tls === undefined ? [] : refusalsOf(tls)),
  ];
  if (!keyring.ok || problems.length > 0) return { ok: false, mark, problems };
  const certified = tls === undefined ? {} : { tls, expiresAtMs: expiryOf(tls) };
  return { ok: true, mark, held: { mark, keyring: keyring.keyring, ...certified } };
}

interface Trust {
  readonly files: KeyMaterial['trusted'];
  readonly problems: readonly Problem[];
}

/** The `*.pem` files of a folder, or the one file. */
function readTrust(path: string | undefined): Trust {
  if (path === undefined) return { files: [], problems: [] };
  try {
    const paths = statSync(path).isDirectory()
      ? readdirSync(path)
          .filter((name) => name.endsWith('.pem') && !name.startsWith('.'))
          .toSorted()
          .map((name) => join(path, name))
      : [path];
    const files = paths.map((file) => ({ name: basename(file), text: readFileSync(file, 'utf8') }));
    return { files, problems: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = 'Mount the public keys there, readable for the agent, or correct the path.';
    return {
      files: [],
      problems: [{ code: 'bad-trust', message: `MSA_TRUST can't be read: ${why}.`, hint }],
    };
  }
}

function tlsOf({ tlsCertificate, tlsKey, tlsAuthorities }: Settings): PeerTls | undefined {
  if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
  const own = { cert: tlsCertificate, key: tlsKey };
  return tlsAuthorities === undefined ? own : { ...own, authorities: tlsAuthorities };
}

function sameTls(a: PeerTls, b: PeerTls | undefined): boolean {
  return a.cert === b?.cert && a.key === b.key && a.authorities === b.authorities;
}

function markOf(texts: unknown): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64url');
}
