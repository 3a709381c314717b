import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DiffResult, InspectResult, SizeResult, WhyResult } from '../../src/index.ts';
import { checkout, runCli, runProgram, scratch, testStore, type CliResult } from '../support/cli.ts';
import { listing } from '../support/failing-cli.ts';
import { deadNetwork, startRecordedMirror } from '../support/recorded-mirror.ts';

/** size, why, diff, inspect, budgets and the library, from the test store and without network. */

function project(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const folder = scratch();
  mkdirSync(join(folder, 'app'));
  cpSync(join(checkout, 'examples/hello/main.py'), join(folder, 'app/main.py'));
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, 'app', path), content);
  return folder;
}

function cli(cwd: string, ...args: readonly string[]): Promise<CliResult> {
  return runCli(args, { cwd, env: deadNetwork });
}

async function json<T>(cwd: string, ...args: readonly string[]): Promise<T> {
  const { stdout, stderr } = await cli(cwd, ...args, '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout) as T;
}

const offline = ['--base', 'debian', '--offline', '--target', 'linux/amd64'] as const;

interface Built {
  readonly artifacts: readonly {
    readonly path: string;
    readonly format: string;
    readonly layers: readonly { readonly sizeBytes: number; readonly rawBytes: number }[];
  }[];
}

describe('size', () => {
  test('of a build: the columns add up to what build writes', async () => {
    const folder = project({ 'data.bin': Buffer.alloc(4000, 'kilopy') });
    const { images } = await json<SizeResult>(folder, 'size', 'app', ...offline);
    expect(existsSync(join(folder, 'dist'))).toBe(false);
    const { artifacts } = await json<Built>(folder, 'build', 'app', ...offline);
    const [image] = images;
    const layers = artifacts[0]?.layers ?? [];
    expect(image?.layers.map(({ sizeBytes, rawBytes }) => ({ sizeBytes, rawBytes }))).toEqual(
      layers.map(({ sizeBytes, rawBytes }) => ({ sizeBytes, rawBytes })),
    );
    const wire = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(image?.files.reduce((sum, { wireBytes }) => sum + (wireBytes ?? 0), 0)).toBe(wire);
    expect(image?.owners.reduce((sum, { wireBytes }) => sum + (wireBytes ?? 0), 0)).toBe(wire);
    expect(image?.total.wireBytes).toBe(wire);
    expect(image?.owners.map(({ name }) => name)).toEqual(expect.arrayContaining(['libc6', 'micropython', 'app']));
    const sizes = image?.files.map(({ sizeBytes }) => sizeBytes) ?? [];
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  });

  test.each([
    ['package', /^ *[\d ]+ {2,}[\d ]+ {2}libc6 \d/mu],
    ['file', /\/usr\/bin\/micropython {2}micropython 1\./u],
    ['origin', /packages\n.* {4}libc6/u],
  ])('for people, by %s', async (view, row) => {
    const { stdout, status } = await cli(project(), 'size', 'app', ...offline, '--by', view, '--top', '4');
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(row) as string });
    expect(stdout).toContain('own deflate size of each file, scaled so that the column adds up to the layer');
    expect(stdout).toMatch(/all \d+ files/u);
  });

  test('of an image and of its parts: the same files', async () => {
    const folder = project();
    await json(folder, 'build', 'app', ...offline, '--output', 'oci,tar.gz,dir');
    const paths = ['dist/app-amd64.oci.tar', 'dist/app-amd64.tar.gz', 'dist/app-amd64.rootfs'];
    const found = await Promise.all(paths.map((path) => json<SizeResult>(folder, 'size', path)));
    const files = found.map(({ images }) => images[0]?.files.map(({ path, sizeBytes }) => [path, sizeBytes]));
    expect(files[0]?.length).toBeGreaterThan(8);
    expect([files[1], files[2]]).toEqual([files[0], files[0]]);
  });

  test.each([
    ['--by', 'colour'],
    ['--top', 'many'],
    ['--top', '0'],
  ])('%s %s is refused', async (...words) => {
    const { status, stderr } = await cli(project(), 'size', 'app', ...words);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('error KP1001') as string });
  });
});

describe('why', () => {
  const files = {
    'main.py': 'import sys\nimport asyncio\nimport helper\nprint(sys.version)\n',
    'helper.py': 'import deep\n',
    'deep.py': 'x = 1\n',
    'kilopy.yaml': 'files:\n  /etc/motd: {content: hello}\n',
  };

  test('a library, a module, an overlay, a package, a path that was left out', async () => {
    const folder = project(files);
    // With a lock the packages are not chosen anew for every question.
    await json(folder, 'build', 'app', ...offline, '--out-dir', 'out');
    const ask = async (subject: string): Promise<WhyResult['answers'][number] | undefined> =>
      (await json<WhyResult>(folder, 'why', subject, 'app', ...offline)).answers[0];
    expect((await ask('libffi.so.8.1.4'))?.chain).toEqual([
      'main.py:1:8 imports sys, which MicroPython has',
      '/usr/bin/micropython runs main.py',
      '/usr/bin/micropython needs libffi.so.8 (DT_NEEDED): /usr/lib/x86_64-linux-gnu/libffi.so.8.1.4',
      expect.stringMatching(/^package libffi8 3\.\S+ brings it$/u),
      expect.stringMatching(/^package micropython Depends: libffi8/u),
      'package micropython is asked for at --base',
    ]);
    expect((await ask('/app/deep.py'))?.chain).toEqual(['main.py:3:8 imports helper', 'helper.py:1:8 imports deep']);
    expect((await ask('etc/motd'))?.chain).toEqual(['files: puts it there, at app/kilopy.yaml:2:3']);
    expect((await ask('usr/lib/kilopy/run.py'))?.chain[0]).toBe('main.py:2:8 imports asyncio');
    const libc = await ask('libc6');
    expect(libc).toMatchObject({ kind: 'package', state: 'present' });
    expect(libc?.sizeBytes).toBeGreaterThan(2e6);
    expect(libc?.wireBytes).toBeGreaterThan(1e6);
    expect(await ask('gcc-14-base')).toMatchObject({ kind: 'package', state: 'left-out' });
    const doc = await ask('/usr/share/doc/libc6/copyright');
    expect(doc).toMatchObject({ kind: 'file', state: 'left-out' });
    expect(doc?.keep).toContain('slim: none');
    expect(existsSync(join(folder, 'dist'))).toBe(false);
  });

  test.each([
    ['/usr/bin/micropythom', '/usr/bin/micropython'],
    ['libfi8', 'libffi8'],
    ['libffi.so.9', 'libffi.so.8'],
  ])('%s is unknown; %s is near', async (subject, near) => {
    const { status, stderr } = await cli(project(), 'why', subject, 'app', ...offline);
    expect(status).toBe(2);
    expect(stderr).toContain('error KP1202');
    expect(stderr).toContain(near);
  });
});

describe('diff', () => {
  test('an archive, a layout, a tar and a folder of one build are the same', async () => {
    const folder = project();
    await json(folder, 'build', 'app', ...offline, '--output', 'oci,oci-dir,tar,tar.gz');
    for (const other of ['oci', 'tar', 'tar.gz']) {
      const { status, stdout } = await cli(folder, 'diff', 'dist/app-amd64.oci.tar', `dist/app-amd64.${other}`);
      expect({ other, status, stdout }).toEqual({
        other,
        status: 0,
        stdout: expect.stringContaining('the same') as string,
      });
    }
  });

  test('mode bits, contents, links: said with both values, and the status is 1', async () => {
    const folder = scratch();
    for (const side of ['a', 'b']) {
      mkdirSync(join(folder, side, 'etc'), { recursive: true });
      for (const file of ['mode', 'content', 'same']) writeFileSync(join(folder, side, 'etc', file), file);
    }
    chmodSync(join(folder, 'b/etc/mode'), 0o4711);
    writeFileSync(join(folder, 'b/etc/content'), 'other');
    writeFileSync(join(folder, 'b/etc/new\nline\u001b[31m'), '');
    const { status, stdout } = await cli(folder, 'diff', 'a', 'b');
    expect(status).toBe(1);
    expect(stdout).toContain('~ /etc/mode  mode 0644 -> 4711');
    expect(stdout).toMatch(/~ \/etc\/content {2}content 7 B \w+ -> 5 B \w+/u);
    expect(stdout).toContain('+ /etc/new\\x0aline\\x1b[31m');
    expect(stdout).toContain('1 added, 0 removed, 2 changed, -2 bytes');
    const facts = await json<DiffResult>(folder, 'diff', 'a', 'b');
    expect(facts).toMatchObject({ same: false, before: { kind: 'folder' } });
    expect((await cli(folder, 'diff', 'a', 'a')).status).toBe(0);
    expect((await cli(folder, 'diff', 'a', 'nothing')).stderr).toContain('error KP1203');
  });

  test('tests and their support are in no image', async () => {
    const folder = project();
    await json(folder, 'build', 'app', ...offline, '--output', 'tar', '--out-dir', 'one');
    writeFileSync(join(folder, 'app/test_main.py'), 'def test_one():\n    assert True\n');
    await json(folder, 'build', 'app', ...offline, '--output', 'tar', '--out-dir', 'two');
    expect((await cli(folder, 'diff', 'one/app-amd64.tar', 'two/app-amd64.tar')).status).toBe(0);
  });
});

describe('inspect', () => {
  test('an image of ours: how it starts, its layers; nothing to drop', async () => {
    const folder = project();
    await json(folder, 'build', 'app', '--base', 'debian', '--offline', '--target', 'linux/amd64,linux/arm64');
    const all = await json<InspectResult>(folder, 'inspect', 'dist/app.oci.tar');
    expect(all.images.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
    const one = await json<InspectResult>(folder, 'inspect', 'dist/app.oci.tar', '--platform', 'linux/arm64');
    expect(one.images).toHaveLength(1);
    expect(one.images[0]).toMatchObject({
      start: { entrypoint: ['/usr/bin/micropython', '/app/main.py'], stopSignal: 'SIGINT', user: '65532:65532' },
      droppable: [],
    });
    const wrong = await cli(folder, 'inspect', 'dist/app.oci.tar', '--platform', 'linux/s390x');
    expect({ status: wrong.status, stderr: wrong.stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('linux/arm64') as string,
    });
  });

  test('a root file system of somebody else, packed by GNU tar', async () => {
    const folder = scratch();
    for (const path of ['usr/share/doc/x', 'var/lib/dpkg', 'bin', 'etc'])
      mkdirSync(join(folder, 'r', path), { recursive: true });
    writeFileSync(join(folder, 'r/usr/share/doc/x/readme'), Buffer.alloc(5000));
    writeFileSync(join(folder, 'r/bin/sh'), 'shell');
    writeFileSync(join(folder, 'r/etc/os-release'), 'ID=x\nPRETTY_NAME="X Linux 1"\n');
    writeFileSync(join(folder, 'r/var/lib/dpkg/status'), 'Package: x\nVersion: 2\nStatus: install ok installed\n\n');
    execFileSync('tar', ['-C', join(folder, 'r'), '-czf', join(folder, 'r.tar.gz'), '.']);
    const { stdout, status } = await cli(folder, 'inspect', 'r.tar.gz');
    expect(status).toBe(0);
    for (const text of [
      'root file system archive',
      'X Linux 1',
      'x 2',
      'documentation',
      'shells and their completions',
      'package manager databases',
    ])
      expect(stdout).toContain(text);
  });

  test.each<[string, Buffer, number]>([
    ['an empty file', Buffer.alloc(0), 2],
    ['text', Buffer.from('hello'.repeat(300)), 2],
    ['a torn gzip', Buffer.of(0x1f, 0x8b, 8, 0, 0, 0), 5],
    ['a torn .deb', Buffer.from('!<arch>\ndebian-binary   '), 5],
  ])('%s is refused with a word', async (_, bytes, status) => {
    const folder = scratch();
    writeFileSync(join(folder, 'x'), bytes);
    const result = await cli(folder, 'inspect', 'x');
    expect({ status: result.status, stderr: result.stderr }).toEqual({
      status,
      stderr: expect.stringMatching(/^error KP\d{4}: /u) as string,
    });
  });
});

interface Over {
  readonly sizeBytes: number;
  readonly waysBack: readonly { readonly wayBack: string; readonly costBytes: number }[];
}

describe('budgets', () => {
  test('over: status 3, causes and ways back, and nothing is written', async () => {
    const folder = project();
    await json(folder, 'build', 'app', ...offline);
    writeFileSync(join(folder, 'app/data.bin'), readFileSync(join(checkout, 'package-lock.json')).subarray(0, 50_000));
    writeFileSync(join(folder, 'app/kilopy.yaml'), 'budget:\n  oci: 2.3M\n');
    const before = listing(folder);
    const { status, stderr } = await cli(folder, 'build', 'app', ...offline, '-q');
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /error KP1201: app\/kilopy\.yaml:2:8: app-amd64\.oci\.tar would be [\d ]+ bytes, [\d ]+ over its budget of 2\.3M/u,
    );
    expect(stderr).toMatch(/[\d ]+ {2}package libc6/u);
    expect(stderr).toMatch(/leave data\.bin out with app\.exclude: saves [\d ]+/u);
    expect(listing(folder)).toEqual(before);
    // The command line wins, and within the budget everything is as ever.
    expect((await cli(folder, 'build', 'app', ...offline, '--budget', 'oci=9M')).status).toBe(0);
  });

  test('what leaving a file out is said to save, it saves', async () => {
    const folder = project({ 'data.bin': readFileSync(join(checkout, 'build/cli/bin.js')) });
    const words = ['build', 'app', ...offline, '--output', 'tar', '--budget', 'tar=1k', '--json'];
    const parts = async (): Promise<{ sizeBytes: number; parts: { name: string; costBytes: number }[] }> =>
      (JSON.parse((await cli(folder, ...words)).stdout) as { error: { data: Awaited<ReturnType<typeof parts>> } }).error
        .data;
    const full = await parts();
    writeFileSync(join(folder, 'app/kilopy.yaml'), 'app: {exclude: [data.bin]}\n');
    const less = await parts();
    expect(full.sizeBytes - less.sizeBytes).toBe(full.parts.find(({ name }) => name === 'data.bin')?.costBytes);
  });

  test('what a slimmer image is said to save, it saves', async () => {
    const folder = project();
    const words = ['build', 'app', ...offline, '--output', 'tar', '--budget', 'tar=1k', '--json'];
    const over = async (slim: string): Promise<Over> =>
      (JSON.parse((await cli(folder, ...words, '--slim', slim)).stdout) as { error: { data: Over } }).error.data;
    const [whole, slim] = [await over('none'), await over('closure')];
    expect(whole.waysBack).toContainEqual({ wayBack: 'slim: closure', costBytes: whole.sizeBytes - slim.sizeBytes });
    expect(slim.waysBack).toEqual([]);
  });

  test.each([
    ['oci', 'KP1204'],
    ['oci=much', 'KP1204'],
    ['ocy=1M', 'KP2009'],
  ])('--budget %s is refused', async (text, code) => {
    const { status, stderr } = await cli(project(), 'build', 'app', ...offline, '--budget', text);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(`error ${code}`) as string });
  });
});

test('the library: the example builds, looks into the image and prints sizes', async () => {
  const folder = project();
  const mirror = await startRecordedMirror();
  const { stdout, stderr, status } = await runProgram(
    process.execPath,
    [join(checkout, 'examples/library.mjs'), join(folder, 'app'), join(folder, 'out')],
    { cwd: folder, env: { ...mirror.env, KILOPY_CACHE: testStore } },
  );
  await mirror.close();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/oci\.tar: \d+ bytes on disk, \d+ on the wire\n/u);
  expect(stdout).toMatch(/starts \/usr\/bin\/micropython \/app\/main\.py\n/u);
  expect(stdout).toMatch(/micropython-small has \d+ bytes, \d+ compressed\n/u);
});

test('the library: the example agrees with the types', async () => {
  const words = ['--noEmit', '--checkJs', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const { stdout, status } = await runProgram(
    process.execPath,
    [
      join(checkout, 'node_modules/typescript/bin/tsc'),
      ...words,
      '--ignoreConfig',
      join(checkout, 'examples/library.mjs'),
    ],
    { cwd: checkout },
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
