/** The agent's log: bunyan, one JSON object a line on standard output. The one place that makes a logger. */

import bunyan from 'bunyan';
import type { Log } from './model.ts';
import type { LogLevel } from './settings/settingsTable.ts';

export interface SwitchableLog extends Log {
  /** Switches to debug, and back to the level it started with. Returns the level now in force. */
  toggleDebug(): LogLevel;
}

/** A log whose every line bears the region and the node. */
export function createLog(level: LogLevel, fields: { readonly region: string }): SwitchableLog {
  const logger = bunyan.createLogger({
    name: 'msa',
    level,
    serializers: { error: describeError },
    ...fields,
  });
  let debugging = false;
  return {
    debug: (record, message) => logger.debug(record, message),
    info: (record, message) => logger.info(record, message),
    warn: (record, message) => logger.warn(record, message),
    error: (record, message) => logger.error(record, message),
    toggleDebug() {
      debugging = !debugging;
      const now = debugging ? 'debug' : level;
      logger.level(now);
      return now;
    },
  };
}

/** Name, code and message alone: errors of HTTP clients carry whole requests, with their tokens. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? { code: String(error.code) } : {};
  return { name: error.name, message: error.message, ...code, stack: error.stack };
}
