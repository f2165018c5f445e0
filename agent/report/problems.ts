/** All that is wrong and that a person can mend, from wherever in the picture it was noted, each thing once. */

import type { Picture, Problem } from '../model.ts';
import { own } from './serviceName.ts';

/** Problems of the region and its agents first, then those of services by name. */
export function allProblems(picture: Picture): readonly Problem[] {
  const { self, agents, decision, facts } = picture;
  const services = Object.keys(facts.services).sort();
  return unique([
    ...picture.problems,
    ...self.problems,
    ...agents.flatMap(({ info }) => info.problems),
    ...(decision?.problems ?? []),
    ...services.flatMap((name) => serviceProblems(picture, name)),
  ]);
}

/** Problems of one service: of its labels, of the ways to its instances, and those noted elsewhere that name it. */
export function problemsOf(picture: Picture, service: string): readonly Problem[] {
  const elsewhere = [
    ...picture.problems,
    ...picture.self.problems,
    ...picture.agents.flatMap(({ info }) => info.problems),
    ...(picture.decision?.problems ?? []),
  ].filter((problem) => problem.service === service);
  return unique([...serviceProblems(picture, service), ...elsewhere]);
}

function serviceProblems({ facts }: Picture, service: string): readonly Problem[] {
  const known = own(facts.services, service);
  if (known === undefined) return [];
  const ways = known.instances.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  return [...known.plan.problems, ...ways].map((problem) => ({
    ...problem,
    service: problem.service ?? service,
  }));
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  const byText = new Map(
    problems.map((problem) => [JSON.stringify([problem.service, problem.code, problem.message]), problem]),
  );
  return [...byText.values()];
}
