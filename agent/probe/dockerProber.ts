/** Reads what Docker already says of a container. Pure: nobody is asked. */

import type { DockerHealth, Outcome } from '../model.ts';
import { fail } from './failure.ts';

/** The container's own HEALTHCHECK; where it has none, that it runs. */
export function readDocker(docker: DockerHealth): Outcome {
  switch (docker) {
    case 'healthy':
    case 'running':
      return { result: 'pass', properties: {} };
    case 'starting':
      return {
        result: 'unknown',
        reason: 'not-yet',
        detail: 'the HEALTHCHECK of the container has not passed yet',
      };
    case 'unhealthy':
      return fail('docker', 'the HEALTHCHECK of the container fails');
    case 'stopping':
      return stopping;
  }
}

/** A container on its way out is sick, however it is probed: it may stop answering at any instant. */
export const stopping: Outcome = fail('docker', 'Docker is stopping the container');
