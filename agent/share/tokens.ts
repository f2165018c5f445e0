/**
 * Peers' tokens: short-lived JWTs that say which agent of which region asks, and whom. Every claim is given and every claim
 * is checked; times are judged on this agent's clock.
 */

import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { Clock } from '../model.ts';
import type { Keyring } from './keyring.ts';

/** Who asks. */
interface Peer {
  readonly region: string;
  readonly node: string;
}

/** Why a token is refused, for people: what is wrong, and what to do. */
export interface Refusal {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly error: string;
  readonly hint: string;
}

export interface Tokens {
  /** A token for agents of that region. The same one is given again while it has half its life before it and its key signs. */
  sign(audience: string): string;
}

interface TokensDeps {
  readonly region: string;
  readonly node: string;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Names each token: never the same twice. */
  readonly uniqueId: () => string;
  /** How long each token lives; up to five minutes. */
  readonly lifetimeS?: number;
}

const LIFETIME_S = 60;
/** Longer lives are refused: such a token was not made by an agent. */
const LONGEST_LIFETIME_S = 300;
/** Two nodes' clocks may differ by that much. */
const TOLERANCE_S = 30;

export function createTokens(deps: TokensDeps): Tokens {
  const { region, node, keyring, clock, uniqueId, lifetimeS = LIFETIME_S } = deps;
  const recent = new Map<string, Signed>();
  return {
    sign(audience) {
      const nowS = Math.floor(clock.now() / 1_000);
      const { id, key, algorithm } = audience === region ? keyring.signing : keyring.signingAbroad;
      // After the clock was set back a new one is made, so that no token from the future is sent.
      const known = recent.get(audience);
      if (known?.keyId === id && nowS >= known.signedAtS && nowS < known.signedAtS + lifetimeS / 2)
        return known.token;
      const claims = {
        iss: region,
        sub: node,
        aud: audience,
        iat: nowS,
        exp: nowS + lifetimeS,
        jti: uniqueId(),
      };
      const token = jwt.sign(claims, key, { algorithm, keyid: id });
      recent.set(audience, { token, keyId: id, signedAtS: nowS });
      return token;
    },
  };
}

interface Signed {
  readonly token: string;
  readonly keyId: string;
  readonly signedAtS: number;
}

const claimsShape = z.object({
  iss: z.string().min(1).max(128),
  sub: z.string().min(1).max(128),
  aud: z.string().min(1).max(128),
  jti: z.string().min(1).max(128),
  iat: z.number(),
  exp: z.number(),
  nbf: z.number().optional(),
});

export type ClaimsResult =
  | { readonly ok: true; readonly peer: Peer }
  | { readonly ok: false; readonly refusal: Refusal };

/** Judges the claims of a token whose signature, issuer and audience are right. Pure. */
export function checkClaims(payload: unknown, nowMs: number): ClaimsResult {
  const hasExpiry = z.object({ exp: z.number() }).safeParse(payload).success;
  if (!hasExpiry) return refuse('no-expiry', 'The token never expires.', 'Let it expire within 5 minutes.');
  const parsed = claimsShape.safeParse(payload);
  if (!parsed.success) {
    const claim = parsed.error.issues[0]?.path.join('.') ?? '';
    return refuse(
      'claims',
      `The token's claim ${claim} is missing or wrong.`,
      'Upgrade the agent that asks.',
    );
  }
  const { iss, sub, iat, exp, nbf } = parsed.data;
  const nowS = nowMs / 1_000;
  if (exp - iat > LONGEST_LIFETIME_S) {
    return refuse('lifetime', 'The token lives for too long.', 'Let it expire within 5 minutes.');
  }
  if (exp <= iat)
    return refuse('lifetime', 'The token expires before it starts.', 'Upgrade the agent that asks.');
  if (nowS > exp + TOLERANCE_S)
    return refuse('expired', `The token expired ${span(nowS - exp)} ago.`, CLOCKS);
  const startS = Math.max(iat, nbf ?? iat);
  if (nowS < startS - TOLERANCE_S) {
    return refuse('not-yet-valid', `The token is valid only in ${span(startS - nowS)}.`, CLOCKS);
  }
  return { ok: true, peer: { region: iss, node: sub } };
}

const CLOCKS = 'Where that is not an old token, the clocks of the two nodes differ: set both by NTP.';

function span(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function refuse(code: string, error: string, hint: string): ClaimsResult {
  return { ok: false, refusal: { code, error, hint } };
}
