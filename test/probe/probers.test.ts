import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DockerHealth, ProbeHow, ProbeTarget } from '../../agent/model.ts';
import { createProbers, type Way } from '../../agent/probe/probers.ts';
import { createFakeClock } from '../fakeClock.ts';
import { httpHow, planFor, targetFor } from './target.ts';

const probers = createProbers({ clock: createFakeClock() });

function wayOf(how: ProbeHow, changes: Partial<ProbeTarget> = {}): Way {
  return probers(targetFor(planFor(how), changes));
}

function words(way: Way): string {
  if (way.kind === 'ask') return way.asked;
  return way.outcome.result === 'pass' ? 'pass' : `${way.outcome.result}: ${way.outcome.reason}`;
}

describe('a probe', () => {
  const readings: readonly (readonly [docker: DockerHealth, byDocker: string, byNone: string])[] = [
    ['running', 'pass', 'pass'],
    ['healthy', 'pass', 'pass'],
    ['starting', 'unknown: not-yet', 'pass'],
    ['unhealthy', 'fail: docker', 'pass'],
    ['stopping', 'fail: docker', 'fail: docker'],
  ];
  for (const [docker, byDocker, byNone] of readings) {
    it(`of a container that is ${docker} reads ${byDocker}, and ${byNone} where nothing is asked`, () => {
      assert.equal(words(wayOf({ kind: 'docker' }, { docker })), byDocker);
      assert.equal(words(wayOf({ kind: 'none' }, { docker })), byNone);
    });
  }

  it('of a container that is stopping fails without asking', () => {
    assert.equal(words(wayOf(httpHow(80), { docker: 'stopping' })), 'fail: docker');
  });

  it('of a container whose own health check fails still asks: the label chose so', () => {
    assert.equal(wayOf(httpHow(80), { docker: 'unhealthy' }).kind, 'ask');
  });

  it('says whom it asks', () => {
    assert.equal(words(wayOf(httpHow(80))), 'http://127.0.0.1:80/health');
    assert.equal(words(wayOf({ kind: 'tcp', port: 5432 }, { address: 'fd00::1' })), 'tcp://[fd00::1]:5432');
  });

  it('without a way to the instance is unknown, and says what the problem is', () => {
    const problem = { code: 'no-way', message: 'no shared network', hint: 'attach one' };
    const { address: _, ...lost } = targetFor(planFor(httpHow(80)), { problem });
    assert.deepEqual(probers(lost), {
      kind: 'known',
      outcome: { result: 'unknown', reason: 'no-way', detail: 'no shared network' },
    });
  });

  it('that is not supported yet says so', () => {
    for (const way of [wayOf({ kind: 'push', ttlMs: 1 }), wayOf(httpHow(80, { auth: 'key' }))]) {
      assert.ok(way.kind === 'known' && way.outcome.result === 'unknown');
      assert.match(way.outcome.detail, /not supported yet/);
    }
  });
});
