import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseOpkgControl } from '../../src/codec/opkg-control.ts';
import { parseOpkgNames } from '../../src/solve/opkg/dependency.ts';
import { runCli, scratch } from '../support/cli.ts';
import { recordRun } from '../support/program-runs.ts';
import { whole } from '../support/extent.ts';
import { seededRandom, seedOffset } from '../support/random.ts';
import { rootEnvironment } from '../support/run-in-root.ts';

const realdata = process.env.KILOPY_REALDATA ?? resolve(import.meta.dirname, '../../../shared/realdata');
const openwrt = join(realdata, 'openwrt');
const rootfs = join(openwrt, 'georglippold-rootfs/rootfs.tar.gz');
const qemu = '/usr/bin/qemu-aarch64-static';
const shell = '/bin/busybox';
const canChroot = [rootfs, qemu, shell].every((path) => existsSync(path)) && process.getuid?.() === 0;
const feeds = ['Core', 'r3p'];
const count = 40;

interface Answer {
  readonly failed: boolean;
  readonly installed: readonly string[];
}

/** A genuine root file system of 19.07 (aarch64), whose opkg installs packages of another processor into /t, without running them. */
function unpackRouter(): string {
  const root = scratch();
  execFileSync('tar', ['xzf', rootfs, '-C', root]);
  cpSync(qemu, join(root, 'qemu'));
  // The packages are unpacked by programs that this machine has to be able to start.
  cpSync(shell, join(root, 'bin/busybox'));
  mkdirSync(join(root, 'tmp'), { recursive: true });
  for (const feed of feeds) {
    cpSync(join(openwrt, `nooblog-${feed}-mipsel_24kc`), join(root, 'feeds', feed), { recursive: true });
  }
  writeFileSync(join(root, 'conf'), feeds.map((feed) => `src ${feed} file:///feeds/${feed}\n`).join(''));
  return root;
}

function opkg(root: string, ...words: readonly string[]): { status: number | null; stdout: string } {
  const places = ['-o', '/t', '-f', '/conf', '--add-dest', 'root:/', '--lists-dir', '/lists'];
  const options = [...places, '--add-arch', 'all:100', '--add-arch', 'mipsel_24kc:200'];
  const command = ['chroot', root, '/qemu', '/bin/opkg', ...options, ...words];
  const run = {
    command,
    ...spawnSync('chroot', command.slice(1), { encoding: 'utf8', timeout: 300_000, env: rootEnvironment }),
  };
  recordRun(run);
  // Stopped after five minutes on a busy machine it has said nothing.
  if (run.error !== undefined) throw run.error;
  return run;
}

function askRealOpkg(root: string, request: readonly string[]): Answer {
  const target = join(root, 't');
  rmSync(target, { recursive: true, force: true });
  for (const folder of ['tmp', 'usr/lib/opkg', 'var/lock', 'lists'])
    mkdirSync(join(target, folder), { recursive: true });
  expect(opkg(root, 'update').status).toBe(0);
  // As ImageBuilder: these two are files.
  for (const name of ['libc', 'kernel'])
    for (const feed of feeds)
      for (const file of readdirSync(join(root, 'feeds', feed)).filter((one) => one.startsWith(`${name}_`)))
        expect(opkg(root, 'install', `/feeds/${feed}/${file}`).status).toBe(0);
  const { status } = opkg(root, 'install', ...request);
  const list = opkg(root, 'list-installed').stdout.trimEnd().split('\n');
  return { failed: status !== 0, installed: list.map((line) => line.replace(' - ', '=')).toSorted() };
}

/** Names, provided names and names that are none, from one to twenty. */
function randomRequests(): readonly (readonly string[])[] {
  const index = feeds.flatMap((feed) =>
    parseOpkgControl(readFileSync(join(openwrt, `nooblog-${feed}-mipsel_24kc`, 'Packages'), 'utf8')),
  );
  const names = index.map((one) => one.get('package') ?? '').toSorted();
  const provided = index.flatMap((one) => parseOpkgNames(one.get('provides') ?? '')).toSorted();
  const random = seededRandom(20_261_127 + seedOffset);
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
  return Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: [1, 2, 3, 6, 12, 20][i % 6] ?? 1 }, () => pick(names));
    if (random() < 0.4) words.unshift(pick(provided));
    if (random() < 0.2) words.splice(1, 0, 'no-such-package');
    return [...new Set(words)];
  });
}

test.skipIf(!canChroot || !whole)(
  `${String(count)} random requests to the packages of 2019: a genuine opkg installs what --compat opkg says, also where it fails half-way (realdata)`,
  async () => {
    const root = unpackRouter();
    const requests = randomRequests();
    const batch = join(root, 'requests');
    writeFileSync(batch, requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
    const places = feeds.map((feed) => join(openwrt, `nooblog-${feed}-mipsel_24kc`));
    const solve = ['feed', 'solve', '--kind', 'opkg', '--arch', 'mipsel_24kc', '--allow-untrusted', '--compat', 'opkg'];
    const { stdout, status } = await runCli([...solve, '--batch', batch, '--feed', ...places], { cwd: root });
    expect(status).toBe(0);
    const answers = stdout.trimEnd().split('\n');
    for (const [i, request] of requests.entries()) {
      const ours = JSON.parse(answers[i] ?? '') as { install: readonly string[]; error?: unknown };
      const own: Answer = { failed: ours.error !== undefined, installed: ours.install.toSorted() };
      expect({ request, ...own }).toEqual({ request, ...askRealOpkg(root, request) });
    }
  },
);
