import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testCache } from './recorded-mirror.ts';

const execute = promisify(execFile);

/** A scratch root of the machine's own apt for a foreign or native architecture: empty dpkg status, sources of trixie. */
export interface AptRoot {
  readonly architecture: string;
  /** Value for APT_CONFIG. */
  readonly config: string;
  /** apt's own lists, in the order of the sources: main, updates, security. */
  readonly lists: readonly string[];
}

/** What apt chose, or what it said when it chose nothing. */
export type AptAnswer =
  | { readonly ok: true; readonly packages: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly message: string };

export const oracleArchitectures = ['amd64', 'arm64', 'armhf', 'riscv64'] as const;

const suites = ['trixie', 'trixie-updates', 'trixie-security'] as const;
const folders = [
  'state/lists/partial',
  'cache/archives/partial',
  'etc/apt.conf.d',
  'etc/sources.list.d',
  'etc/preferences.d',
];
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Is there an apt to ask on this machine? */
export function hasApt(): boolean {
  return existsSync('/usr/bin/apt-get');
}

/**
 * Makes the root, and downloads the lists when they are missing: from the mirror that the machine's own sources name.
 * The test set-up calls it while online; afterwards it works offline.
 */
export async function aptRoot(architecture: string, folder: string = oracleFolder()): Promise<AptRoot> {
  const root = join(folder, architecture);
  const config = join(root, 'apt.conf');
  const listFolder = join(root, 'state/lists');
  if ((await listsIn(listFolder)).length === 0) {
    for (const part of folders) await mkdir(join(root, part), { recursive: true });
    await writeFile(join(root, 'status'), '');
    await writeFile(join(root, 'etc/sources.list'), sources(await machineMirror()));
    await writeFile(config, configuration(root, architecture));
    // A mirror in the middle of a sync may refuse a list; apt and we then judge the same remaining ones.
    const refused = await run(config, ['update']).catch((error: unknown) => error);
    if ((await listsIn(listFolder)).length === 0) {
      throw new Error(`apt has no lists of trixie for ${architecture} in ${listFolder}`, { cause: refused });
    }
  }
  const lists = await listsIn(listFolder);
  return { architecture, config, lists };
}

/**
 * What apt would install for these arguments on an empty system, without recommendations. Asked for the addresses of what it would
 * download, because a simulation (`-s`) also puts the packages in order, which takes several times as long as choosing them.
 */
export async function aptInstall(root: AptRoot, wishes: readonly string[]): Promise<AptAnswer> {
  try {
    const words = ['install', '--print-uris', '-qq', '--no-install-recommends', '--', ...wishes];
    return { ok: true, packages: chosenIn(await run(root.config, words)) };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    return { ok: false, message: stdout + stderr };
  }
}

/** From lines `'URL' NAME_VERSION_ARCHITECTURE.deb SIZE HASH`, in which `_`, `:` and `%` of names and versions are percent-encoded. */
function chosenIn(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^'[^']*' ([^_ ]+)_([^_ ]+)_[^_ ]+\.deb /gmu);
  return new Map(
    [...lines].map(([, name = '', version = '']) => [decodeURIComponent(name), decodeURIComponent(version)]),
  );
}

export function oracleFolder(): string {
  return join(testCache, 'apt');
}

async function run(config: string, parameters: readonly string[]): Promise<string> {
  const env = { ...process.env, APT_CONFIG: config, LC_ALL: 'C' };
  const { stdout } = await execute('apt-get', [...parameters], { env, maxBuffer: 1 << 26 });
  return stdout;
}

async function listsIn(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter((name) => name.endsWith('_Packages'));
  return suites.flatMap((suite) =>
    names.filter((name) => name.includes(`_dists_${suite}_`)).map((name) => join(folder, name)),
  );
}

async function machineMirror(): Promise<string> {
  const { stdout } = await execute('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  const mirror = stdout.split('\n').find((uri) => /\/debian\/?$/u.test(uri));
  return (mirror ?? 'https://ftp.debian.org/debian').replace(/\/$/u, '');
}

function sources(mirror: string): string {
  const options = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  return suites
    .map((suite) => `deb ${options}${mirror}${suite.endsWith('-security') ? '-security' : ''} ${suite} main\n`)
    .join('');
}

function configuration(root: string, architecture: string): string {
  return [
    `Dir "${root}";`,
    `Dir::State "${root}/state";`,
    `Dir::State::status "${root}/status";`,
    `Dir::Cache "${root}/cache";`,
    `Dir::Etc "${root}/etc";`,
    `Dir::Etc::sourcelist "${root}/etc/sources.list";`,
    `Dir::Etc::sourceparts "${root}/etc/sources.list.d";`,
    `Dir::Etc::parts "${root}/etc/apt.conf.d";`,
    `Dir::Etc::main "${root}/etc/apt.conf";`,
    `APT::Architecture "${architecture}";`,
    `APT::Architectures { "${architecture}"; };`,
    'Acquire::Languages "none";',
    'APT::Sandbox::User "root";',
    'Debug::NoLocking "true";',
    '',
  ].join('\n');
}

/** A root whose only source is the given Packages file. Needs no network. */
export async function aptRootOf(packages: string, folder: string): Promise<AptRoot> {
  const architecture = 'amd64';
  const repository = join(folder, 'repository');
  const config = join(folder, 'apt.conf');
  for (const part of [...folders, 'repository']) await mkdir(join(folder, part), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  await writeFile(join(repository, 'Packages'), packages);
  await writeFile(join(folder, 'etc/sources.list'), `deb [trusted=yes] copy:${repository} ./\n`);
  await writeFile(config, configuration(folder, architecture));
  await run(config, ['update']);
  return { architecture, config, lists: [join(repository, 'Packages')] };
}
