/**
 * Puts rule files in force, all or nothing: a set with any mistake is refused whole, the one before stays, and people see which
 * file is refused. Where there was none before, the agent goes on with the labels alone.
 */

import { createDecider } from '../decide/decide.ts';
import { loadRules } from '../decide/rule/load.ts';
import type { RuleProblem } from '../decide/rule/rule.ts';
import type { Log, Problem } from '../model.ts';
import type { RulesInForce } from './loop.ts';
import type { RuleFilesRead } from './ruleFiles.ts';

/** To be called with each reading of the files. */
export function createRulesReload(deps: {
  readonly log: Log;
  readonly use: (rules: RulesInForce) => void;
}): (read: RuleFilesRead) => void {
  let inForce: RulesInForce | undefined;

  function refuse(problems: readonly Problem[]): void {
    inForce = { ...(inForce ?? rulesOf([])), problems };
    deps.use(inForce);
  }

  return (read) => {
    if (!read.ok) return refuse([{ code: 'rules-unreadable', message: read.message, hint: read.hint }]);
    const loaded = loadRules(read.files);
    if (!loaded.ok) return refuse(loaded.problems.map(asProblem));
    inForce = {
      version: loaded.rules.version,
      hash: loaded.rules.hash,
      decide: createDecider(loaded.rules),
      problems: [],
    };
    const { version, hash } = inForce;
    deps.log.info(
      { version, hash, files: read.files.length, rules: loaded.rules.rules.length },
      'rules in force',
    );
    deps.use(inForce);
  };
}

function rulesOf(files: readonly []): RulesInForce {
  const loaded = loadRules(files);
  if (!loaded.ok) throw new Error('no rules at all are a valid set of rules');
  return {
    version: loaded.rules.version,
    hash: loaded.rules.hash,
    decide: createDecider(loaded.rules),
    problems: [],
  };
}

function asProblem({ file, line, column, message, hint }: RuleProblem): Problem {
  return {
    code: 'rules-refused',
    message: `New rules are refused, the ones before stay: ${file}:${line}:${column}: ${message}`,
    hint,
  };
}
