import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority made for a test by openssl (Debian package openssl), and servers' certificates that it signs. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  readonly path: string;
  /** A certificate and its key, as PEM; `days` may be negative. */
  sign(name: string, days: number): { readonly cert: string; readonly key: string };
}

export function makeAuthority(folder: string, name: string, days = 3_650): Authority {
  const at = (file: string): string => join(folder, `${name}-${file}`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    String(days),
    '-subj',
    `/O=Test/CN=${name}`,
  );
  let count = 0;
  return {
    certificate: readFileSync(at('ca.pem'), 'utf8'),
    path: at('ca.pem'),
    sign(host, validDays) {
      const number = count++;
      const file = (end: string): string => at(`${String(number)}.${end}`);
      writeFileSync(file('ext'), `subjectAltName=DNS:${host}\n`);
      openssl('req', ...curve, '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=${host}`);
      const dates = ['-days', String(validDays)];
      const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', file('ext')];
      openssl('x509', '-req', '-in', file('csr'), ...signing, ...dates, '-out', file('pem'));
      return { cert: readFileSync(file('pem'), 'utf8'), key: readFileSync(file('key'), 'utf8') };
    },
  };
}

function openssl(...words: string[]): void {
  execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
