/** `msa token`: a token as agents show to each other, for a person with curl. */

import { randomUUID } from 'node:crypto';
import { systemClock } from '../clock.ts';
import { readSettings } from '../settings/settings.ts';
import { createKeyring } from '../share/keyring.ts';
import { createTokens } from '../share/tokens.ts';
import { CommandError } from './ask.ts';

interface TokenWish {
  /** In whose name; undefined: `MSA_REGION`. */
  readonly region?: string | undefined;
  /** The region that is asked; undefined: the same. */
  readonly for?: string | undefined;
  readonly minutes: string;
  readonly secretFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Longer ones are refused by every agent. */
const MOST_MINUTES = 5;

/** Signs with the keys of the files, else with those of the environment, as an agent there would. */
export function makeToken(wish: TokenWish): string {
  const minutes = Number(wish.minutes);
  if (!(minutes > 0 && minutes <= MOST_MINUTES)) {
    throw new CommandError(
      `A token can't live for ${wish.minutes} minutes.`,
      `Agents take those of at most ${MOST_MINUTES} minutes: --minutes 5`,
    );
  }
  const region = wish.region ?? process.env.MSA_REGION;
  if (region === undefined)
    throw new CommandError('No region is named.', 'Say in whose name it is: --region east');
  const { secrets, privateKeys } = readSettings({ MSA_REGION: region, ...keysOf(wish) });
  const made = createKeyring({ region, secrets, privateKeys, trusted: [], secretAbroad: false });
  if (!made.ok) {
    const [problem] = made.problems;
    throw new CommandError(
      problem?.message ?? '',
      'Name the file of the region’s secret or private key: --secret-file, --key-file, or MSA_SECRET_FILE, MSA_KEY_FILE.',
    );
  }
  const tokens = createTokens({
    region,
    node: 'operator',
    keyring: made.keyring,
    clock: systemClock,
    uniqueId: randomUUID,
    lifetimeS: Math.floor(minutes * 60),
  });
  return tokens.sign(wish.for ?? region);
}

function keysOf({ secretFile, keyFile }: TokenWish): Record<string, string | undefined> {
  if (secretFile !== undefined || keyFile !== undefined)
    return { MSA_SECRET_FILE: secretFile, MSA_KEY_FILE: keyFile };
  const names = ['MSA_SECRET', 'MSA_SECRET_FILE', 'MSA_KEY', 'MSA_KEY_FILE'];
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
