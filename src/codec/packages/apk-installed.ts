import { KilopyError } from '../../errors/kilopy-error.ts';
import type { InstalledPackage } from './installed-package.ts';

/**
 * apk's `installed` database (apk-package(5), apk-tools `src/database.c`): paragraphs of `LETTER:value` lines. `P` name,
 * `V` version, `A` architecture, `I` installed bytes; `F` begins a folder, `R` a file in it. Throws KP4004.
 */
export function parseApkInstalled(text: string, source: string): InstalledPackage[] {
  const packages: InstalledPackage[] = [];
  let fields = new Map<string, string>();
  let files: string[] = [];
  let folder = '';
  function finish(): void {
    const name = fields.get('P');
    if (name !== undefined) {
      const size = fields.get('I');
      packages.push({
        name,
        version: fields.get('V') ?? '',
        architecture: fields.get('A') ?? '',
        installedBytes: size === undefined ? undefined : Number(size),
        files,
        depends: namesOf(fields.get('D')).filter((word) => !word.startsWith('!')),
        provides: namesOf(fields.get('p')),
        isAsked: undefined,
      });
    }
    fields = new Map();
    files = [];
    folder = '';
  }
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '') finish();
    else if (line[1] !== ':') throw malformed(source, at + 1, line);
    else {
      const value = line.slice(2);
      if (line.startsWith('F')) folder = value;
      else if (line.startsWith('R')) files.push(folder === '' ? value : `${folder}/${value}`);
      else if (/^[A-Zp]/u.test(line) && !fields.has(line.slice(0, 1))) fields.set(line.slice(0, 1), value);
    }
  }
  finish();
  return packages;
}

/** `so:libc.musl-x86_64.so.1 busybox>=1.36`: names without versions. */
function namesOf(text: string = ''): string[] {
  return text
    .split(' ')
    .map((word) => word.replace(/[<>=~].*$/su, ''))
    .filter((word) => word !== '');
}

function malformed(file: string, line: number, text: string): KilopyError {
  return new KilopyError('KP4004', `${file}: this line is not a field: ${JSON.stringify(text.slice(0, 60))}`, {
    where: { file, line },
    data: { format: 'apk installed', line },
  });
}
