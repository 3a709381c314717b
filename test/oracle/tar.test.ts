import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTar } from '../../src/codec/tar/read-tar.ts';
import { type TarWriteEntry, writeTar } from '../../src/codec/tar/write-tar.ts';
import { collect } from '../support/collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'kilopy-tar-'));
const archive = join(folder, 'ours.tar');
const plain = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1_700_000_000 } as const;

const entries: readonly TarWriteEntry[] = [
  { ...plain, type: 'directory', path: '', mode: 0o755 },
  { ...plain, type: 'directory', path: 'dev', mode: 0o1777 },
  { ...plain, type: 'block', path: 'dev/sda', major: 8, minor: 1_048_575 },
  { ...plain, type: 'char', path: 'dev/null', mode: 0o666, major: 1, minor: 3 },
  { ...plain, type: 'fifo', path: 'dev/pipe' },
  file('plain', 'content', { mode: 0o4755, uid: 65_532, gid: 65_532 }),
  file(`${'d'.repeat(90)}/${'f'.repeat(99)}`, 'ustar prefix'),
  file(`long/${'n'.repeat(200)}`, 'pax path'),
  file('naïve – 日本', 'raw bytes'),
  file('big ids', 'x', { uid: 4_000_000_000, gid: 3_000_000_000, mtimeSeconds: -5 }),
  file('with xattrs', 'y', { xattrs: new Map([['user.raw', Buffer.of(0, 10, 61, 255)]]) }),
  file('new line\nand \\ backslash', 'z'),
  { ...plain, type: 'hardlink', path: 'second name', linkTarget: 'plain' },
  { ...plain, type: 'symlink', path: 'link', linkTarget: `../${'t'.repeat(150)}` },
];

beforeAll(async () => {
  writeFileSync(archive, await collect(writeTar(entries)));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each(['C', 'C.UTF-8'])('GNU tar and bsdtar list the same names as we wrote, in %s', (locale) => {
  const written = entries
    .map(({ type, path }) => (path === '' ? './' : type === 'directory' ? `${path}/` : path))
    .sort();
  expect(run('tar', ['--quoting-style=escape', '-tf', archive], locale).map(unescape).sort()).toEqual(written);
  const viaMtree = run('bsdtar', ['-cf', '-', '--format=mtree', `@${archive}`], locale)
    .filter((line) => !line.startsWith('#'))
    .map((line) => unescape(line.split(' ')[0]!.replace(/^\.\//, '')));
  expect(viaMtree.map(bare).sort()).toEqual(written.map(bare).sort());
});

test('both agree on types, modes, owners, sizes, devices and times', () => {
  const gnu = run('tar', ['--numeric-owner', '--full-time', '--utc', '-tvf', archive], 'C.UTF-8');
  const bsd = run('bsdtar', ['--numeric-owner', '-tvf', archive], 'C.UTF-8');
  const fromGnu = gnu.map((line) => line.split(/\s+/)).map(([mode, owner, size]) => [mode, ...owner!.split('/'), size]);
  const fromBsd = bsd.map((line) => line.split(/\s+/)).map(([mode, , uid, gid, size]) => [mode, uid, gid, size]);
  expect(fromGnu.map((row) => row.slice(0, 3))).toEqual(fromBsd.map((row) => row.slice(0, 3)));
  expect(fromGnu.map(([, , , size]) => size)).toEqual(fromBsd.map(([, , , size]) => size));
  expect(fromGnu[2]).toEqual(['brw-r--r--', '0', '0', '8,1048575']);
  expect(gnu.find((line) => line.includes('big ids'))).toContain('1969-12-31 23:59:55');
});

test.each(['tar', 'bsdtar'])('%s finds no fault in the archive', (program) => {
  const { status, stderr } = spawnSync(program, ['-xf', archive, '-O'], {
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
  });
  expect([status, stderr.toString()]).toEqual([0, '']);
});

test('GNU tar restores a binary xattr', () => {
  const xattrs = ['--xattrs', '--xattrs-include=*', '-C', folder];
  execFileSync('tar', [...xattrs, '-xf', archive, 'with xattrs']);
  const again = execFileSync('tar', [...xattrs, '--format=posix', '-cf', '-', 'with xattrs']);
  const [entry] = readTar(again);
  expect([...entry!.header.xattrs].map(([name, value]) => [name, ...value])).toEqual([['user.raw', 0, 10, 61, 255]]);
});

test.each([
  ['tar', 'v7'],
  ['tar', 'oldgnu'],
  ['tar', 'gnu'],
  ['tar', 'ustar'],
  ['tar', 'posix'],
  ['bsdtar', 'ustar'],
  ['bsdtar', 'pax'],
  ['bsdtar', 'gnutar'],
])('%s --format=%s is read', (program, format) => {
  const made = join(folder, `${program}-${format}`);
  const long = ['v7', 'ustar'].includes(format) ? 'short' : 'n'.repeat(180);
  execFileSync('mkdir', ['-p', join(made, 'sub')]);
  writeFileSync(join(made, long), 'content');
  execFileSync('ln', ['-f', join(made, long), join(made, 'sub/hard')]);
  execFileSync('ln', ['-sf', long, join(made, 'sub/soft')]);
  const tarFile = join(folder, `${program}-${format}.tar`);
  execFileSync(program, [`--format=${format}`, '-cf', tarFile, '-C', made, 'sub', long]);
  const found = [...readTar(readFileSync(tarFile))].map(({ header, body }) => ({ ...header, text: String(body) }));
  expect(found.map(({ path, type }) => `${type} ${path}`).sort()).toEqual(
    [`directory sub/`, `file sub/hard`, `symlink sub/soft`, `hardlink ${long}`].sort(),
  );
  expect(found.find(({ type }) => type === 'hardlink')?.linkTarget).toBe('sub/hard');
  expect(found.find(({ type }) => type === 'symlink')?.linkTarget).toBe(long);
  expect(found.find(({ type }) => type === 'file')?.text).toBe('content');
});

test('a sparse archive of GNU tar is refused, not misread', () => {
  const sparse = join(folder, 'sparse');
  execFileSync('truncate', ['-s', '1M', sparse]);
  for (const format of ['gnu', 'posix']) {
    execFileSync('tar', [`--format=${format}`, '--sparse', '-cf', `${sparse}.tar`, '-C', folder, 'sparse']);
    expect(() => [...readTar(readFileSync(`${sparse}.tar`))]).toThrow(expect.objectContaining({ code: 'KP4002' }));
  }
});

test('numbers too large for octal, as GNU tar writes them', () => {
  const tarFile = join(folder, 'ids.tar');
  writeFileSync(join(folder, 'ids'), '');
  execFileSync('tar', [
    '--format=gnu',
    '--owner=x:4000000000',
    '--group=y:3000000000',
    '--mtime=@-7',
    '-cf',
    tarFile,
    '-C',
    folder,
    'ids',
  ]);
  expect([...readTar(readFileSync(tarFile))][0]?.header).toMatchObject({
    uid: 4_000_000_000,
    gid: 3_000_000_000,
    mtimeSeconds: -7,
  });
});

function file(path: string, text: string, more: Partial<TarWriteEntry> = {}): TarWriteEntry {
  const body = Buffer.from(text);
  return { ...plain, type: 'file', path, body, sizeBytes: body.length, ...more };
}

function run(program: string, args: readonly string[], locale: string): string[] {
  const output = execFileSync(program, args, { env: { PATH: process.env.PATH, LC_ALL: locale, TZ: 'UTC' } });
  return output.toString().split('\n').filter(Boolean);
}

/** GNU's escape style and mtree's octal both give back bytes. */
function unescape(text: string): string {
  const bytes = text.replace(/\\([0-7]{3}|n|\\| )/g, (_, code: string) =>
    code === 'n' ? '\n' : code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : code,
  );
  return /[^\0-\xff]/.test(bytes)
    ? bytes
    : Buffer.from(bytes, 'latin1').toString().includes('\ufffd')
      ? bytes
      : Buffer.from(bytes, 'latin1').toString();
}

/** A name without the marks of folders, which mtree does not write. */
function bare(path: string): string {
  return path.replace(/^(\.\/|\/\.|\.)$|\/$/g, '');
}
