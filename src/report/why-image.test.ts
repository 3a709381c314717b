import { expect, test } from 'vitest';
import { parseApkInstalled } from '../codec/packages/apk-installed.ts';
import { parseDpkgStatus } from '../codec/packages/dpkg-status.ts';
import { imageChain } from './why-image.ts';

const opkg = parseDpkgStatus(
  `Package: netifd
Version: 1
Depends: libc, libubox (>= 1), ip | ip-tiny
Status: install user installed
Architecture: all

Package: libubox
Version: 1
Depends: libc
Status: install user installed
Auto-Installed: yes
Architecture: all

Package: ip-full
Version: 1
Provides: ip
Depends: libc
Status: install ok installed
Architecture: all

Package: libc
Version: 1
Status: install user installed
Architecture: all

Package: a
Version: 1
Depends: b
Status: install ok installed
Architecture: all

Package: b
Version: 1
Depends: a
Status: install ok installed
Architecture: all
`,
  'status',
).map((one) => ({ ...one, manager: 'opkg' as const }));

test('opkg knows what was asked for; a name that is provided counts; the way is the shortest', () => {
  expect(imageChain(opkg, 'libubox')).toEqual(['package netifd depends on libubox', 'package netifd was asked for']);
  expect(imageChain(opkg, 'ip-full')).toEqual(['package netifd depends on ip-full', 'package netifd was asked for']);
  expect(imageChain(opkg, 'libc')).toEqual(['package libc was asked for']);
  expect(imageChain(opkg, 'a')).toEqual(['packages that need a need each other in a circle']);
  expect(imageChain(opkg, 'nothing')).toEqual([]);
});

test('apk: sonames with versions, conflicts are no need', () => {
  const text = `P:busybox
V:1
D:so:libc.musl-x86_64.so.1 !uclibc
p:cmd:sh=1 /bin/sh

P:musl
V:1
p:so:libc.musl-x86_64.so.1=1

P:layout
V:1
D:/bin/sh

P:uclibc
V:1
`;
  const packages = parseApkInstalled(text, 'installed').map((one) => ({ ...one, manager: 'apk' as const }));
  expect(imageChain(packages, 'musl')).toEqual([
    'package busybox depends on musl',
    'package layout depends on busybox',
    'no package needs layout: it was asked for, or is always there',
  ]);
  expect(imageChain(packages, 'uclibc')).toEqual(['no package needs uclibc: it was asked for, or is always there']);
});
