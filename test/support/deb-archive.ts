import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { clearSign, detachedSign, type ArchiveKey } from './archive-key.ts';
import { formatControl, makeDeb, type ControlFields, type DebContent } from './deb-file.ts';
import type { FaultServer } from './fault-server.ts';

/** A package of a test archive. */
export interface ArchivePackage {
  /** Package, Version and what else matters; Architecture is `amd64` when absent. */
  readonly control: ControlFields;
  readonly content?: DebContent;
  readonly scripts?: Readonly<Record<string, string>>;
  /** The file itself, in place of one made of the above. */
  readonly deb?: Uint8Array;
}

export interface ArchiveSuite {
  /** Folder below dists; `./` for a flat archive. */
  readonly suite: string;
  readonly packages: readonly ArchivePackage[];
  readonly component?: string;
  /** Default amd64; packages with other architectures than these and `all` are left out of the lists. */
  readonly architectures?: readonly string[];
  /** Endings of the lists of packages that are there; default all. */
  readonly variants?: readonly ('.xz' | '.gz' | '')[];
  readonly byHash?: boolean;
  /** Release fields that replace or follow the usual ones; undefined takes one away. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  /** Changes the list of packages before it is packed and listed. */
  readonly editPackages?: (text: string) => string;
  /** Changes the Release before it is signed. */
  readonly editRelease?: (text: string) => string;
  /** `inline` (InRelease, default), `detached` (Release and Release.gpg), `none` (Release alone). */
  readonly signature?: 'inline' | 'detached' | 'none';
  readonly signedAtMs?: number;
}

/** Files of an archive by path. Tests damage it by changing the map. */
export type DebArchive = Map<string, Uint8Array>;

/** A Debian archive in memory, signed with a key of the test: pool, lists of packages, Release files. */
export async function makeDebArchive(key: ArchiveKey, suites: readonly ArchiveSuite[]): Promise<DebArchive> {
  const files: DebArchive = new Map();
  for (const suite of suites) await addSuite(files, key, suite);
  return files;
}

/** Serves an archive below a path of the server, as it is at the time of each request. Returns its URL. */
export function serveArchive(server: FaultServer, archive: DebArchive, prefix: string = '/debian'): string {
  const before = server.fallback;
  server.fallback = (path) => {
    const name = decodeURIComponent(path);
    const body = name.startsWith(`${prefix}/`) ? archive.get(name.slice(prefix.length + 1)) : undefined;
    return body === undefined ? before?.(path) : { kind: 'ok', body };
  };
  return server.url + prefix;
}

async function addSuite(files: DebArchive, key: ArchiveKey, suite: ArchiveSuite): Promise<void> {
  const { architectures = ['amd64'], variants = ['.xz', '.gz', ''], byHash = true, signature = 'inline' } = suite;
  const isFlat = suite.suite.endsWith('/');
  const component = suite.component ?? 'main';
  const folder = isFlat ? suite.suite.replace(/^\.?\/$/u, '') : `dists/${suite.suite}/`;
  const paragraphs = await Promise.all(suite.packages.map((one) => addPackage(files, one)));
  const sums: string[] = [];
  for (const architecture of architectures) {
    const own = paragraphs.filter(({ architecture: its }) => its === architecture || its === 'all');
    const text = own.map(({ text: paragraph }) => paragraph).join('\n');
    const path = isFlat ? 'Packages' : `${component}/binary-${architecture}/Packages`;
    const plain = Buffer.from(suite.editPackages?.(text) ?? text);
    sums.push(sumLine(plain, path));
    for (const ending of variants) {
      const bytes = packers[ending](plain);
      files.set(`${folder}${path}${ending}`, bytes);
      if (byHash) {
        const hashFolder = path.slice(0, path.lastIndexOf('/') + 1);
        files.set(`${folder}${hashFolder}by-hash/SHA256/${sha256Hex(bytes)}`, bytes);
      }
      if (ending !== '') sums.push(sumLine(bytes, path + ending));
    }
    // Debian lists the plain text in any case; only what is listed can be looked for.
    if (!variants.includes('')) sums.splice(sums.indexOf(sumLine(plain, path)), 1);
  }
  const fields: Record<string, string | undefined> = {
    Origin: 'Test',
    Suite: isFlat ? undefined : suite.suite,
    Codename: isFlat ? undefined : suite.suite,
    Date: new Date((suite.signedAtMs ?? Date.now()) - 60_000).toUTCString().replace('GMT', 'UTC'),
    'Acquire-By-Hash': byHash ? 'yes' : undefined,
    Architectures: ['all', ...architectures].join(' '),
    'No-Support-for-Architecture-all': 'Packages',
    Components: isFlat ? undefined : component,
    ...suite.fields,
    SHA256: `\n${sums.join('\n')}`,
  };
  const present = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  const release = formatControl(Object.fromEntries(present));
  const text = suite.editRelease?.(release) ?? release;
  if (signature === 'inline') {
    files.set(`${folder}InRelease`, Buffer.from(await clearSign(text, key, suite.signedAtMs)));
    return;
  }
  files.set(`${folder}Release`, Buffer.from(text));
  if (signature === 'detached') {
    files.set(`${folder}Release.gpg`, Buffer.from(await detachedSign(text, key, suite.signedAtMs)));
  }
}

async function addPackage(
  files: DebArchive,
  one: ArchivePackage,
): Promise<{ readonly architecture: string; readonly text: string }> {
  const control: ControlFields = { Architecture: 'amd64', ...one.control };
  const { Package: name = '', Version: version = '', Architecture: architecture = '' } = control;
  const deb = one.deb ?? (await makeDeb(control, one.content, one.scripts));
  const filename = `pool/main/${name.slice(0, 1)}/${name}/${name}_${version.replace(/^\d+:/u, '')}_${architecture}.deb`;
  files.set(filename, deb);
  const where = { Filename: filename, Size: String(deb.length), SHA256: sha256Hex(deb) };
  return { architecture, text: formatControl({ ...control, ...where }) };
}

const packers = {
  '.xz': (bytes: Uint8Array): Uint8Array => execFileSync('xz', ['-c', '-0'], { input: bytes, maxBuffer: 2 ** 28 }),
  '.gz': (bytes: Uint8Array): Uint8Array => gzipSync(bytes),
  '': (bytes: Uint8Array): Uint8Array => bytes,
} as const;

function sumLine(bytes: Uint8Array, path: string): string {
  return ` ${sha256Hex(bytes)} ${String(bytes.length).padStart(8)} ${path}`;
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
