/**
 * Lets a request pass only with a peer's token: its signature by one of the accepted keys, its issuer, its audience and its
 * times must all be right. Answers 401 with a short reason otherwise, and logs it, but not for each attempt.
 */

import type { RequestHandler } from 'express';
import jwt from 'jsonwebtoken';
import { Passport } from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { z } from 'zod';
import type { Clock, Log } from '../model.ts';
import type { AcceptedKey, Keyring } from './keyring.ts';
import { createOncePerMinute } from './oncePerMinute.ts';
import { checkClaims, type Refusal } from './tokens.ts';

interface AuthenticateDeps {
  /** This region: whom tokens must be meant for. */
  readonly region: string;
  /** The regions whose agents may ask. */
  readonly issuers: readonly string[];
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Log;
}

/** A handler that calls the next one for peers only. */
export function authenticatePeers(deps: AuthenticateDeps): RequestHandler {
  const { clock, log } = deps;
  const passport = new Passport();
  passport.use('peer', strategyOf(deps));
  const mayLog = createOncePerMinute(clock);

  return (request, response, next) => {
    const decide = (error: unknown, peer: unknown, info: unknown): void => {
      if (error || peer) {
        next(error);
        return;
      }
      const refusal = refusalOf(info);
      const address = request.socket.remoteAddress ?? 'unknown';
      if (mayLog(`${address} ${refusal.code}`)) {
        log.warn(
          { peer: address, code: refusal.code, hint: refusal.hint },
          `refused a peer: ${refusal.error}`,
        );
      }
      response.status(401).set('WWW-Authenticate', 'Bearer').json(refusal);
    };
    passport.authenticate('peer', { session: false }, decide)(request, response, next);
  };
}

function strategyOf({ region, issuers, keyring, clock }: AuthenticateDeps): Strategy {
  return new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      // Each key goes with one of them, which keyOf insists on.
      algorithms: ['HS256', 'ES256'],
      issuer: [...issuers],
      audience: region,
      // Times are judged by checkClaims, on the injected clock, which also insists that they are there.
      jsonWebTokenOptions: { ignoreNotBefore: true },
      ignoreExpiration: true,
      secretOrKeyProvider(_request, token: unknown, done) {
        const found = keyOf(token, keyring);
        if ('code' in found) return done(found);
        // The type knows strings and buffers only; a KeyObject is what jsonwebtoken works with, and fifty times faster.
        Reflect.apply(done, undefined, [null, found.key]);
      },
    },
    (payload: unknown, done) => {
      const checked = checkClaims(payload, clock.now());
      if (checked.ok) done(null, checked.peer);
      else done(null, false, checked.refusal);
    },
  );
}

const headShape = z.object({
  header: z.object({ alg: z.string(), kid: z.string().optional() }),
  payload: z.object({ iss: z.unknown().optional() }),
});

/** The key that must have signed, found by what the token says; that it did is checked after. */
function keyOf(token: unknown, keyring: Keyring): AcceptedKey | Refusal {
  const head = typeof token === 'string' ? headOf(token) : undefined;
  if (head === undefined) return MALFORMED;
  const { header, payload } = head;
  if (header.alg.toLowerCase() === 'none') return UNSIGNED;
  const key = keyring.accepted.get(header.kid ?? '');
  if (key === undefined) return UNKNOWN_KEY;
  // Or a public key, which everybody may know, could be taken for a secret.
  if (header.alg !== key.algorithm) return OTHER_ALGORITHM;
  if (key.owner !== undefined && payload.iss !== key.owner) return NOT_ITS_KEY;
  return key;
}

function headOf(token: string): z.infer<typeof headShape> | undefined {
  try {
    return headShape.safeParse(jwt.decode(token, { complete: true })).data;
  } catch {
    // jsonwebtoken throws where the header or the payload is no JSON.
    return undefined;
  }
}

const MALFORMED: Refusal = {
  code: 'malformed',
  error: 'This is not a token.',
  hint: 'Send `Authorization: Bearer <JWT>`.',
};
const UNSIGNED: Refusal = {
  code: 'unsigned',
  error: 'The token is not signed.',
  hint: 'Give the agent the region’s secret, or its key.',
};
const UNKNOWN_KEY: Refusal = {
  code: 'unknown-key',
  error: 'The token is signed with a key that is not known here.',
  hint: 'Give both agents the same secret, or put the asking region’s public key in MSA_TRUST; while keys are rotated, both the old and the new one.',
};
const OTHER_ALGORITHM: Refusal = {
  code: 'algorithm',
  error: 'The token is signed another way.',
  hint: 'Upgrade the agent that asks.',
};
const NOT_ITS_KEY: Refusal = {
  code: 'owner',
  error: 'The key that signed the token belongs to another region.',
  hint: 'Check MSA_REGION and MSA_KEY where it comes from, and the names of the files in MSA_TRUST here.',
};

const refusalShape = z.object({ code: z.string(), error: z.string(), hint: z.string() });

/** Puts what passport-jwt or jsonwebtoken say into words of our own; they echo nothing of the token. */
function refusalOf(info: unknown): Refusal {
  const own = refusalShape.safeParse(info);
  if (own.success) return own.data;
  const said = info instanceof Error ? info.message : '';
  if (said === 'No auth token') {
    return { code: 'no-token', error: 'There is no token.', hint: 'Send `Authorization: Bearer <JWT>`.' };
  }
  if (said.startsWith('jwt audience invalid')) {
    return {
      code: 'audience',
      error: 'The token is meant for another region.',
      hint: 'Check MSA_REGION on both sides.',
    };
  }
  if (said.startsWith('jwt issuer invalid')) {
    return {
      code: 'issuer',
      error: 'The token comes from a region that may not ask for this.',
      hint: 'Check MSA_REGION and MSA_PEERS on both sides.',
    };
  }
  if (said === 'invalid algorithm') return OTHER_ALGORITHM;
  if (said === 'invalid signature' || said === 'jwt signature is required') {
    return { ...UNKNOWN_KEY, code: 'signature', error: 'The token’s signature is wrong.' };
  }
  return MALFORMED;
}
