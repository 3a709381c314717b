import { parseDeb822 } from '../deb822.ts';
import type { InstalledPackage } from './installed-package.ts';

/**
 * The installed packages of dpkg's `status` (dpkg(1), "Files"), of a file in `status.d` as distroless images have them,
 * or of opkg's `status`, which has the same fields. Packages that are not installed are left out. Throws KP4004.
 */
export function parseDpkgStatus(text: string, source: string): InstalledPackage[] {
  return parseDeb822(text, source).flatMap((paragraph) => {
    const name = paragraph.get('package');
    const status = paragraph.get('status');
    if (name === undefined || (status !== undefined && !/(?:^|\s)installed$/u.test(status))) return [];
    const kibibytes = /^\d+$/u.exec(paragraph.get('installed-size') ?? '')?.[0];
    return [
      {
        name,
        version: paragraph.get('version') ?? '',
        architecture: paragraph.get('architecture') ?? '',
        installedBytes: kibibytes === undefined ? undefined : Number(kibibytes) * 1024,
        files: [],
        depends: [...namesOf(paragraph.get('pre-depends')), ...namesOf(paragraph.get('depends'))],
        provides: namesOf(paragraph.get('provides')),
        isAsked: askedFor(status, paragraph.get('auto-installed')),
      },
    ];
  });
}

/** `libc6 (>= 2.36), a | b, perl:any`: names without versions. */
function namesOf(text: string = ''): string[] {
  return text
    .split(/[,|]/u)
    .map((item) => item.trim().replace(/[\s(:].*$/su, ''))
    .filter((name) => name !== '');
}

/** opkg writes `install user installed`, and `Auto-Installed: yes` for what came with another; dpkg has `ok` for all. */
function askedFor(status: string | undefined, auto: string | undefined): boolean | undefined {
  return auto !== 'yes' && status?.split(/\s+/u)[1] === 'user' ? true : undefined;
}

/** `NAME.list` of dpkg and opkg: one absolute path a line; opkg writes modes and link targets behind a tab. */
export function parseFileList(text: string): string[] {
  return text
    .split('\n')
    .map((line) => (line.split('\t', 1)[0] ?? '').replace(/^\/+/u, ''))
    .filter((path) => path !== '' && path !== '.');
}

/** `NAME.md5sums`: a digest, two blanks, and a path without a leading slash. */
export function parseMd5sums(text: string): string[] {
  return text.split('\n').flatMap((line) => /^[0-9a-f]{32} [ *](.+)$/u.exec(line)?.[1] ?? []);
}
