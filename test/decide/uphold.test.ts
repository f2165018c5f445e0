/** What a property test prints where it fails truly shows the failure again: by its seed, and by `msa test`. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { explainService } from '../../agent/cli/explain.ts';
import { runTests } from '../../agent/cli/test.ts';
import type { Json } from '../../agent/model.ts';
import { asRuleTest, type Course, type JsonObject } from './asRuleTest.ts';
import { anyHealth, cases, reportRules, ruleSetOf, type Situation, situations } from './cases.ts';
import { createFederation, type Federation } from './federation.ts';
import { nothing, startMs } from './make.ts';
import { factsShown, situationShown } from './shown.ts';
import { tryOut } from './trial/trying.ts';
import { type Property, uphold } from './uphold.ts';

const any = situations({ health: anyHealth, maintenance: fc.constantFrom(false, false, true) }, reportRules);

test('a world written as a rule test is decided as the regions of the property tests decide it', () => {
  fc.assert(
    fc.property(any, (situation) => {
      const federation = createFederation(situation.world.regions, ruleSetOf(situation.rules));
      federation.settle();
      const { trial, rules } = asRuleTest(situation, { expect: allVerdicts(situation, federation) });
      assert.deepEqual(tryOut(trial, rules), []);
    }),
    cases(200),
  );
});

function allVerdicts({ world }: Situation, federation: Federation): JsonObject {
  const verdicts = world.regions.flatMap(({ name }) =>
    Object.values(federation.verdicts(name)).map(
      ({ service, report, state, priority, eligible, willing }): [string, Json] => [
        `${name}/${service}`,
        { report, state, priority, eligible, willing },
      ],
    ),
  );
  return Object.fromEntries(verdicts);
}

/** Of course a service without a limit is up in several regions. */
const wrong: Property<Situation, Course> = {
  cases: any,
  runs: 1000,
  shown: situationShown,
  *laws({ world, rules }) {
    const federation = createFederation(world.regions, ruleSetOf(rules));
    federation.settle();
    for (const { name } of world.shapes)
      yield {
        holds: federation.upIn(name).length < 2,
        otherwise: `${name} is up in ${federation.upIn(name).join(', ')}`,
        way: { always: [`${name} up in at most 1 region`] },
      };
  },
};

test('a property that does not hold prints a rule test that fails for the same reason', async () => {
  const message = messageOf(wrong);
  const [, service = '', regions = ''] = /^(\w) is up in (.+)\n/.exec(message) ?? [];
  assert.ok(message.includes('npm run msa -- test counterexample/rules.test.json'), message);
  await inFolderOf(message, async (folder) => {
    const [file] = await runTests([join(folder, 'counterexample/rules.test.json')], undefined);
    assert.deepEqual(file?.problems, []);
    const [result] = file?.results ?? [];
    assert.equal(result?.trial.name, `${service} is up in ${regions}`);
    assert.deepEqual(
      result?.differences.map(({ what, expected, got }) => ({ what, expected, got })),
      [
        {
          what: 'always',
          expected: `${service} up in at most 1 region`,
          got: `${service} is up only in ${regions}`,
        },
      ],
    );
  });
});

test('the seed that is printed makes the same cases again', (context) => {
  const message = messageOf(wrong);
  const seed = /^MSA_TEST_SEED=(-?\d+) /m.exec(message)?.[1];
  assert.ok(seed !== undefined && message.includes(`{ seed: ${seed}, path: "`), message);
  const before = process.env.MSA_TEST_SEED;
  context.after(() => {
    if (before === undefined) delete process.env.MSA_TEST_SEED;
    else process.env.MSA_TEST_SEED = before;
  });
  process.env.MSA_TEST_SEED = seed;
  assert.equal(messageOf(wrong), message);
});

test('a rule test that does not agree with its property is told of', () => {
  const property: Property<Situation, Course> = {
    ...wrong,
    laws: ({ world }) =>
      world.shapes.map(({ name }) => ({
        holds: true,
        otherwise: `${name} is somewhere`,
        way: { never: [`${name} up in at least 0 regions`] },
      })),
  };
  assert.match(
    messageOf(property),
    /^its rule test finds: at 0s never: expected \w up in at least 0 regions, got /,
  );
});

test('what breaks before anything can be judged is shown as well', () => {
  const property: Property<Situation, Course> = {
    ...wrong,
    laws() {
      throw new Error('it broke');
    },
  };
  const message = messageOf(property);
  assert.match(message, /^it broke\n/);
  assert.match(message, /^counterexample\/rules\.test\.json:$/m);
});

test('where no rule test can say it, the rules and facts that are printed are explained by msa', async () => {
  const message = messageOf({
    ...wrong,
    shown({ world, rules }) {
      const [first] = world.regions;
      assert.ok(first !== undefined);
      const { factsOf } = createFederation([first], ruleSetOf(rules));
      return factsShown(rules, { facts: factsOf(first.name), memory: nothing, atMs: startMs });
    },
  });
  const [, service = '', facts = '', rules = ''] =
    /^npm run msa -- explain (\w) --facts (\S+) --rules (\S+)$/m.exec(message) ?? [];
  await inFolderOf(message, async (folder) => {
    const from = { url: '', facts: join(folder, facts), rules: [join(folder, rules)] };
    const text = await explainService(service, from, (_, plain) => plain, false);
    assert.match(text, new RegExp(`^${service}\\b.* up`));
  });
});

function messageOf<Case, Way>(property: Property<Case, Way>): string {
  try {
    uphold(property);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return assert.fail('the property should not hold');
}

/** Saves the files that stand in the message, as a reader of it would. */
async function inFolderOf(message: string, look: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'msa-counterexample-'));
  try {
    for (const part of message.split('\n\n')) {
      const [, path, content] = /^(\S+\.json):\n(.+)$/s.exec(part) ?? [];
      if (path === undefined || content === undefined) continue;
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    await look(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
