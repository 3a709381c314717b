import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { digestOf } from '../../src/emit/measure.ts';
import { checkout, runCli, scratch, testStore, type CliResult } from '../support/cli.ts';
import { standInCompilers, standInTargets, tripletOf, type StandIns } from '../support/stand-in-compilers.ts';

/** `--toolchain`: a compiler of this computer, with stand-ins for compilers, for the root that they run in and for emulators. */

interface Place extends StandIns {
  readonly folder: string;
  readonly env: Readonly<Record<'KILOPY_CACHE' | 'PATH', string>>;
  readonly build: (targets: string, ...more: readonly string[]) => Promise<CliResult>;
}

let shared: Place;

beforeAll(async () => {
  shared = await place();
});

afterAll(() => {
  for (const folder of [shared.folder, shared.env.KILOPY_CACHE]) rmSync(folder, { recursive: true });
});

/** With sources and indexes of the test store, and none of its products. */
async function place(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'kilopy-toolchain-'));
  const standIns = await standInCompilers(folder);
  // Hard links need one file system, and the folder for temporary files is often another one.
  const cache = mkdtempSync(join(dirname(testStore), 'toolchain-'));
  mkdirSync(join(cache, 'derived'), { recursive: true });
  execFileSync('cp', ['-al', join(testStore, 'blobs'), cache]);
  for (const kind of ['deb-source-1', 'deb-index-1', 'deb-last-complete-2', 'document-1'])
    if (existsSync(join(testStore, 'derived', kind)))
      execFileSync('cp', ['-al', join(testStore, 'derived', kind), join(cache, 'derived')]);
  const env = { KILOPY_CACHE: cache, PATH: standIns.path };
  return {
    ...standIns,
    folder,
    env,
    build: async (targets, ...more) =>
      await runCli(['runtime', 'build', '--target', targets, '--toolchain', 'gcc', '--offline', ...more], {
        cwd: folder,
        env,
      }),
  };
}

test('a build that was interrupted goes on with the targets that it had not finished, two at a time', async () => {
  const { folder, env, build, hold, release, log } = shared;
  const [first, ...others] = standInTargets;
  for (const target of others) hold(target);
  const words = ['runtime', 'build', '--target', standInTargets.join(), '--toolchain', 'gcc', '--offline'];
  const child = spawn(process.execPath, [join(checkout, 'build/cli/bin.js'), ...words], {
    cwd: folder,
    env: { ...env, HOME: folder, NO_COLOR: '1' },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const status = new Promise<number | null>((done) => child.on('close', done));
  const [second, third] = others;
  // Two at once: the third begins when the first is finished, and the second still runs then.
  const begun = [first, second, third].map((target) => `start micropython ${tripletOf(target)}`);
  await vi.waitFor(
    () => expect(log()).toEqual(expect.arrayContaining([...begun, `end micropython ${tripletOf(first)}`])),
    { timeout: 200_000, interval: 50 },
  );
  expect(log().filter((line) => line.startsWith('start micropython'))).toHaveLength(3);
  child.kill('SIGINT');
  expect(await status).toBe(130);
  const before = log().length;
  for (const target of others) release(target);
  const again = await build(standInTargets.join(), '--json');
  expect(again).toMatchObject({ status: 0 });
  const { runtimes } = JSON.parse(again.stdout) as { runtimes: { target: string; proved: boolean }[] };
  expect(runtimes.map(({ target }) => target)).toEqual(standInTargets);
  const started = log()
    .slice(before)
    .filter((line) => line.startsWith('start micropython'));
  expect(started.sort()).toEqual(others.map((target) => `start micropython ${tripletOf(target)}`).sort());
  expect(log().filter((line) => line === 'start mpy-cross mpy-cross')).toHaveLength(1);
  // And from now on nothing.
  const count = log().length;
  expect(await build(standInTargets.join())).toMatchObject({ status: 0 });
  expect(log()).toHaveLength(count);
});

test('the recipe, the package and the lock say which compiler it was', async () => {
  const { folder, env, build } = shared;
  const built = await build('linux/mips', '--json');
  expect(built).toMatchObject({ status: 0 });
  const [runtime] = (JSON.parse(built.stdout) as { runtimes: { recipe: string; toolchain: object }[] }).runtimes;
  const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/u) as unknown;
  expect(runtime?.toolchain).toEqual({ from: 'host', name: 'gcc-mips-linux-gnu', version: '13.2.1', sha256 });

  const app = join(folder, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'main.py'), 'print(1)\n');
  writeFileSync(
    join(app, 'kilopy.yaml'),
    'name: app\nbase: {static: {toolchain: gcc}}\ntargets: [linux/mips]\noutputs: [dir]\nlicences: true\n',
  );
  expect(await runCli(['build', '.', '--offline'], { cwd: app, env })).toMatchObject({ status: 0 });
  const { sections } = JSON.parse(readFileSync(join(app, 'kilopy.lock'), 'utf8')) as {
    sections: { settings: object; sources: { archive: string; path: string; trust: string }[] }[];
  };
  expect(sections[0]?.settings).toEqual({ toolchain: 'gcc' });
  expect(sections[0]?.sources).toContainEqual(
    expect.objectContaining({ archive: 'host', path: 'gcc-mips-linux-gnu_13.2.1', trust: runtime?.recipe }),
  );

  // Licence texts: beside the image, and in it when that is asked for.
  const text = readFileSync(join(app, 'dist/licences.txt'), 'utf8');
  expect(text).toMatch(
    /^=+\nmicropython-small 1\.\S+\n=+\n\nMIT\n\n-+\nmusl 1\.\S+\n-+\n[^]*\n-+\nthe compiler’s part\n-+\n\nLGPL\n$/u,
  );
  const root = readdirSync(join(app, 'dist')).find((name) => name.endsWith('.rootfs')) ?? '';
  const inside = join(app, 'dist', root, 'usr/share/licenses/micropython-small/LICENSE');
  expect(readFileSync(inside, 'utf8')).toMatch(/^MIT\n[^]*\nmusl /u);

  // Another version of the compiler: another recipe, compiled again.
  const compiler = join(folder, 'bin/mips-linux-gnu-gcc');
  writeFileSync(compiler, readFileSync(compiler, 'utf8').replace('13.2.1', '14.1.0'));
  const newer = await build('linux/mips', '--json');
  const [other] = (JSON.parse(newer.stdout) as { runtimes: { recipe: string; toolchain: object }[] }).runtimes;
  expect(other?.toolchain).toMatchObject({ version: '14.1.0' });
  expect(other?.recipe).not.toBe(runtime?.recipe);
});

test('with zig: its version and what it compiles for, wherever it lies', async () => {
  const { folder, env, log } = shared;
  const words = ['--target', 'linux/mipsle', '--offline', '--json'];
  const built = await runCli(['runtime', 'build', '--toolchain', 'zig', ...words], { cwd: folder, env });
  expect(built).toMatchObject({ status: 0 });
  const [runtime] = (JSON.parse(built.stdout) as { runtimes: { recipe: string; toolchain: object }[] }).runtimes;
  const sha256 = digestOf(readFileSync(join(folder, 'bin/zig'))).slice('sha256:'.length);
  expect(runtime?.toolchain).toEqual({ from: 'host', name: 'zig-mipsel-linux-muslsf', version: '0.17.1', sha256 });
  // The same compiler in another folder makes the same; another one does not.
  const other = join(folder, 'other/zig');
  mkdirSync(dirname(other));
  copyFileSync(join(folder, 'bin/zig'), other);
  const count = log().length;
  const again = await runCli(['runtime', 'build', '--toolchain', 'other/zig', ...words], { cwd: folder, env });
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(built.stdout));
  expect(log()).toHaveLength(count);
  writeFileSync(other, readFileSync(other, 'utf8').replaceAll('0.17.1', '0.17.2'));
  const newer = await runCli(['runtime', 'build', '--toolchain', 'other/zig', ...words], { cwd: folder, env });
  const [later] = (JSON.parse(newer.stdout) as { runtimes: { recipe: string; toolchain: object }[] }).runtimes;
  expect(later?.toolchain).toMatchObject({ version: '0.17.2' });
  expect(later?.recipe).not.toBe(runtime?.recipe);

  const app = join(folder, 'zig-app');
  mkdirSync(app);
  writeFileSync(join(app, 'main.py'), 'print(1)\n');
  writeFileSync(
    join(app, 'kilopy.yaml'),
    'name: app\nbase: {static: {toolchain: zig}}\ntargets: [linux/mipsle]\noutputs: [dir]\n',
  );
  expect(await runCli(['build', '.', '--offline'], { cwd: app, env })).toMatchObject({ status: 0 });
  expect(readFileSync(join(app, 'kilopy.lock'), 'utf8')).toContain('"zig-mipsel-linux-muslsf_0.17.1"');
}, 60_000);

test.each([
  ['is missing', 'no-such-', 'linux/mips', 6, /KP9106: there is no compiler no-such-gcc on this computer/u],
  ['is no zig', './zig', 'linux/mips', 6, /KP9106: there is no \.\/zig on this computer/u],
  [
    'is an old zig',
    'old/zig',
    'linux/mips',
    6,
    /KP9106: kilopy does not compile with .*old\/zig 0\.9\.1\n.*`zig ld\.lld`/u,
  ],
  ['is half a zig', 'half/zig', 'linux/mips', 6, /KP9106: .*half\/zig does not say where its library is\n/u],
  [
    'is zig, and for another machine',
    'zig',
    'linux/riscv64',
    2,
    /KP9107: .*zig compiles for riscv64-linux-musl, not for linux\/riscv64/u,
  ],
  ['has no binutils', 'half-', 'linux/mips', 6, /KP9106: the toolchain half- is not complete: .*half-ar/u],
  ['is no gcc', 'mute-', 'linux/mips', 6, /KP9106: .*mute-gcc -dumpmachine does not answer as gcc does/u],
  [
    'is for another machine',
    'mips-linux-gnu-',
    'linux/riscv64',
    2,
    /KP9107: .*mips-linux-gnu-gcc compiles for mips-linux-gnu, not for linux\/riscv64\n.*__riscv: its pointers do not have 64 bits: it is not little-endian/u,
  ],
  [
    'has the other byte order',
    'mipsel-linux-gnu-',
    'linux/mips',
    2,
    /KP9107: .*compiles for mipsel-linux-gnu, not for linux\/mips\n.*it is not big-endian/u,
  ],
  [
    'has the other float ABI',
    'arm-linux-gnueabihf-',
    'linux/arm/v5',
    2,
    /KP9107: .*\n.*it uses a floating point unit/u,
  ],
])('a compiler that %s is refused before anything is done', async (_, asked, target, status, text) => {
  const folder = scratch();
  const { path, log } = await standInCompilers(folder);
  const gcc = readFileSync(join(folder, 'bin/mips-linux-gnu-gcc'), 'utf8');
  for (const [name, content] of [
    ['half-gcc', gcc],
    ['mute-gcc', '#!/bin/sh\nexit 1\n'],
    ...['ar', 'ranlib', 'strip', 'readelf', 'objdump'].map((tool) => [`mute-${tool}`, '#!/bin/sh\n'] as const),
    ['../old/zig', '#!/bin/sh\n[ "$1" = version ] && echo 0.9.1\n'],
    ['../half/zig', readFileSync(join(folder, 'bin/zig'), 'utf8').replaceAll('zig-lib', 'nowhere')],
  ] as const) {
    mkdirSync(dirname(join(folder, 'bin', name)), { recursive: true });
    writeFileSync(join(folder, 'bin', name), content);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const env = { KILOPY_CACHE: join(folder, 'cache'), PATH: path };
  const words = ['runtime', 'build', '--target', target, '--toolchain', asked, '--offline'];
  const refused = await runCli(words, { cwd: folder, env });
  expect(refused).toMatchObject({ status, stderr: expect.stringMatching(text) as unknown });
  expect(log()).toEqual([]);
});

test('what the compiler brings along is audited: floats of a unit that the processor lacks are refused', async () => {
  const { folder, build, log } = shared;
  const file = join(folder, 'products/mips-linux-gnu/objects');
  writeFileSync(
    file,
    `${readFileSync(file, 'utf8')}File: /x/libgcc.a/_muldi3.o\n  Class: ELF32\n  Data: 2's complement, big endian\nFP ABI: Hard float (double precision)\n`,
  );
  const count = log().length;
  const refused = await build('linux/mips', '--variant', 'floor');
  expect(refused).toMatchObject({
    status: 70,
    stderr: expect.stringMatching(/KP9102: .*\n.*libgcc\.a.*FP ABI is Hard float/u) as unknown,
  });
  expect(log().slice(count)).toContain('end micropython mips-linux-gnu');
});
