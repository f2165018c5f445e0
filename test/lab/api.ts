/** What agents in a lab say of themselves: their API and their logs, read for tests. */

import type { Lab, LabNode } from '../../scripts/lab/lab.ts';
import { reported } from '../../scripts/lab/stacks.ts';
import { until } from '../../scripts/lab/until.ts';

/** The parts of GET /api/v1/services/<name> that lab tests look at. */
export interface ServiceSeen {
  readonly verdict?: {
    readonly state: string;
    readonly report: string;
    readonly message: string;
    readonly properties: Readonly<Record<string, unknown>>;
    readonly because: readonly { readonly source: string; readonly says: string }[];
  };
  /** The explanation, as for a terminal. */
  readonly text?: string;
  readonly instances: readonly { readonly node: string; readonly health: string; readonly asked: string }[];
  readonly problems: readonly { readonly code: string; readonly message: string; readonly hint: string }[];
}

export async function seen(node: LabNode, service: string): Promise<ServiceSeen> {
  const answer = await node.client.get(`http://127.0.0.1:7070/api/v1/services/${service}`);
  if (answer.status !== 200) throw new Error(`${node.name}: ${answer.status} ${answer.error ?? answer.body}`);
  const view: ServiceSeen = JSON.parse(answer.body);
  return view;
}

/** Waits until every node gives load balancers this status for every one of the services. */
export async function allReport(
  lab: Lab,
  services: readonly string[],
  status: number,
  withinMs = 30_000,
): Promise<void> {
  await Promise.all(
    lab.nodes.flatMap((node) =>
      services.map((service) =>
        until(
          `${node.name} answers ${status} for ${service}`,
          async () => {
            const now = await reported(node, service);
            if (now !== status) throw new Error(`it answers ${now}`);
            return true;
          },
          { withinMs },
        ),
      ),
    ),
  );
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
}

/** All that the node's agents have logged since they were deployed; lines that are not JSON count as fatal. */
export async function agentLog(node: LabNode): Promise<readonly LogLine[]> {
  const listed = await node.docker(['ps', '--all', '--quiet', '--filter', 'name=msa_agent']);
  const lines: LogLine[] = [];
  for (const container of listed.split('\n').filter(Boolean)) {
    const text = await node.docker(['logs', container]);
    for (const line of text.split('\n').filter(Boolean)) lines.push(parseLine(line));
  }
  return lines;
}

/** bunyan's level of a warning; errors are above it. */
export const warning = 40;

function parseLine(line: string): LogLine {
  try {
    const parsed: LogLine = JSON.parse(line);
    return parsed;
  } catch {
    return { level: 60, msg: line };
  }
}
