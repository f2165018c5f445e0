/** What a lab is made of: `east=3m+1w west=1m+1w` as nodes with names and addresses. Pure. */

/** How many managers and workers each region has, by region. */
export type LabPlan = Readonly<Record<string, RegionPlan>>;

interface RegionPlan {
  readonly managers: number;
  readonly workers: number;
}

export interface PlannedNode {
  /** `east-m1`, `west-w2`; also its host name. */
  readonly name: string;
  readonly region: string;
  readonly manager: boolean;
  /** Regions have a /24 each out of 10.77.0.0/16. */
  readonly address: string;
}

/** The address of the switch itself: of clients that belong to no region. */
export const switchAddress = '10.77.0.1';

const word = /^[a-z][a-z0-9]{0,11}$/;
const count = /^(?<managers>[1-9]\d?)m(?:\+(?<workers>\d{1,2})w)?$/;

/** Reads `east=3m+1w` words; throws with what is wrong in them. */
export function parsePlan(words: readonly string[]): LabPlan {
  const plan: Record<string, RegionPlan> = {};
  for (const text of words) {
    const [region = '', size = ''] = text.split('=', 2);
    const numbers = count.exec(size)?.groups;
    if (!word.test(region) || numbers === undefined || region in plan) {
      throw new Error(`"${text}" is not a region: write each once, as in east=3m+1w or west=1m`);
    }
    plan[region] = { managers: Number(numbers.managers), workers: Number(numbers.workers ?? 0) };
  }
  if (words.length === 0) throw new Error('a lab needs a region: east=1m+2w, say');
  return plan;
}

/** All nodes of the plan, managers first in each region; a region's first manager starts its Swarm. */
export function nodesOf(plan: LabPlan): readonly PlannedNode[] {
  return Object.entries(plan).flatMap(([region, { managers, workers }], index) => {
    const make = (manager: boolean, number: number, host: number): PlannedNode => ({
      name: `${region}-${manager ? 'm' : 'w'}${number}`,
      region,
      manager,
      address: `10.77.${index + 1}.${host}`,
    });
    return [
      ...Array.from({ length: managers }, (_, n) => make(true, n + 1, n + 1)),
      ...Array.from({ length: workers }, (_, n) => make(false, n + 1, n + 101)),
    ];
  });
}
