/** What a channel is, once its secrets are at hand. It holds them: never log one, never share one. */

import type { KeyObject } from 'node:crypto';

export type Channel =
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
      /** Empty: not signed. */
      readonly keys: readonly KeyObject[];
    }
  | { readonly kind: 'slack'; readonly url: string };

/** Everything that the file of channels says. */
export interface ChannelSet {
  readonly channels: ReadonlyMap<string, Channel>;
  /** What the webhooks of rules are signed with; empty: they are not. */
  readonly ruleKeys: readonly KeyObject[];
}

/** Without a file there are no channels. */
export const noChannels: ChannelSet = { channels: new Map(), ruleKeys: [] };
