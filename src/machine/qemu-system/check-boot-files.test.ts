import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { findBoard } from './boards.ts';
import { checkBootFiles, type BootFiles } from './check-boot-files.ts';
import { readKernelFacts, type KernelFacts } from './kernel-facts.ts';
import { rootKind, type RootKind } from './root-facts.ts';
import { everyFeature, makeKernel } from '../../../test/support/make-kernel.ts';

function check(
  facts: KernelFacts,
  kind: RootKind,
  sizeBytes = 180_000,
  memoryMiB = 32,
  needsNetwork = false,
): KilopyError | undefined {
  const board = findBoard('malta-be');
  if (board === undefined) throw new Error('no malta-be');
  const root: BootFiles['root'] = {
    path: 'root',
    kind,
    sizeBytes,
    unpackedBytes: kind.startsWith('cpio') ? 3 * sizeBytes : 0,
  };
  try {
    checkBootFiles(board, { kernel: { path: 'vmlinux', facts }, root, memoryMiB, needsNetwork });
    return undefined;
  } catch (error) {
    if (error instanceof KilopyError) return error;
    throw error;
  }
}

test.each(['cpio', 'cpio.gz', 'cpio.xz', 'squashfs', 'ext4', 'disk'] as const)(
  'a kernel with everything takes %s',
  (kind) => {
    expect(check(readKernelFacts(makeKernel('big', everyFeature)), kind)).toBeUndefined();
  },
);

test.each([
  ['another byte order', makeKernel('little', everyFeature), 'cpio.xz', /little-endian, and malta-be is big-endian/],
  [
    "OpenWrt's malta kernel with an initramfs",
    makeKernel('big', ['squashfs', 'EXT4-fs', 'ata_piix']),
    'cpio.gz',
    /cannot take an initramfs/,
  ],
  ['no squashfs', makeKernel('big', ['no cpio magic', 'ata_piix']), 'squashfs', /cannot read squashfs/],
  ['no ext4', makeKernel('big', ['squashfs', 'ata_piix']), 'ext4', /cannot read ext4/],
  ['no driver of the disk', makeKernel('big', ['squashfs']), 'squashfs', /no driver for the disk/],
  ['a root that is still packed', makeKernel('big', everyFeature), 'gzip', /not a root file system/],
  ['a root that is no root', makeKernel('big', everyFeature), 'unknown', /not a root file system/],
  ['uImage', Uint8Array.of(0x27, 0x05, 0x19, 0x56, 0, 0, 0, 0), 'ext4', /uImage/],
  ['a text file', Buffer.from('hello, this is a text'), 'ext4', /not a kernel/],
] as const)('%s is said before the boot', (_, bytes, kind, message) => {
  const error = check(readKernelFacts(bytes), kind);
  expect(error?.code).toBe('KP9202');
  expect(error?.message).toMatch(message);
});

test('a root that is too large for the memory', () => {
  const facts = readKernelFacts(makeKernel('big', everyFeature));
  expect(check(facts, 'cpio.xz', 2_000_000, 8)?.message).toMatch(/too large for 8 MiB/);
  expect(check(facts, 'cpio.xz', 2_000_000, 8)?.fix).toBe('give it more: --memory 13');
  expect(check(facts, 'cpio.xz', 2_000_000, 13)).toBeUndefined();
  expect(check(facts, 'squashfs', 20_000_000, 8)).toBeUndefined();
});

test('kinds of root file systems by their first bytes', () => {
  const ext4 = Buffer.alloc(2048);
  ext4.writeUInt16LE(0xef53, 1080);
  const disk = Buffer.alloc(512);
  disk.writeUInt16LE(0xaa55, 510);
  const rows: readonly (readonly [Uint8Array, string, RootKind])[] = [
    [Buffer.from('070701'), 'x', 'cpio'],
    [Buffer.from('\xfd7zXZ\0', 'latin1'), 'x', 'cpio.xz'],
    [Uint8Array.of(0x1f, 0x8b), 'rootfs.cpio.gz', 'cpio.gz'],
    [Uint8Array.of(0x1f, 0x8b), 'rootfs-ext4.img.gz', 'gzip'],
    [Buffer.from('hsqs'), 'x', 'squashfs'],
    [ext4, 'x', 'ext4'],
    [disk, 'x', 'disk'],
    [new Uint8Array(), 'x', 'unknown'],
  ];
  for (const [head, name, kind] of rows) expect(rootKind(head, name)).toBe(kind);
});

const wholeConfig = ['BLK_DEV_INITRD', 'SQUASHFS', 'EXT4_FS', 'ATA_PIIX', 'BLK_DEV_SD', 'PCNET32'].map(
  (name) => `CONFIG_${name}=y`,
);

test.each([
  ['CONFIG_BLK_DEV_INITRD', 'cpio.xz', /cannot take an initramfs/],
  ['CONFIG_SQUASHFS', 'squashfs', /cannot read squashfs/],
  ['CONFIG_EXT4_FS', 'ext4', /cannot read ext4/],
  ['CONFIG_ATA_PIIX', 'disk', /no driver for the disk/],
  ['CONFIG_BLK_DEV_SD', 'ext4', /no driver for the disk/],
  ['CONFIG_PCNET32', 'ext4', /no driver for the network card/],
] as const)('the configuration is believed, not the texts: without %s', (symbol, kind, message) => {
  const kernel = makeKernel('big', everyFeature);
  const without = wholeConfig.map((line) => (line.startsWith(symbol) ? `# ${symbol} is not set` : line)).join('\n');
  expect(check(readKernelFacts(kernel, without), kind, 180_000, 32, true)?.message).toMatch(message);
  expect(check(readKernelFacts(kernel, wholeConfig.join('\n')), kind, 180_000, 32, true)).toBeUndefined();
  const inside = ['IKCFG_ST', gzipSync(without), 'IKCFG_ED'].map((part) => Buffer.from(part));
  expect(check(readKernelFacts(Buffer.concat([kernel, ...inside])), kind, 180_000, 32, true)?.message).toMatch(message);
});

test('the driver of the IDE controller counts under its older name too', () => {
  const old = wholeConfig.join('\n').replace('CONFIG_ATA_PIIX', 'CONFIG_SCSI_ATA_PIIX');
  expect(check(readKernelFacts(makeKernel('big', everyFeature), old), 'ext4')).toBeUndefined();
});

test('a module is no driver for the root, and may be one for the network', () => {
  const modules = wholeConfig.join('\n').replaceAll('=y', '=m').replace('INITRD=m', 'INITRD=y');
  const facts = readKernelFacts(makeKernel('big', everyFeature), modules);
  expect(check(facts, 'cpio.xz', 180_000, 32, true)).toBeUndefined();
  expect(check(facts, 'ext4')?.message).toMatch(/cannot read ext4/);
});
