/** `msa status`: the services of a region as a table in the terminal, worst first news at the top. */

import { z } from 'zod';
import { formatDuration } from '../duration.ts';
import { ask } from './ask.ts';
import { type Paint, table } from './table.ts';

const servicesShape = z.object({
  region: z.string(),
  stale: z.string().optional(),
  services: z.array(
    z.object({
      service: z.string(),
      report: z.enum(['up', 'down', 'drain', 'unknown']),
      state: z.string(),
      healthy: z.number(),
      total: z.number(),
      priority: z.number(),
      message: z.string(),
      reportSinceMs: z.number().optional(),
    }),
  ),
});

const statusShape = z.object({
  role: z.string(),
  leader: z.string().optional(),
  self: z.object({ node: z.string(), hostname: z.string() }),
  agents: z.array(
    z.object({ heard: z.boolean(), info: z.object({ node: z.string(), hostname: z.string() }) }),
  ),
  problems: z.array(z.object({ message: z.string(), hint: z.string() })),
});

const colours = { up: 'green', down: 'red', drain: 'yellow', unknown: 'magenta' } as const;

/** The table as text, and whether everything is reported up. Ages are told as of `nowMs`. */
export async function status(
  url: string,
  nowMs: number,
  paint: Paint,
): Promise<{ readonly text: string; readonly allUp: boolean }> {
  const [{ region, stale, services }, agent] = await Promise.all([
    ask(url, '/api/v1/services', servicesShape),
    ask(url, '/api/v1/status', statusShape),
  ]);
  const everyone = [{ heard: true, info: agent.self }, ...agent.agents];
  const leader = everyone.find(({ info }) => info.node === agent.leader)?.info.hostname ?? 'nobody';
  const heard = everyone.filter((sight) => sight.heard).length;
  const head = `region ${region}, seen by ${agent.self.hostname} (${agent.role}); leader: ${leader}; agents: ${heard} of ${everyone.length} heard`;

  const rows = services.map(
    ({ service, report, state, healthy, total, priority, reportSinceMs, message }) => [
      service,
      report,
      state,
      `${healthy}/${total}`,
      String(priority),
      reportSinceMs === undefined ? '-' : formatDuration(Math.max(0, nowMs - reportSinceMs)),
      message,
    ],
  );
  const titles = ['SERVICE', 'REPORT', 'STATE', 'HEALTHY', 'PRIORITY', 'SINCE', 'WHY'];
  const body = table([titles, ...rows], (row, column, text) => {
    if (row === 0) return paint('bold', text);
    const report = services[row - 1]?.report;
    return column === 1 && report !== undefined ? paint(colours[report], text) : text;
  });

  const warnings = [
    ...(stale === undefined ? [] : [`This decision may be old: ${stale}`]),
    ...agent.problems.map(({ message, hint }) => `${message} ${hint}`),
  ];
  const text = [
    head,
    '',
    services.length === 0 ? 'No service has msa.* labels yet.' : body,
    ...warnings.map((line) => `\n${paint('yellow', '!')} ${line}`),
  ];
  return { text: text.join('\n'), allUp: services.every(({ report }) => report === 'up') };
}
