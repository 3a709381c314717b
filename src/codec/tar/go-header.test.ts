import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readTar } from './read-tar.ts';
import { formatGoHeader, type GoTarEntry } from './go-header.ts';

const plain = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0 } as const;

test.each<[string, Omit<GoTarEntry, 'mode' | 'uid' | 'gid' | 'mtimeSeconds'> & Partial<GoTarEntry>, number]>([
  ['a short name', { type: 'directory', path: 'etc' }, 512],
  ['a long name that ustar can cut', { type: 'directory', path: `${'a'.repeat(90)}/${'b'.repeat(60)}` }, 512],
  ['a name without a place to cut', { type: 'directory', path: 'a'.repeat(120) }, 1536],
  ['a name that is not ASCII', { type: 'directory', path: 'ümlaut' }, 1536],
  ['an extended attribute', { type: 'directory', path: 'x', xattrs: new Map([['user.a', Buffer.of(0, 255)]]) }, 1536],
  ['a number too large for ustar', { type: 'directory', path: 'x', uid: 3_000_000 }, 1536],
  ['a long target', { type: 'symlink', path: 'x', linkTarget: 't'.repeat(101) }, 1536],
  ['owners by name', { type: 'directory', path: 'x', uname: 'me', gname: 'staff' }, 512],
])('%s', (_, fields, sizeBytes) => {
  const entry: GoTarEntry = { ...plain, ...fields };
  const header = formatGoHeader(entry, 0);
  expect(header.length).toBe(sizeBytes);
  const archive = Buffer.concat([header, new Uint8Array(1024)]);
  const [read] = [...readTar(archive, { source: 'test' })];
  expect(read?.header).toMatchObject({
    type: entry.type,
    path: entry.path,
    uid: entry.uid,
    linkTarget: entry.linkTarget ?? '',
    uname: entry.uname ?? '',
  });
  expect(read?.header.xattrs ?? new Map()).toEqual(entry.xattrs ?? new Map());
  expect(
    execFileSync('tar', ['tf', '-'], { input: archive, env: { ...process.env, LC_ALL: 'C.UTF-8' } }).length,
  ).toBeGreaterThan(0);
});

test('the name is cut at the last slash that leaves a prefix of 155 bytes', () => {
  const path = `${'a/'.repeat(60)}${'b'.repeat(10)}`;
  const header = Buffer.from(formatGoHeader({ ...plain, type: 'file', path }, 0));
  expect(header.subarray(0, 10).toString()).toBe('b'.repeat(10));
  expect(header.subarray(345, 345 + 119).toString()).toBe('a/'.repeat(60).slice(0, -1));
});
