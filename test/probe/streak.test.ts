import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Health, Outcome } from '../../agent/model.ts';
import { extend, inTransition, newStreak, type Streak } from '../../agent/probe/streak.ts';

const counts = { rise: 2, fall: 3 };
const letters = { p: 'pass', f: 'fail', u: 'unknown' } as const;
type Letter = keyof typeof letters;

function outcome(letter: Letter): Outcome {
  switch (letter) {
    case 'p':
      return { result: 'pass', properties: { write: true } };
    case 'f':
      return { result: 'fail', reason: 'status', detail: 'status 503, expected 200-399' };
    case 'u':
      return { result: 'unknown', reason: 'prober-broke', detail: 'no descriptors' };
  }
}

/** All streaks on the way, one for each outcome; the n-th outcome comes at the instant n. */
function run(outcomes: Iterable<Letter>, within = counts): readonly Streak[] {
  let streak = newStreak(0);
  return [...outcomes].map((letter, index) => {
    streak = extend(streak, outcome(letter), within, index + 1);
    return streak;
  });
}

function isLetter(letter: string): letter is Letter {
  return letter in letters;
}

const initials: Readonly<Record<Health, string>> = { healthy: 'H', sick: 'S', unknown: '?' };

const table: readonly (readonly [outcomes: string, healths: string, why: string])[] = [
  ['p', 'H', 'the first pass counts at once'],
  ['f', 'S', 'the first fail counts at once'],
  ['u', '?', 'an unknown outcome says nothing'],
  ['uup', '??H', 'the first known outcome counts, after unknown ones too'],
  ['pffp', 'HHHH', 'two fails in a row are not enough'],
  ['pfff', 'HHHS', 'three fails in a row are'],
  ['pffpff', 'HHHHHH', 'a pass breaks a row of fails'],
  ['fp', 'SS', 'one pass is not enough'],
  ['fpp', 'SSH', 'two passes in a row are'],
  ['fpfp', 'SSSS', 'a fail breaks a row of passes'],
  ['pfufuf', 'HHHHHS', 'unknown outcomes neither count nor break a row'],
  ['puuuuuu', 'HHHHHHH', 'unknown outcomes never make an instance sick'],
  ['fuuuuuu', 'SSSSSSS', 'nor healthy'],
  ['pfffpp', 'HHHSSH', 'there and back'],
];

describe('a streak', () => {
  for (const [outcomes, healths, why] of table) {
    it(`${outcomes} reads ${healths}: ${why}`, () => {
      const seen = run([...outcomes].filter(isLetter)).map(({ health }) => initials[health]);
      assert.equal(seen.join(''), healths);
    });
  }

  it('says since when, and starts anew only when health turns', () => {
    assert.deepEqual(
      run(['p', 'f', 'p', 'f', 'f', 'f', 'f']).map(({ sinceMs }) => sinceMs),
      [1, 1, 1, 1, 1, 6, 6],
    );
  });

  it('is in transition while outcomes disagree with health', () => {
    assert.deepEqual(run(['p', 'f', 'u', 'f', 'f', 'p', 'p']).map(inTransition), [
      false,
      true,
      true,
      true,
      false,
      true,
      false,
    ]);
  });

  it('keeps what the instance said while it is healthy, also through a blip, and drops it when it is sick', () => {
    const seen = run(['p', 'f', 'f', 'f', 'p', 'p']).map(({ properties }) => 'write' in properties);
    assert.deepEqual(seen, [true, true, true, false, false, true]);
  });

  it('keeps the last outcome that counted', () => {
    assert.equal(run(['p', 'u'])[1]?.outcome.result, 'pass');
    assert.equal(run(['p', 'f', 'u'])[2]?.outcome.result, 'fail');
    assert.equal(run(['u'])[0]?.outcome.result, 'unknown');
  });
});

const outcomes = fc.array(fc.constantFrom<Letter>('p', 'f', 'u'), { maxLength: 40 });
const someCounts = fc.record({ rise: fc.integer({ min: 1, max: 5 }), fall: fc.integer({ min: 1, max: 5 }) });

describe('any streak', () => {
  it('turns only where the last known outcomes, as many as needed, all agree on the new health', () => {
    fc.assert(
      fc.property(outcomes, someCounts, (letters, within) => {
        const streaks = run(letters, within);
        streaks.forEach(({ health }, index) => {
          const before = streaks[index - 1]?.health ?? 'unknown';
          if (health === before || before === 'unknown') return;
          const known = letters.slice(0, index + 1).filter((letter) => letter !== 'u');
          const row = known.slice(-(health === 'healthy' ? within.rise : within.fall));
          assert.ok(row.every((letter) => letter === (health === 'healthy' ? 'p' : 'f')));
        });
      }),
    );
  });

  it('is what its last outcomes say wherever there are enough of them in a row', () => {
    fc.assert(
      fc.property(outcomes, someCounts, (letters, within) => {
        const fails = run([...letters, ...Array<Letter>(within.fall).fill('f')], within);
        assert.equal(fails.at(-1)?.health, 'sick');
        const passes = run([...letters, ...Array<Letter>(within.rise).fill('p')], within);
        assert.equal(passes.at(-1)?.health, 'healthy');
      }),
    );
  });

  it('is the same with the unknown outcomes left out, once something is known', () => {
    fc.assert(
      fc.property(outcomes, someCounts, (letters, within) => {
        const known = letters.filter((letter) => letter !== 'u');
        fc.pre(known.length > 0);
        const [all, some] = [run(letters, within).at(-1), run(known, within).at(-1)];
        assert.deepEqual({ ...all, sinceMs: 0 }, { ...some, sinceMs: 0 });
      }),
    );
  });
});
