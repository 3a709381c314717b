import { createHash } from 'node:crypto';
import { lstatSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeArchiveKey } from './archive-key.ts';
import { runCli, type CliOptions, type CliResult } from './cli.ts';
import type { ArchivePackage, ArchiveSuite } from './deb-archive.ts';
import { expectWholeStore, workplace, type Workplace } from './failing-cli.ts';
import type { FaultServer } from './fault-server.ts';
import { smallRuntime } from './small-runtime.ts';
import { debianYaml, startTestDebian } from './test-debian.ts';

/** A mirror on loopback that a drill disturbs. */
export interface DrillSite {
  readonly server: FaultServer;
  /** The mirror's address; behind a proxy it may have another. */
  readonly url: string;
  /** Paths on the server of the kinds of files that its family has. */
  readonly paths: Readonly<Partial<Record<DrillFile, readonly string[]>>>;
  body(path: string): Uint8Array;
  /** Files of an application that is built from the mirror: kilopy.yaml and the key. */
  configuration(url: string, more: object): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Kinds of files of Debian's archive, and of Alpine's. */
export type DrillFile = 'InRelease' | 'Packages' | 'deb' | 'APKINDEX' | 'apk';

/** What stands in a folder: path to digest, link target or kind. */
export type Contents = Readonly<Record<string, string>>;

const tool: ArchivePackage = {
  control: { Package: 'tool', Version: '1.0-1' },
  // Larger than one chunk, and nothing that compresses.
  content: { 'usr/share/tool/data': Buffer.from(noise(400_000)) },
};

export function noise(sizeBytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at * 32 < sizeBytes; at += 1) parts.push(createHash('sha256').update(String(at)).digest());
  return Buffer.concat(parts).subarray(0, sizeBytes);
}

/** A site whose suite has a MicroPython that runs and one package more. */
export async function openSite(suite: Partial<ArchiveSuite> = {}): Promise<DrillSite> {
  const key = await makeArchiveKey();
  const debian = await startTestDebian(key, [...(await smallRuntime()), tool], suite);
  const prefix = new URL(debian.url).pathname;
  const named = (pattern: RegExp): string[] =>
    [...debian.files.keys()].filter((path) => pattern.test(path)).map((path) => `${prefix}/${path}`);
  return {
    server: debian.server,
    url: debian.url,
    paths: {
      InRelease: named(/InRelease$/u),
      Packages: named(/Packages|by-hash/u),
      deb: named(/\/tool_.*\.deb$/u),
    },
    body: (path) => debian.files.get(path.slice(prefix.length + 1)) ?? new Uint8Array(),
    configuration: (url, more) => ({
      'kilopy.yaml': debianYaml(url, { packages: ['tool'], ...more }),
      'key.asc': key.armoredPublic,
    }),
    close: () => debian.server.close(),
  };
}

/** A folder with an application for the site, and an output folder in which something stands already. */
export function drillPlace(
  { configuration, url }: Pick<DrillSite, 'configuration' | 'url'>,
  {
    outputs = ['tar'],
    env = {},
    more = {},
  }: { outputs?: readonly string[]; env?: CliOptions['env']; more?: object } = {},
): Workplace {
  const files = {
    'main.py': 'import sys\n\nprint("hello", sys.platform)\n',
    ...configuration(url, { outputs, slim: 'packages', ...more }),
  };
  return workplace(files, {
    KILOPY_ATTEMPTS: '2',
    // Far longer than a busy machine makes a server wait for its turn.
    KILOPY_STALL_SECONDS: '10',
    ...(env as Readonly<Record<string, string>>),
  });
}

export const buildWords: readonly string[] = ['build', 'app', '--out-dir', 'out'];

export async function build(
  place: Workplace,
  options: CliOptions = {},
  words: readonly string[] = [],
): Promise<CliResult> {
  return await runCli([...buildWords, ...words], {
    cwd: place.folder,
    ...options,
    env: { ...place.env, ...options.env },
  });
}

/** Everything that a build writes: the output folder and the application's, with the lock. */
export function written(place: Workplace): Contents {
  return {
    ...contents(join(place.folder, 'out'), 'out/'),
    ...contents(join(place.folder, 'app'), 'app/', new Set(['kilopy.yaml'])),
  };
}

/** What a build in a place like this one has to give. */
export async function referenceOf(place: Workplace): Promise<Contents> {
  const result = await build(place);
  expect(result).toMatchObject({ status: 0 });
  return written(place);
}

/** A build that succeeds, gives the bytes of an undisturbed one, and leaves nothing else anywhere. */
export async function expectRight(place: Workplace, reference: Contents, options: CliOptions = {}): Promise<CliResult> {
  const result = await build(place, options);
  expect(result.status === 0 ? '' : result.stderr).toBe('');
  expect(written(place)).toEqual(reference);
  expectTidy(place);
  return result;
}

/** Whole blobs only, no transfer left open, no scratch file. */
export function expectTidy(place: Workplace): void {
  expectWholeStore(place.store);
  expect(readdirSync(join(place.store, 'partial'))).toEqual([]);
  expect(readdirSync(place.env['TMPDIR'] ?? '')).toEqual([]);
}

export function contents(folder: string, prefix: string = '', except: ReadonlySet<string> = new Set()): Contents {
  if (!existsSync(folder)) return {};
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    paths.filter((path) => !except.has(path)).map((path) => [prefix + path, describe(join(folder, path))]),
  );
}

function describe(path: string): string {
  const stat = lstatSync(path);
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  // The hidden file beside an output folder names its inode.
  if (path.endsWith('.kilopy')) return 'marker';
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
