/**
 * Stands in for Azure's probes, since Azure can't be had in a test. It follows what Azure publishes ("Azure Load Balancer
 * health probes", "Traffic Manager endpoint monitoring"): GET; only 200 is well; redirects are not followed; so many
 * failures in a row take the endpoint out, so many successes bring it back. A test makes each round of probes itself, and
 * counts rounds in place of seconds.
 */

import { request } from 'node:http';

export interface ProbeRules {
  readonly path: string;
  readonly timeoutMs: number;
  /** Failures in a row that take the endpoint out, where the last one was an answer other than 200. */
  readonly wrongAnswersToLeave: number;
  /** The same, where the last one was no answer in time. */
  readonly silencesToLeave: number;
  /** Successes in a row that bring it back. */
  readonly successesToReturn: number;
  /** Does it get traffic before the first probe? */
  readonly startsIn: boolean;
}

export interface AzureProber {
  /** One probe. */
  round(): Promise<void>;
  readonly inRotation: boolean;
}

type Found = 'well' | 'wrong' | 'silent';

export function createAzureProber(host: string, port: number, rules: ProbeRules): AzureProber {
  let inRotation = rules.startsIn;
  let successes = 0;
  let failures = 0;

  function ask(): Promise<Found> {
    return new Promise((resolve) => {
      const asking = request({ host, port, path: rules.path, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode === 200 ? 'well' : 'wrong');
      });
      asking.setTimeout(rules.timeoutMs, () => asking.destroy(new Error('too late')));
      asking.on('error', () => resolve('silent'));
      asking.end();
    });
  }

  return {
    async round() {
      const found = await ask();
      successes = found === 'well' ? successes + 1 : 0;
      failures = found === 'well' ? 0 : failures + 1;
      const most = found === 'silent' ? rules.silencesToLeave : rules.wrongAnswersToLeave;
      if (successes >= rules.successesToReturn) inRotation = true;
      else if (failures >= most) inRotation = false;
    },
    get inRotation() {
      return inRotation;
    },
  };
}
