/** No probe: that the task runs is all that is known, and enough. Pure. */

import type { DockerHealth, Outcome } from '../model.ts';
import { stopping } from './dockerProber.ts';

export function readTask(docker: DockerHealth): Outcome {
  return docker === 'stopping' ? stopping : { result: 'pass', properties: {} };
}
