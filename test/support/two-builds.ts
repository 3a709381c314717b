import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ArchiveKey } from './archive-key.ts';
import { giveToNobody, runCliAsNobody } from './as-nobody.ts';
import { checkout, runProgram, scratch, type CliResult } from './cli.ts';
import type { DebArchive } from './deb-archive.ts';
import { startFaultServer, type FaultServer } from './fault-server.ts';
import { seededRandom } from './random.ts';
import { debianYaml } from './test-debian.ts';

/** How a build differs from another one that has to give the same bytes. */
export interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  readonly umask?: string;
  readonly nobody?: boolean;
  readonly node?: string;
  /** Modes and times of the application's files. */
  readonly mode?: number;
  readonly mtimeSeconds?: number;
  readonly args?: readonly string[];
}

const sources: Readonly<Record<string, string>> = {
  'main.py': 'import asyncio\nimport sys\nfrom helper import greet\n\nprint(greet(sys.platform), asyncio)\n',
  'helper.py': 'def greet(name):\n    return "hello " + name\n',
  'lib/zeta.py': 'x = 1\n',
  'lib/alpha/__init__.py': '',
  'data/ümläut.txt': 'data\n',
  'start.sh': '#!/bin/sh\n',
};

/** Builds one application in a fresh folder with an empty store. Returns the SHA-256 of everything written. */
export async function buildOnce(url: string, key: ArchiveKey, how: Circumstances): Promise<Record<string, string>> {
  const root = scratch();
  const app = join(root, 'some', 'where', 'app');
  const more = {
    targets: ['linux/amd64'],
    outputs: ['oci', 'tar.gz'],
    files: [{ path: '/usr/local/bin/start', source: 'start.sh', mode: '0755' }],
    env: { B: '2', A: '1' },
    ports: [8080],
  };
  const files = { ...sources, 'kilopy.yaml': debianYaml(url, more), 'key.asc': key.armoredPublic };
  for (const [path, text] of Object.entries(files)) {
    const file = join(app, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, how.mode ?? 0o644);
    utimesSync(file, how.mtimeSeconds ?? 1_600_000_000, how.mtimeSeconds ?? 1_600_000_000);
  }
  // The key's and the configuration's text differ between builds and are no part of the application.
  const env = { KILOPY_CACHE: join(root, 'store'), HOME: root, TMPDIR: root, ...how.env };
  chmodSync(root, 0o755);
  if (how.nobody === true) giveToNobody(root);
  const options = { cwd: root, env, timeoutMs: 300_000 };
  const words = ['build', app, '--out-dir', join(root, 'out'), '--json', ...(how.args ?? [])];
  const result = how.nobody === true ? await runCliAsNobody(words, options) : await runPlain(words, how, options);
  if (result.status !== 0) throw new Error(`kilopy build ended with ${String(result.status)}: ${result.stdout}`);
  const { artifacts } = JSON.parse(result.stdout) as { artifacts: { path: string }[] };
  const paths = [...artifacts.map(({ path }) => path), join(root, 'out/licences.txt'), join(app, 'kilopy.lock')];
  return Object.fromEntries(
    paths.map((path) => [path.split('/').at(-1) ?? '', createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

async function runPlain(
  words: readonly string[],
  { umask = '022', node = process.execPath }: Circumstances,
  options: Parameters<typeof runProgram>[2],
): Promise<CliResult> {
  const script = `umask ${umask}; exec "$@"`;
  return await runProgram('/bin/sh', ['-c', script, 'sh', node, join(checkout, 'build/cli/bin.js'), ...words], options);
}

/** Serves the archive so that answers come in another order than they were asked for. */
export async function serveShuffled(
  archive: DebArchive,
  seed: number,
): Promise<FaultServer & { readonly archive: string }> {
  const server = await startFaultServer();
  const random = seededRandom(seed);
  server.fallback = (path) => {
    const body = archive.get(decodeURIComponent(path).replace('/debian/', ''));
    const pauseMs = Math.floor(random() * 150);
    return body === undefined ? undefined : { kind: 'drip', body, chunkBytes: 2 ** 19, pauseMs };
  };
  return Object.assign(server, { archive: `${server.url}/debian` });
}
