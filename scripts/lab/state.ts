/**
 * What is known of each lab, in a file of its own, so that any process can go on with a lab that another one made, and
 * take down one whose maker is gone.
 */

import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { labFolder, labsFolder } from './places.ts';
import type { PlannedNode } from './plan.ts';

export interface LabState {
  readonly name: string;
  /** The process that the lab ends with; absent for a lab that stays until somebody takes it down. */
  readonly owner?: number;
  readonly nodes: readonly PlannedNode[];
}

export async function writeLabState(state: LabState): Promise<void> {
  await mkdir(labFolder(state.name), { recursive: true });
  const file = stateFile(state.name);
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** `undefined` where there is no such lab, or it was left half made or half taken down. */
export async function readLabState(lab: string): Promise<LabState | undefined> {
  const text = await readFile(stateFile(lab), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const state: LabState = JSON.parse(text);
  return state;
}

/** Names of all labs that have a folder, whole or not. */
export async function listLabs(): Promise<readonly string[]> {
  return (await readdir(labsFolder).catch(() => [])).sort();
}

/** Is the process there? Ids are used again, so this may be wrong towards yes; never towards no. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const stateFile = (lab: string): string => path.join(labFolder(lab), 'lab.json');
