import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createContext } from '../io/create-context.ts';
import { packageRoot } from '../io/package-root.ts';
import { leftOutPatches } from './left-out-patches.ts';
import { unpackScript } from './unpack-script.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilopy-unpack-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A source package in `input`, whose only file says `old`. */
function source(name: string, debian?: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, 'input'), { recursive: true });
  pack(`${name}_1.0.orig.tar.gz`, 'upstream', { 'file.txt': 'one\nold\nthree\n' });
  if (debian !== undefined) pack(`${name}_1.0-1.debian.tar.xz`, '.', debian);
}

function pack(archive: string, top: string, files: Readonly<Record<string, string>>): void {
  const root = mkdtempSync(join(folder, 'pack-'));
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, top, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const names = top === '.' ? ['debian'] : [top];
  execFileSync('tar', ['-caf', join(folder, 'input', archive), '-C', root, ...names]);
}

/** A patch to it that makes `old` something else; of its lines around, the last is the given one. */
function patch(from: string, to: string, after = 'three'): string {
  return `Why it is there.\n--- a/file.txt\n+++ b/file.txt\n@@ -1,3 +1,3 @@\n one\n-${from}\n+${to}\n ${after}\n`;
}

/** Runs the script as a build does, with folders of its own in the place of the root's. */
async function unpack(name: string): Promise<{ readonly status: number | null; readonly said: string }> {
  const script = (await unpackScript(createContext())).replaceAll(/\/(input|tmp)\//gu, `${folder}/$1/`);
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  const own = `set -e\n${script}\nunpack ${name} ${folder}/out\n`;
  const { status, stderr } = spawnSync('sh', ['-c', own], { encoding: 'utf8' });
  return { status, said: stderr };
}

const content = (): string => readFileSync(join(folder, 'out/file.txt'), 'utf8').split('\n')[1] ?? '';

test('Debian’s patches are applied in the order of their series, whose comments and empty lines are none', async () => {
  source('some', {
    'debian/patches/series': '# first things first\n\n  a.patch # with a reason\nsub/b.patch -p1\n',
    'debian/patches/a.patch': patch('old', 'older'),
    'debian/patches/sub/b.patch': patch('older', 'new'),
    'debian/patches/unused.patch': patch('new', 'wrong'),
  });
  expect(await unpack('some')).toEqual({ status: 0, said: '' });
  expect(content()).toBe('new');
});

test.each([
  ['another line', patch('other', 'new'), 'FAILED'],
  ['a line nearby that is another, which patch alone would overlook', patch('old', 'new', 'four'), 'FAILED'],
  ['a file that is not there', undefined, 'a.patch'],
])('a patch that does not apply ends the build with its name: %s', async (_, text, words) => {
  source('some', {
    'debian/patches/series': 'a.patch\n',
    ...(text !== undefined && { 'debian/patches/a.patch': text }),
  });
  const { status, said } = await unpack('some');
  expect(status).toBe(1);
  expect(said).toContain(words);
  expect(said).toMatch(/Debian's patch a\.patch does not apply to some\n$/u);
});

test.each([
  ['a tarball of somebody’s own', undefined],
  ['a package of Debian without patches', { 'debian/control': '' }],
])('%s is unpacked as it is', async (_, debian) => {
  source('some', debian);
  expect(await unpack('some')).toEqual({ status: 0, said: '' });
  expect(content()).toBe('old');
});

test.each(leftOutPatches)(
  '$source: $patch is left out under any number, of no other source, and the page says why',
  async (one) => {
    const debian = {
      'debian/patches/series': `0042-${one.patch}\n`,
      [`debian/patches/0042-${one.patch}`]: patch('old', 'new'),
    };
    source(one.source, debian);
    expect(await unpack(one.source)).toEqual({ status: 0, said: '' });
    expect(content()).toBe('old');
    source('some', debian);
    rmSync(join(folder, 'out'), { recursive: true });
    expect(await unpack('some')).toEqual({ status: 0, said: '' });
    expect(content()).toBe('new');
    const page = readFileSync(join(packageRoot, 'docs/runtime.md'), 'utf8');
    expect(page).toContain(`| ${one.source} | \`${one.patch}\` | ${one.reason} |`);
  },
);
