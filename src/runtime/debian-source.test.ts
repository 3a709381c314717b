import { expect, test } from 'vitest';
import { archivesOf, type DebianSource } from './debian-source.ts';

function source(...names: readonly string[]): DebianSource {
  const blob = { digest: `sha256:${'ab'.repeat(32)}`, sizeBytes: 1 } as const;
  return { name: 'some', version: '1-1', files: names.map((name) => ({ name, blob })) };
}

test('the archives of a source package, without signatures and lists', () => {
  const names = ['some_1-1.dsc', 'some_1.orig.tar.gz', 'some_1.orig.tar.gz.asc', 'some_1-1.debian.tar.xz'];
  expect(archivesOf(source(...names)).map(([name]) => name)).toEqual(['some_1.orig.tar.gz', 'some_1-1.debian.tar.xz']);
});

test('patches in one file, as source packages once had them, are not left out in silence', () => {
  const old = source('some_1-1.dsc', 'some_1.orig.tar.gz', 'some_1-1.diff.gz');
  expect(() => archivesOf(old)).toThrow(
    expect.objectContaining({ code: 'KP9212', where: 'some_1-1.diff.gz' }) as Error,
  );
});
