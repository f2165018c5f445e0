/**
 * What `msa.probe` says: how to ask, and where.
 *
 * Pure. An address without a host (`http://:8080/health`) asks each instance on its own node; with a host it asks once for
 * the whole service.
 */

import { isIPv6 } from 'node:net';
import { bad, good, type Parsed } from './labelValues.ts';

export type ProbeAddress =
  | {
      readonly kind: 'http';
      readonly scheme: 'http' | 'https';
      readonly host?: string;
      readonly port: number;
      readonly path: string;
    }
  | { readonly kind: 'tcp'; readonly host?: string; readonly port: number }
  | { readonly kind: 'docker' }
  | { readonly kind: 'push' }
  | { readonly kind: 'none' };

/** Scheme, host (a name, an IPv4 address, or IPv6 in brackets), port, and the rest. */
const ADDRESS = /^([a-z]+):\/\/(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]*)(?::(\d{1,5}))?(\/[^\s#]*|\?[^\s#]*)?$/i;

const HOST = /^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$/i;

/** Reads `http://:8080/health`, `https://host/health`, `tcp://:5432`, `docker`, `push` or `none`. */
export function parseProbeAddress(text: string): Parsed<ProbeAddress> {
  const trimmed = text.trim();
  const word = trimmed.toLowerCase();
  if (word === 'docker' || word === 'push' || word === 'none') return good({ kind: word });
  if (trimmed.includes('@')) {
    return bad('has credentials, which everyone may read there; name them in msa.probe.auth instead');
  }
  const match = ADDRESS.exec(trimmed);
  if (match === null)
    return bad('is none of http://:port/path, https://:port/path, tcp://:port, docker, push, none');
  const [, scheme = '', hostText = '', portText, rest = ''] = match;
  const host = parseHost(hostText);
  if (!host.ok) return host;
  return parseScheme(
    scheme.toLowerCase(),
    host.value,
    portText === undefined ? undefined : Number(portText),
    rest,
  );
}

function parseHost(text: string): Parsed<{ readonly host?: string }> {
  if (text === '') return good({});
  if (text.startsWith('['))
    return isIPv6(text.slice(1, -1))
      ? good({ host: text.slice(1, -1) })
      : bad('has a host that is not an IPv6 address');
  return HOST.test(text) ? good({ host: text }) : bad('has a host that is not a name or an address');
}

function parseScheme(
  scheme: string,
  host: { readonly host?: string },
  givenPort: number | undefined,
  rest: string,
): Parsed<ProbeAddress> {
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'tcp')
    return bad('has a scheme that is none of http, https, tcp');
  const port = givenPort ?? { http: 80, https: 443, tcp: undefined }[scheme];
  if (port === undefined) return bad('has no port');
  if (port < 1 || port > 65_535) return bad('has a port that is not between 1 and 65535');
  if (scheme !== 'tcp')
    return good({ kind: 'http', scheme, ...host, port, path: rest.startsWith('/') ? rest : `/${rest}` });
  return rest === '' || rest === '/'
    ? good({ kind: 'tcp', ...host, port })
    : bad('has a path, which tcp does not know');
}
