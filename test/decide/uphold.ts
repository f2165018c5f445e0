/**
 * Tries on generated cases whether what must be so is so. Where it is not, the error says what is wrong, the seed that finds
 * it again, and the files that show it to anyone: a rule test, wherever rule tests have words for it.
 *
 * Of one case in a hundred it also tries that the rule tests agree, so that one that is printed can be trusted.
 */

import fc from 'fast-check';
import { cases } from './cases.ts';
import { type Shown, textOf } from './shown.ts';
import { tryOut } from './trial/trying.ts';

/** Something that must be so in a case. */
export interface Law<Way> {
  readonly holds: boolean;
  /** What is wrong where it does not hold. */
  readonly otherwise: string;
  /** How to show it. */
  readonly way: Way;
}

export interface Property<Case, Way> {
  readonly cases: fc.Arbitrary<Case>;
  readonly runs: number;
  /** What must be so in the case; looked at one by one, until one does not hold. */
  readonly laws: (one: Case) => Iterable<Law<Way>>;
  /** What shows the case; without a law: something broke before any could be looked at. */
  readonly shown: (one: Case, law: Law<Way> | undefined) => Shown;
}

/** Throws where a law does not hold in a case, or does not in the rule test of that case. */
export function uphold<Case, Way>(property: Property<Case, Way>): void {
  const { shown, runs } = property;
  look(property, runs, ({ holds, otherwise }) => (holds ? undefined : otherwise));
  look(property, runs / 100, (law, one) => {
    const { ruleTest } = shown(one, law);
    const differences = ruleTest === undefined ? [] : tryOut(ruleTest.trial, ruleTest.rules);
    return differences.length === 0 ? undefined : `its rule test finds: ${differences.join('; ')}`;
  });
}

/** Says what is wrong with a law, where something is. */
type Judge<Case, Way> = (law: Law<Way>, one: Case) => string | undefined;

function look<Case, Way>(property: Property<Case, Way>, runs: number, judge: Judge<Case, Way>): void {
  const { laws, shown } = property;
  const find = (one: Case) => {
    for (const law of laws(one)) {
      const wrong = judge(law, one);
      if (wrong !== undefined) return { law, wrong };
    }
    return undefined;
  };
  const details = fc.check(
    fc.property(property.cases, (one) => {
      const found = find(one);
      if (found !== undefined) throw new Error(found.wrong);
    }),
    cases(runs),
  );
  if (!details.failed) return;
  const { errorInstance, counterexample, seed } = details;
  const parts = [
    errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    fc.defaultReportMessage(details),
    `MSA_TEST_SEED=${seed} makes the same cases again.`,
  ];
  if (counterexample !== null) parts.push(textOf(shown(counterexample[0], lawOf(find, counterexample[0]))));
  throw new Error(parts.join('\n\n'), { cause: errorInstance });
}

/** The law that is found; undefined where something is thrown instead, which has been told. */
function lawOf<Case, Way>(
  find: (one: Case) => { readonly law: Law<Way> } | undefined,
  one: Case,
): Law<Way> | undefined {
  try {
    return find(one)?.law;
  } catch {
    return undefined;
  }
}
