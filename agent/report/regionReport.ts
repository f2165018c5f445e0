/**
 * What a global load balancer (Azure Traffic Manager, say) hears of the region as a whole.
 *
 * Without a list, the region is up when at least one of its services is reported up; where some are exported to other
 * regions, only those count. An operator's override of the whole region to down or drain wins. With a list
 * (`?services=wfe,app`), all of them must be reported up.
 */

import type { Picture, Report } from '../model.ts';
import type { Refusal } from './answer.ts';
import { own, unknownService } from './serviceName.ts';

/** The JSON body of /report. */
interface RegionReport {
  readonly region: string;
  readonly report: Report;
  readonly message: string;
  /** The services that count: how many are reported up, of how many. */
  readonly up: number;
  readonly of: number;
  readonly stale?: string;
}

const mostListed = 100;

export type RegionReading =
  | { readonly status: number; readonly body: RegionReport }
  | { readonly refusal: Refusal };

/** `list`: the value of `?services=`, where it was given. */
export function reportRegion(picture: Picture, list: string | undefined): RegionReading {
  const { decision } = picture;
  if (decision === undefined) {
    return answer(
      picture,
      'unknown',
      'nothing is decided yet: discovery or the first probes are still under way',
      [],
    );
  }
  const listed = list === undefined ? undefined : readList(list, picture);
  if (listed !== undefined && 'refusal' in listed) return listed;

  const names = listed?.names ?? countingServices(picture);
  const reports = names.map((name) => own(decision.verdicts, name)?.report ?? 'unknown');
  const word = own(picture.facts.overrides, '*');
  if (word !== undefined && word.report !== 'up') {
    return answer(picture, word.report, `override by ${word.owner}: ${word.reason}`, reports);
  }
  if (listed !== undefined) {
    const missing = names.filter((_, index) => reports[index] !== 'up');
    return missing.length === 0
      ? answer(picture, 'up', 'every service asked for is reported up', reports)
      : answer(picture, 'down', `not reported up: ${missing.join(', ')}`, reports);
  }
  if (names.length === 0) return answer(picture, 'down', 'the region has no services', reports);
  const up = reports.filter((report) => report === 'up').length;
  return answer(picture, up > 0 ? 'up' : 'down', `${up} of ${names.length} services reported up`, reports);
}

/** Those that other regions may see, where there are any; else all. */
function countingServices({ facts, decision }: Picture): readonly string[] {
  const exported = Object.keys(facts.services).filter((name) => own(facts.services, name)?.plan.exported);
  return exported.length > 0 ? exported : Object.keys(decision?.verdicts ?? {});
}

function readList(
  list: string,
  picture: Picture,
): { readonly names: readonly string[] } | { readonly refusal: Refusal } {
  const names = [...new Set(list.split(',').map((name) => name.trim()))].filter((name) => name !== '');
  if (names.length === 0 || names.length > mostListed) {
    return {
      refusal: {
        status: 400,
        error:
          names.length === 0 ? 'services= names no service.' : `services= names more than ${mostListed}.`,
        hint: 'Ask /report?services=wfe,app for some services, or /report for the whole region.',
      },
    };
  }
  const stranger = names.find(
    (name) =>
      own(picture.facts.services, name) === undefined && own(picture.decision?.verdicts, name) === undefined,
  );
  return stranger === undefined ? { names } : { refusal: unknownService(stranger, picture) };
}

function answer(
  picture: Picture,
  report: Report,
  message: string,
  reports: readonly Report[],
): RegionReading {
  return {
    status: report === 'up' ? 200 : 503,
    body: {
      region: picture.facts.region,
      report,
      message,
      up: reports.filter((one) => one === 'up').length,
      of: reports.length,
      ...(picture.stale === undefined ? {} : { stale: picture.stale }),
    },
  };
}
