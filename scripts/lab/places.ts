/** Where things of the lab lie, and the names they bear. Pure. A lab's name is in every name that two labs could share. */

import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * The labs' own corner of the disk, for all checkouts on the machine: engines need a real file system (not a tmpfs or
 * an overlay), paths short enough for Unix sockets, and caches that outlive a clean clone.
 */
const home = process.env.MSA_LAB_HOME ?? '/var/lib/msa-lab';
export const cacheFolder = path.join(home, 'cache');
export const labsFolder = path.join(home, 'labs');

export const labFolder = (lab: string): string => path.join(labsFolder, lab);
export const nodeFolder = (lab: string, node: string): string => path.join(labFolder(lab), node);
/** The node's own /run, which holds its engine's socket. */
const runFolder = (lab: string, node: string): string => path.join(nodeFolder(lab, node), 'run');
export const socketOf = (lab: string, node: string): string => path.join(runFolder(lab, node), 'docker.sock');
export const engineLog = (lab: string, node: string): string =>
  path.join(nodeFolder(lab, node), 'engine.log');
/** Relative to every cgroup hierarchy's root. */
export const cgroupOf = (lab: string, node: string): string => `msa-lab-${lab}-${node}`;

/** The network namespace of a node. */
export const namespaceOf = (lab: string, node: string): string => `msa-${lab}-${node}`;
/** The network namespace of the switch that joins the nodes; also where clients outside of all regions are. */
export const switchOf = (lab: string): string => `msa-${lab}-switch`;
export const namespaceFile = (namespace: string): string => `/run/netns/${namespace}`;
