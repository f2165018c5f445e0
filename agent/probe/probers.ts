/**
 * The table of probers: for each kind of probe, how its outcome is come by.
 *
 * Always holds: a container that is stopping is never asked, it is sick at once.
 */

import type { Clock, Outcome, ProbeTarget } from '../model.ts';
import { readDocker, stopping } from './dockerProber.ts';
import { probeHttp } from './httpProber.ts';
import { readTask } from './noneProber.ts';
import { probeTcp } from './tcpProber.ts';

/** An outcome is either known from the target itself, without delay or doubt; or somebody must be asked, again and again. */
export type Way = { readonly kind: 'known'; readonly outcome: Outcome } | Question;

export interface Question {
  readonly kind: 'ask';
  /** Whom, for people: `http://10.0.1.5:8080/health`. */
  readonly asked: string;
  /** Asks once. Settles at once when the signal aborts. */
  readonly ask: (signal: AbortSignal) => Promise<Outcome>;
}

export type Probers = (target: ProbeTarget) => Way;

/** The probers of real life. */
export function createProbers({ clock }: { readonly clock: Clock }): Probers {
  return (target) => {
    if (target.docker === 'stopping') return { kind: 'known', outcome: stopping };
    const { how, timeoutMs } = target.plan;
    switch (how.kind) {
      case 'docker':
        return { kind: 'known', outcome: readDocker(target.docker) };
      case 'none':
        return { kind: 'known', outcome: readTask(target.docker) };
      case 'push':
        return noWay('msa.probe=push is not supported yet: choose another probe');
      case 'http': {
        if (how.auth !== undefined) return noWay('msa.probe.auth is not supported yet: take the label away');
        const { address } = target;
        if (address === undefined) return unreachable(target);
        return {
          kind: 'ask',
          asked: `${how.scheme}://${inUrl(address)}:${how.port}${how.path}`,
          ask: (signal) => probeHttp(target, how, address, clock, signal),
        };
      }
      case 'tcp': {
        const { address } = target;
        if (address === undefined) return unreachable(target);
        return {
          kind: 'ask',
          asked: `tcp://${inUrl(address)}:${how.port}`,
          ask: (signal) => probeTcp(address, how.port, timeoutMs, signal),
        };
      }
    }
  };
}

function unreachable(target: ProbeTarget): Way {
  return noWay(target.problem?.message ?? 'the agent knows no way to the instance');
}

function noWay(detail: string): Way {
  return { kind: 'known', outcome: { result: 'unknown', reason: 'no-way', detail } };
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
