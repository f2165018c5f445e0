/** What nobody can tell takes nothing up, and a silence takes nothing down. */

import { test } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../agent/decide/decide.ts';
import type { Json } from '../../agent/model.ts';
import type { Course } from './asRuleTest.ts';
import { anyHealth, mostlyHealthy, reportRules, ruleSetOf, situations } from './cases.ts';
import { createFederation } from './federation.ts';
import { inDoubt, nothing, silent, startMs } from './make.ts';
import { situationShown } from './shown.ts';
import { type Law, uphold } from './uphold.ts';

const sometimes = fc.constantFrom(false, false, true);

test('unknown never turns into up', () => {
  const holding = reportRules.map((list) => list.filter((rule) => !isChoosing(rule)));
  uphold({
    cases: situations({ health: anyHealth, maintenance: sometimes }, holding),
    runs: 1000,
    shown: situationShown,
    *laws({ world, rules: list }): Generator<Law<Course>> {
      const rules = ruleSetOf(list);
      const federation = createFederation(world.regions, rules);
      federation.settle();
      const names = world.regions.map(({ name }) => name);
      for (const name of names) {
        const doubt = inDoubt(federation.factsOf(name));
        const first = decide(rules, doubt, nothing, startMs);
        for (const [service, { report }] of Object.entries(first.decision.verdicts))
          yield {
            holds: report !== 'up',
            otherwise: `${service} is up in ${name}, which begins in doubt`,
            way: beginningInDoubt(names, name, service),
          };
        const before = federation.verdicts(name);
        const next = decide(rules, doubt, federation.memoryOf(name), startMs + 1e6);
        for (const [service, { report }] of Object.entries(next.decision.verdicts)) {
          if (before[service]?.report === 'up') continue;
          yield {
            holds: report !== 'up',
            otherwise: `${service} came up in ${name} in doubt`,
            way: comingIntoDoubt(names, name, service),
          };
        }
      }
    },
  });
});

/** Nobody has decided anything when the doubt begins. Regions that are silent for 3s are stale to each other. */
function beginningInDoubt(names: readonly string[], name: string, service: string): Course {
  return {
    acquainted: [
      { t: '0s', stop: names },
      { t: '10s', start: names, cut: names, set: { '*': 'silent' } },
    ],
    never: [`${name}/${service} up`],
  };
}

/** It is not up when the doubt begins, and so it shall stay. Before all have settled it may be up in passing. */
function comingIntoDoubt(names: readonly string[], name: string, service: string): Course {
  const up = { name: `${service}-came-up`, regions: [name], if: { reported: service }, for: '1s' };
  return {
    later: [{ t: '10s', cut: names }, { t: '13s', set: { '*': 'silent' } }, { t: '20s' }],
    onlookers: [{ ...up, then: { notify: 'law', message: `${service} came up` } }],
    never: [`notify ${up.name}`],
  };
}

/** A rule that says what unknown means has been told to choose. */
function isChoosing(rule: Json): boolean {
  return typeof rule === 'object' && rule !== null && 'unknown' in rule && rule.unknown !== 'hold';
}

test('a silence alone changes no report', () => {
  uphold({
    cases: situations({ health: mostlyHealthy, maintenance: sometimes }),
    runs: 1000,
    shown: situationShown,
    *laws({ world, rules: list }): Generator<Law<Course>> {
      const rules = ruleSetOf(list);
      const federation = createFederation(world.regions, rules);
      federation.settle();
      const names = world.regions.map(({ name }) => name);
      for (const name of names) {
        const before = federation.verdicts(name);
        const given = silent(federation.factsOf(name));
        const next = decide(rules, given, federation.memoryOf(name), startMs + 1e6);
        for (const [service, { report }] of Object.entries(next.decision.verdicts)) {
          const was = before[service]?.report ?? 'unknown';
          const expect = { [`${name}/${service}`]: was };
          yield {
            holds: report === was,
            otherwise: `${service} was ${was} in ${name}, and ${report} after the others fell silent`,
            way: {
              expect,
              later: [
                { t: '10s', cut: names },
                { t: '13s', expect },
              ],
            },
          };
        }
      }
    },
  });
});
