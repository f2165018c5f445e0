/** A disk that is full, and one that is read-only: real ones, in a mount namespace that goes with the test. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createFolder } from './folder.ts';

const unshare = [
  '--mount',
  '--propagation',
  'private',
  ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
];
const allowed = spawnSync('unshare', [...unshare, 'true']).status === 0;
const skip = allowed ? false : 'mount namespaces are not allowed here';

for (const [sentence, scene] of [
  ['on a full disk the agent says so and goes on, and stores again when there is space', 'full'],
  ['on a read-only disk the agent says so and goes on, and stores again when it may', 'readOnly'],
] as const) {
  test(sentence, { skip }, () => {
    using folder = createFolder();
    const script = new URL('./diskScenes.ts', import.meta.url).pathname;
    const command = [process.execPath, script, scene, folder.path];
    const { status, stderr } = spawnSync('unshare', [...unshare, ...command], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
}
