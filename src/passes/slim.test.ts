import { expect, test } from 'vitest';
import { makeElf, type ElfShape } from '../../test/support/make-elf.ts';
import { memoryBlobs, type MemoryBlobs } from '../../test/support/memory-blobs.ts';
import { directory, file, link, packageOrigin } from '../../test/support/nodes.ts';
import type { Node, Tree } from '../tree/node.ts';
import { overlay } from '../tree/overlay.ts';
import type { Origin } from '../values/origin.ts';
import { slim, type SlimReport, type SlimSettings } from './slim.ts';

const loaderPath = '/lib64/ld-linux-x86-64.so.2';
const folders = '/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0';
const T = 'usr/lib/x86_64-linux-gnu';
const libc = packageOrigin('libc6', '2.41-12');
const lib = packageOrigin('lib');
const program = packageOrigin('program');
const overlayOrigin: Origin = { kind: 'overlay', where: { file: 'kilopy.yaml', line: 1 } };

/** A merged /usr with loader and libc. */
function base(blobs: MemoryBlobs): Node[] {
  return [
    directory('usr/lib', libc),
    directory('usr/lib64', libc),
    link('lib', 'usr/lib', libc),
    link('lib64', 'usr/lib64', libc),
    elf(blobs, `${T}/ld-linux-x86-64.so.2`, { soname: 'ld-linux-x86-64.so.2', text: folders }, libc),
    link('usr/lib64/ld-linux-x86-64.so.2', '../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', libc),
    elf(blobs, `${T}/libc.so.6`, { soname: 'libc.so.6', needed: ['ld-linux-x86-64.so.2'] }, libc),
    file(`${T}/gconv/X.so`, 'unused', libc),
  ];
}

function elf(blobs: MemoryBlobs, path: string, shape: ElfShape, origin: Origin = lib): Node {
  return file(path, blobs.add(makeElf(shape)), origin, 0o755);
}

interface Slimmed {
  readonly tree: Tree;
  readonly report: SlimReport;
  readonly kept: readonly string[];
}

async function slimmed(make: (blobs: MemoryBlobs) => Node[], settings: Partial<SlimSettings> = {}): Promise<Slimmed> {
  const blobs = memoryBlobs();
  const { tree } = overlay(new Map(), [...base(blobs), ...make(blobs)]);
  const all: SlimSettings = { mode: 'closure', entries: ['/usr/bin/p'], wished: new Set(), ...settings };
  const result = await slim(tree, blobs, all);
  const standard = new Set([
    'lib',
    'lib64',
    'usr/lib64/ld-linux-x86-64.so.2',
    `${T}/ld-linux-x86-64.so.2`,
    `${T}/libc.so.6`,
    'usr/bin/p',
  ]);
  const kept = [...result.tree.values()]
    .filter((node) => node.type !== 'directory' && !standard.has(node.path))
    .map((node) => node.path);
  return { ...result, kept: kept.toSorted() };
}

function entry(blobs: MemoryBlobs, shape: ElfShape): Node {
  return elf(blobs, 'usr/bin/p', { interpreter: loaderPath, ...shape }, program);
}

const cases: [string, (blobs: MemoryBlobs) => Node[], string[]][] = [
  ['loader and libc with their links', (b) => [entry(b, { needed: ['libc.so.6'] })], []],
  [
    'a SONAME link and its target, not the development link',
    (b) => [
      entry(b, { needed: ['libz.so.1'] }),
      elf(b, `${T}/libz.so.1.3`, { soname: 'libz.so.1', needed: ['libc.so.6'] }),
      link(`${T}/libz.so.1`, 'libz.so.1.3', lib),
      link(`${T}/libz.so`, 'libz.so.1', lib),
    ],
    [`${T}/libz.so.1`, `${T}/libz.so.1.3`],
  ],
  [
    'RUNPATH with $ORIGIN, which does not reach the libraries of a library',
    (b) => [
      entry(b, { needed: ['liba.so'], runpath: '$ORIGIN/../lib/p' }),
      elf(b, 'usr/lib/p/liba.so', { needed: ['libb.so'] }),
      elf(b, 'usr/lib/p/libb.so', {}),
      elf(b, `${T}/libb.so`, {}),
    ],
    ['usr/lib/p/liba.so', `${T}/libb.so`],
  ],
  [
    'RPATH, which does',
    (b) => [
      entry(b, { needed: ['liba.so'], rpath: '/nowhere:${ORIGIN}/../lib/p' }),
      elf(b, 'usr/lib/p/liba.so', { needed: ['libb.so'] }),
      elf(b, 'usr/lib/p/libb.so', {}),
      elf(b, `${T}/libb.so`, {}),
    ],
    ['usr/lib/p/liba.so', 'usr/lib/p/libb.so'],
  ],
  [
    'RPATH is ignored where RUNPATH is',
    (b) => [
      entry(b, { needed: ['liba.so'], rpath: '/opt/r', runpath: '/opt/n' }),
      elf(b, 'opt/r/liba.so', {}),
      elf(b, 'opt/n/liba.so', {}),
    ],
    ['opt/n/liba.so'],
  ],
  [
    '$LIB and $PLATFORM',
    (b) => [
      entry(b, { needed: ['liba.so', 'libb.so'], runpath: '/opt/$LIB:/opt/${PLATFORM}' }),
      elf(b, 'opt/lib/x86_64-linux-gnu/liba.so', {}),
      elf(b, 'opt/x86_64/libb.so', {}),
    ],
    ['opt/lib/x86_64-linux-gnu/liba.so', 'opt/x86_64/libb.so'],
  ],
  [
    'a library of another machine is passed over',
    (b) => [entry(b, { needed: ['liba.so'] }), elf(b, `${T}/liba.so`, { machine: 183 }), elf(b, 'usr/lib/liba.so', {})],
    ['usr/lib/liba.so'],
  ],
  [
    '$ORIGIN of a program that is reached by a link is where it really is',
    (b) => [
      link('usr/bin/p', '../lib/p/real', program),
      elf(b, 'usr/lib/p/real', { interpreter: loaderPath, needed: ['liba.so'], runpath: '$ORIGIN' }, program),
      elf(b, 'usr/lib/p/liba.so', {}),
    ],
    ['usr/lib/p/liba.so', 'usr/lib/p/real'],
  ],
  [
    'interpreters of scripts, through env too',
    (b) => [
      file('usr/bin/p', b.add('#!/usr/bin/env -S lua -x\n'), program, 0o755),
      file('usr/bin/env', b.add('#!/bin/sh\n'), lib, 0o755),
      directory('usr/bin', lib),
      link('bin', 'usr/bin', lib),
      elf(b, 'usr/bin/sh', { interpreter: loaderPath }),
      elf(b, 'usr/bin/lua', { interpreter: loaderPath }),
    ],
    ['bin', 'usr/bin/env', 'usr/bin/lua', 'usr/bin/sh'],
  ],
  [
    'libgcc_s for who cancels threads',
    (b) => [
      entry(b, { needed: ['libc.so.6'], text: '\0pthread_cancel\0' }),
      elf(b, `${T}/libgcc_s.so.1`, { soname: 'libgcc_s.so.1' }),
    ],
    [`${T}/libgcc_s.so.1`],
  ],
  [
    'what files: brings, with its libraries',
    (b) => [
      entry(b, {}),
      elf(b, 'opt/tool', { interpreter: loaderPath, needed: ['liba.so'] }, overlayOrigin),
      elf(b, `${T}/liba.so`, {}),
    ],
    ['opt/tool', `${T}/liba.so`],
  ],
];

test.each(cases)('closure keeps %s', async (_, make, kept) => {
  expect((await slimmed(make)).kept).toEqual(kept);
});

const failures: [string, (blobs: MemoryBlobs) => Node[], string, string[]][] = [
  ['a missing library', (b) => [entry(b, { needed: ['libz.so.1'] })], 'KP7201', ['libz.so.1', '/usr/bin/p']],
  [
    'a missing library of a library',
    (b) => [entry(b, { needed: ['liba.so'] }), elf(b, `${T}/liba.so`, { needed: ['libz.so.1'] })],
    'KP7201',
    ['libz.so.1', '/lib/x86_64-linux-gnu/liba.so needs it', 'usr/bin/p > lib/x86_64-linux-gnu/liba.so'],
  ],
  [
    'a library of another machine only',
    (b) => [entry(b, { needed: ['liba.so'] }), elf(b, `${T}/liba.so`, { machine: 183 })],
    'KP7201',
    ['liba.so'],
  ],
  ['no entry point', () => [], 'KP7202', ['/usr/bin/p']],
  [
    'a missing loader',
    (b) => [entry(b, { interpreter: '/lib/ld-musl.so' })],
    'KP7202',
    ['/lib/ld-musl.so', '/usr/bin/p'],
  ],
  [
    'a missing interpreter',
    (b) => [file('usr/bin/p', b.add('#!/bin/sh'), program)],
    'KP7202',
    ['/bin/sh', '/usr/bin/p'],
  ],
  ['a damaged program', (b) => [file('usr/bin/p', b.add('\u007fELF and no more'), program)], 'KP7203', ['/usr/bin/p']],
  [
    'files: with a program that lacks a library',
    (b) => [entry(b, {}), elf(b, 'opt/tool', { interpreter: loaderPath, needed: ['liba.so'] }, overlayOrigin)],
    'KP7201',
    ['liba.so', '/opt/tool'],
  ],
];

test.each(failures)('refused: %s', async (_, make, code, words) => {
  const error = (await slimmed(make).catch((thrown: unknown) => thrown)) as Error & { code: string; why?: string };
  expect(error.code).toBe(code);
  for (const word of words) expect(`${error.message} ${error.why}`).toContain(word);
});

function withPlugin(blobs: MemoryBlobs): Node[] {
  return [
    entry(blobs, { needed: ['libc.so.6'] }),
    elf(blobs, 'usr/lib/plugins/x.so', { needed: ['libhost.so', 'liba.so'] }, program),
    elf(blobs, `${T}/liba.so`, {}),
    file('usr/share/doc/lib/copyright', 'licence', lib),
    file('usr/share/doc/program/copyright', 'licence', program),
    file('usr/share/lib/data', 'abc', lib),
    file('usr/share/man/x.1', blobs.add('page'), overlayOrigin),
  ];
}

test('of a package that the user named everything stays but documentation, and what its plugins lack is reported', async () => {
  const { kept, report } = await slimmed(withPlugin, { wished: new Set(['program']) });
  expect(kept).toEqual(['usr/lib/plugins/x.so', `${T}/liba.so`, 'usr/share/man/x.1']);
  expect(report.missing).toEqual([{ library: 'libhost.so', needer: 'usr/lib/plugins/x.so' }]);
  expect(report.copyrights).toEqual(['usr/share/doc/lib/copyright', 'usr/share/doc/program/copyright']);
  expect(report.dropped).toEqual(
    [
      { name: 'lib', version: '1', files: 2, sizeBytes: 10 },
      { name: 'program', version: '1', files: 1, sizeBytes: 7 },
      { name: 'libc6', version: '2.41-12', files: 1, sizeBytes: 6 },
    ].toSorted((a, b) => b.sizeBytes - a.sizeBytes),
  );
  expect(report.droppedBytes).toBe(23);
});

test('mode packages drops documentation of packages only, mode none drops nothing', async () => {
  const packages = await slimmed(withPlugin, { mode: 'packages' });
  expect(packages.kept).toEqual([
    `usr/lib/plugins/x.so`,
    `${T}/gconv/X.so`,
    `${T}/liba.so`,
    'usr/share/lib/data',
    'usr/share/man/x.1',
  ]);
  const none = await slimmed(withPlugin, { mode: 'none' });
  expect(none.kept).toHaveLength(7);
  expect(none.report.dropped).toEqual([]);
});

test('a library in a folder of ld.so.conf is found and reported, because the loader needs a cache for it', async () => {
  const { kept, report } = await slimmed((b) => [
    entry(b, { needed: ['liba.so'] }),
    elf(b, 'opt/lib/liba.so', {}),
    file('etc/ld.so.conf.d/x.conf', b.add('# x\n/opt/lib/\n'), lib),
  ]);
  expect(kept).toContain('opt/lib/liba.so');
  expect(report.needCache).toEqual(['opt/lib/liba.so']);
});

test('libnss for a glibc before 2.34', async () => {
  const old = packageOrigin('libc6', '2.31-13');
  const { kept } = await slimmed((b) => [
    entry(b, { needed: ['libc-2.31.so'] }),
    elf(b, `${T}/libc-2.31.so`, {}, old),
    elf(b, `${T}/libnss_dns.so.2`, {}, old),
    elf(b, `${T}/libnss_nis.so.2`, {}, old),
  ]);
  expect(kept).toEqual([`${T}/libc-2.31.so`, `${T}/libnss_dns.so.2`]);
});

test('with licences, the texts of packages that are in the image stay, through links too; those of others go', async () => {
  const [used, shared, dropped] = ['used', 'shared', 'dropped'].map((name) => packageOrigin(name)) as [
    Origin,
    Origin,
    Origin,
  ];
  const make = (blobs: MemoryBlobs): Node[] => [
    elf(blobs, 'usr/bin/p', { interpreter: loaderPath }, program),
    file('usr/bin/used', blobs.add(''), used),
    link('usr/share/doc/used', 'shared', used),
    file('usr/share/doc/shared/copyright', blobs.add('MIT'), shared),
    file('usr/share/doc/shared/changelog', blobs.add(''), shared),
    file('usr/share/licenses/used/EXTRA', blobs.add(''), used),
    file('usr/share/doc/dropped/copyright', blobs.add('BSD'), dropped),
    file('usr/share/licenses/alpine/LICENSE', blobs.add('MIT'), packageOrigin('alpine')),
    file('usr/bin/alpine', blobs.add(''), packageOrigin('alpine')),
  ];
  const wished = new Set(['used', 'alpine']);
  expect((await slimmed(make, { wished, licences: true })).kept).toEqual([
    'usr/bin/alpine',
    'usr/bin/used',
    'usr/share/doc/shared/copyright',
    'usr/share/doc/used',
    'usr/share/licenses/alpine/LICENSE',
    'usr/share/licenses/used/EXTRA',
  ]);
  expect((await slimmed(make, { wished })).kept).not.toContain('usr/share/doc/shared/copyright');
});
