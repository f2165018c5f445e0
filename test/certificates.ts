/** Real certificates, made by openssl for one test. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certified {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** PEM of its own certificate. */
  readonly cert: string;
  /** Makes a certificate for these names: `IP:127.0.0.1,DNS:east`. With a negative number of days it has expired. */
  issue(names: string, over?: { readonly days?: number; readonly use?: string }): Certified;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function inFolder<T>(work: (folder: string, openssl: (...words: string[]) => void) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'msa-certificates-'));
  try {
    return work(
      folder,
      (...words) => void execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function createAuthority(name = 'an authority for tests'): Authority {
  const own = inFolder((folder, openssl) => {
    openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
      '-keyout',
      'key',
      '-out',
      'cert',
    );
    return readPair(folder);
  });
  return {
    cert: own.cert,
    issue(names, { days = 1, use = 'serverAuth,clientAuth' } = {}) {
      return inFolder((folder, openssl) => {
        writeFileSync(join(folder, 'ca.cert'), own.cert);
        writeFileSync(join(folder, 'ca.key'), own.key);
        writeFileSync(join(folder, 'extensions'), `subjectAltName=${names}\nextendedKeyUsage=${use}\n`);
        openssl('req', '-new', ...NEW_KEY, '-subj', '/CN=agent', '-keyout', 'key', '-out', 'request');
        const by = ['-CA', 'ca.cert', '-CAkey', 'ca.key', '-extfile', 'extensions'];
        openssl('x509', '-req', '-in', 'request', ...by, '-days', `${days}`, '-out', 'cert');
        return readPair(folder);
      });
    },
  };
}

function readPair(folder: string): Certified {
  return { cert: readFileSync(join(folder, 'cert'), 'utf8'), key: readFileSync(join(folder, 'key'), 'utf8') };
}
