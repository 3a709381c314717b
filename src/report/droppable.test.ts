import { expect, test } from 'vitest';
import { file } from '../../test/support/nodes.ts';
import { findDroppable } from './droppable.ts';

const origin = { kind: 'image', reference: 'x', layer: 'l' } as const;

test.each<[string, string | undefined, number?]>([
  ['usr/share/doc/x/copyright', 'documentation'],
  ['usr/share/man/man1/sh.1.gz', 'documentation'],
  ['usr/share/locale/de/LC_MESSAGES/x.mo', 'locales and translations'],
  ['usr/lib/x86_64-linux-gnu/gconv/BIG5.so', 'locales and translations'],
  ['usr/lib/locale/C.utf8/LC_CTYPE', 'locales and translations'],
  ['var/lib/dpkg/status', 'package manager databases'],
  ['lib/apk/db/installed', 'package manager databases'],
  ['etc/opkg.conf', 'package manager databases'],
  ['var/cache/apt/pkgcache.bin', 'caches and logs'],
  ['usr/bin/apt-get', 'package managers'],
  ['usr/lib/x86_64-linux-gnu/libapt-pkg.so.7.0', 'package managers'],
  ['sbin/apk', 'package managers'],
  ['usr/include/stdio.h', 'headers, static libraries and build files'],
  ['usr/lib/libc.a', 'headers, static libraries and build files'],
  ['bin/bash', 'shells and their completions'],
  ['usr/bin/dash', 'shells and their completions'],
  ['etc/init.d/cron', 'init, services and cron'],
  ['usr/share/zoneinfo/Europe/Berlin', 'time zones'],
  ['usr/bin/passwd', 'other programs with special rights', 0o4755],
  ['usr/bin/passwd', undefined, 0o755],
  ['usr/bin/python3', undefined],
  ['usr/lib/x86_64-linux-gnu/libc.so.6', undefined],
  ['home/me/usr/share/doc/x', undefined],
  ['etc/passwd', undefined],
  ['usr/bin/bashful', undefined],
])('/%s: %s', (path, name, mode = 0o644) => {
  const found = findDroppable(new Map([[path, file(path, 'x', origin, mode)]]));
  expect(found.map((one) => one.name)).toEqual(name === undefined ? [] : [name]);
});

test('sizes, biggest first, hard links once', () => {
  const one = { ...file('usr/share/doc/a', '12345', origin), inode: 'i' };
  const nodes = [one, { ...one, path: 'usr/share/doc/b' }, file('bin/sh', '123456', origin)];
  const found = findDroppable(new Map(nodes.map((node) => [node.path, node])));
  expect(found.map(({ name, files, sizeBytes }) => [name, files, sizeBytes])).toEqual([
    ['shells and their completions', 1, 6],
    ['documentation', 1, 5],
  ]);
});
