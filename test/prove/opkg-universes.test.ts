import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseOpkgControl } from '../../src/codec/opkg-control.ts';
import { opkgPackage } from '../../src/feed/opkg/parse-index.ts';
import { opkgVersionRules } from '../../src/feed/opkg/version.ts';
import type { OpkgFiles, OpkgPackage } from '../../src/solve/opkg/opkg-package.ts';
import { solveOpkgCompat } from '../../src/solve/opkg/solve-compat.ts';
import { opkgPriorities, opkgUniverse } from '../../src/solve/opkg/universe.ts';
import type { TarWriteEntry } from '../../src/codec/tar/write-tar.ts';
import { scratch } from '../support/cli.ts';
import { makeTar } from '../support/deb-file.ts';
import { long } from '../support/extent.ts';
import { randomOpkgUniverse, type RandomIpk, type RandomOpkgUniverse } from '../support/random-opkg-universe.ts';
import { seededRandom, seedOffset } from '../support/random.ts';

/**
 * Small feeds that nobody would keep, and five requests to each: opkg-lede, named by KILOPY_OPKG, installs the same packages
 * and succeeds or fails as `--compat opkg` says. OpenWrt's last revision is 38eccbb; it compiles with gcc and three files of libubox.
 */

/** No distribution that CI has brings one. */
const opkg = process.env['KILOPY_OPKG'] ?? '';
const architecture = 'mipsel_24kc';
const count = long ? 1000 : 40;

interface Answer {
  readonly failed: boolean;
  readonly installed: readonly string[];
}

test(`${String(count)} universes of five requests`, async (context) => {
  if (!existsSync(opkg)) context.skip('needs KILOPY_OPKG with the path of an opkg of OpenWrt');
  const folder = scratch();
  const wrong: object[] = [];
  const seen = { done: 0, failed: 0 };
  for (let seed = 1 + seedOffset; seed <= count + seedOffset; seed += 1) {
    const made = randomOpkgUniverse(seededRandom(seed), architecture);
    // What ImageBuilder installs by hand never fails there: of a failure the status file tells half.
    if (!(await lay(folder, made))) continue;
    for (const request of made.requests) {
      const expected = askReal(folder, request);
      seen[expected.failed ? 'failed' : 'done'] += 1;
      const found = askOurs(made, request);
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push({ seed, request, found, expected });
    }
  }
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(wrong).toHaveLength(0);
  // Requests that opkg all refuses would prove little.
  expect(Math.min(seen.done, seen.failed)).toBeGreaterThan(count / 4);
});

/** Feeds, lists as `opkg update` leaves them, and a root with what is installed by hand; false where that fails. */
async function lay(folder: string, { feeds, byHand }: RandomOpkgUniverse): Promise<boolean> {
  for (const name of ['base', 'packages']) rmSync(join(folder, name), { recursive: true, force: true });
  for (const name of ['base/lists', 'base/tmp', 'base/usr/lib/opkg', 'base/var/lock', 'packages'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const ipk of [...feeds.flat(), ...byHand])
    writeFileSync(join(folder, 'packages', ipk.fileName), await writeSmallIpk(ipk));
  for (const [at, ipks] of feeds.entries()) {
    const index = ipks.map(({ control, fileName }) => `${control}Filename: ${fileName}\n\n`).join('');
    writeFileSync(join(folder, 'base/lists', `feed${String(at)}`), index);
  }
  const lines = feeds.map((_, at) => `src feed${String(at)} file://${join(folder, 'packages')}\n`);
  writeFileSync(join(folder, 'conf'), lines.join(''));
  return byHand.every(({ fileName }) => install(folder, 'base', [join(folder, 'packages', fileName)]) === 0);
}

function install(folder: string, root: string, words: readonly string[]): number {
  const places = [
    '-o',
    join(folder, root),
    '-f',
    join(folder, 'conf'),
    '--add-dest',
    'root:/',
    '--lists-dir',
    '/lists',
  ];
  const architectures = ['--add-arch', 'all:100', '--add-arch', `${architecture}:200`];
  const args = [...places, ...architectures, 'install', ...words];
  const { status, error } = spawnSync(opkg, args, { encoding: 'utf8', timeout: 60_000 });
  if (error !== undefined) throw error;
  return status ?? 1;
}

function askReal(folder: string, request: readonly string[]): Answer {
  const root = join(folder, 'root');
  rmSync(root, { recursive: true, force: true });
  cpSync(join(folder, 'base'), root, { recursive: true });
  const failed = install(folder, 'root', request) !== 0;
  const path = join(root, 'usr/lib/opkg/status');
  const records = existsSync(path) ? parseOpkgControl(readFileSync(path, 'utf8')) : [];
  const installed = records.filter((fields) => /(?:installed|unpacked)$/u.test(fields.get('status') ?? ''));
  const present = installed.filter((fields) => !fields.get('status')?.endsWith('not-installed'));
  return {
    failed,
    installed: present.map((fields) => `${fields.get('package') ?? ''}=${fields.get('version') ?? ''}`).toSorted(),
  };
}

function askOurs({ feeds, byHand }: RandomOpkgUniverse, request: readonly string[]): Answer {
  const files = new Map<OpkgPackage, OpkgFiles>();
  const read = (ipk: RandomIpk, isByHand: boolean): OpkgPackage => {
    const [fields] = parseOpkgControl(ipk.control);
    const pkg = opkgPackage(fields ?? new Map(), { feed: 'test', folder: '', where: ipk.fileName }, isByHand);
    const paths = ipk.path === undefined ? [] : [{ path: ipk.path, type: 'file' } as const];
    files.set(pkg, { files: paths, conffiles: [] });
    return pkg;
  };
  const universe = opkgUniverse(
    feeds.flat().map((ipk) => read(ipk, false)),
    byHand.map((ipk) => read(ipk, true)),
    opkgPriorities(architecture),
  );
  const wishes = request.map((text) => ({ text }));
  const filesOf = (pkg: OpkgPackage): OpkgFiles | undefined => files.get(pkg);
  const solution = solveOpkgCompat({ universe, wishes, rules: opkgVersionRules, filesOf });
  const { steps } = (solution.ok ? solution.plan : solution.partial) ?? { steps: [] };
  return {
    failed: !solution.ok,
    installed: steps.map(({ package: { name, version } }) => `${name}=${version}`).toSorted(),
  };
}

async function writeSmallIpk({ control, path }: RandomIpk): Promise<Uint8Array> {
  const data = path === undefined ? [] : [entry(path, Buffer.from('x'))];
  return gzipSync(
    await makeTar([
      entry('./debian-binary', Buffer.from('2.0\n')),
      entry('./data.tar.gz', gzipSync(await makeTar(data))),
      entry('./control.tar.gz', gzipSync(await makeTar([entry('./control', Buffer.from(control))]))),
    ]),
  );
}

function entry(path: string, body: Uint8Array): TarWriteEntry {
  return { type: 'file', path, mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0, sizeBytes: body.length, body };
}
