/** Reads the list of other regions: `west=10.0.1.1:7071,10.0.1.2:7071; witness=witness.example.org`. */

import { isIP } from 'node:net';

/** Another region, and where its agents are reached: `10.0.1.1:7071`, `[fd00::1]:7071`, `west.example.org` (the usual port). */
export interface PeerRegion {
  readonly name: string;
  readonly addresses: readonly string[];
}

export type PeerList =
  | { readonly ok: true; readonly regions: readonly PeerRegion[] }
  | { readonly ok: false; readonly mistakes: readonly string[] };

/** More would be a mistake, not a federation. */
const MOST_REGIONS = 200;
const MOST_ADDRESSES = 100;

export const regionName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Reads the list, or says all that is wrong with it. Empty: there are no other regions. */
export function parsePeerList(text: string): PeerList {
  const parts = text
    .split(/[;\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const regions = parts.map(parseRegion);
  const mistakes = regions.flatMap((region) => region.mistakes);
  const names = regions.map(({ name }) => name);
  for (const name of new Set(names.filter((each, at) => names.indexOf(each) !== at))) {
    mistakes.push(`region ${name} is there twice: put all its addresses into one entry`);
  }
  const addresses = regions.flatMap((region) => region.addresses);
  for (const address of new Set(addresses.filter((each, at) => addresses.indexOf(each) !== at))) {
    mistakes.push(`address ${address} is there twice: each agent belongs to one region`);
  }
  if (parts.length > MOST_REGIONS) mistakes.push(`there are more than ${MOST_REGIONS} regions`);
  return mistakes.length > 0
    ? { ok: false, mistakes }
    : { ok: true, regions: regions.map(({ name, addresses }) => ({ name, addresses })) };
}

function parseRegion(part: string): PeerRegion & { readonly mistakes: readonly string[] } {
  const [name = '', list, ...rest] = part.split('=').map((each) => each.trim());
  if (list === undefined || rest.length > 0) {
    return { name, addresses: [], mistakes: [`"${part}" is no entry: write <region>=<address>,<address>`] };
  }
  const addresses = list
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  const mistakes = addresses.flatMap((address) => mistakeOf(address, name));
  if (!regionName.test(name)) {
    mistakes.unshift(`"${name}" is no name of a region: use letters, digits, "-" and "_" only`);
  }
  if (addresses.length === 0) mistakes.push(`region ${name} has no address: give at least one of its agents`);
  if (addresses.length > MOST_ADDRESSES) {
    mistakes.push(`region ${name} has more than ${MOST_ADDRESSES} addresses: a few are enough`);
  }
  return { name, addresses, mistakes };
}

function mistakeOf(address: string, region: string): string[] {
  if (address.includes('//')) {
    return [`${region}: "${address}" is a URL: give host and port alone, as in 10.0.1.1:7071`];
  }
  const [, inBrackets, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(address) ?? [];
  if (inBrackets === undefined && plain === undefined) {
    return [`${region}: "${address}" is no address: put IPv6 addresses in brackets, as in [fd00::1]:7071`];
  }
  const host = inBrackets === undefined ? isHost(plain ?? '') : isIP(inBrackets) === 6;
  if (!host) return [`${region}: "${address}" has no host that could exist`];
  const number = Number(port ?? 7071);
  const fits = port === undefined || (/^\d{1,5}$/.test(port) && number >= 1 && number <= 65_535);
  return fits ? [] : [`${region}: "${address}" has no port from 1 to 65535`];
}

/** An IPv4 address or a name of DNS. What looks like a broken IPv4 address is none. */
function isHost(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return isIP(text) === 4;
  return text.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(text);
}
