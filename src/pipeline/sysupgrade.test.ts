import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { scratch } from '../../test/support/cli.ts';
import { codeOf, registryContext } from '../../test/support/registry-context.ts';
import { appendFirmwareInfo, metadataOf, readFirmwareTail } from '../codec/fwtool.ts';
import { writeUImage } from '../codec/uimage.ts';
import { repackSysupgrade } from './sysupgrade.ts';

/** Images as OpenWrt's makefiles of ramips put them together, made from parts: a kernel that is none, a real squashfs. */

const kernel = writeUImage(Buffer.alloc(100_001, 'kernel'), {
  architecture: 'mips',
  compression: 'lzma',
  loadAddress: 0x80000000,
  entryPoint: 0x80000000,
  name: 'MIPS OpenWrt Linux-5.15.167',
  timeSeconds: 1_700_000_000,
});
const json =
  '{"metadata_version": "1.1", "supported_devices": ["glinet,gl-mt300n-v2"], "version": {"dist": "OpenWrt"}}';
const info = Buffer.concat([Buffer.alloc(8), Buffer.from(json)]);

function squashfs(text: string, compression = 'xz'): Buffer {
  const folder = scratch();
  mkdirSync(join(folder, 'root'));
  writeFileSync(join(folder, 'root/file'), text);
  execFileSync('mksquashfs', [
    join(folder, 'root'),
    join(folder, 'image'),
    '-comp',
    compression,
    '-quiet',
    '-no-progress',
    '-all-root',
  ]);
  return readFileSync(join(folder, 'image'));
}

function body(root: Buffer, gap: Buffer = Buffer.alloc(0)): Buffer {
  const content = Buffer.concat([kernel, gap, root]);
  const pad = Buffer.alloc((65_536 - (content.length % 65_536)) % 65_536, 0xff);
  return Buffer.concat([content, pad, Buffer.from('deadc0de', 'hex')]);
}

let theirs: Buffer;
let ours: Buffer;
beforeEach(() => {
  theirs = squashfs('theirs');
  ours = squashfs('ours');
});

async function repack(image: Uint8Array, root: Uint8Array = ours, device = 'glinet_gl-mt300n-v2'): Promise<Buffer> {
  const ctx = registryContext();
  writeFileSync(join(ctx.folder, 'image.bin'), image);
  writeFileSync(join(ctx.folder, 'root.squashfs'), root);
  await repackSysupgrade(ctx, {
    image: 'image.bin',
    root: { how: 'replace', path: 'root.squashfs' },
    device,
    output: 'out.bin',
  });
  return readFileSync(join(ctx.folder, 'out.bin'));
}

test.each<[string, () => Buffer]>([
  ['right behind the kernel', () => body(theirs)],
  ['at the next erase block', () => body(theirs, Buffer.alloc(131_072 - kernel.length))],
])('a root file system %s is replaced; kernel and metadata stay', async (_title, make) => {
  const before = make();
  const out = await repack(appendFirmwareInfo(before, info));
  const start = before.indexOf('hsqs', kernel.length);
  expect(out.subarray(0, start).equals(before.subarray(0, start))).toBe(true);
  const tail = readFirmwareTail(out);
  expect(tail).toMatchObject({ kind: 'info', isIntact: true });
  expect(metadataOf(tail!)).toBe(json);
  // Padded to an erase block, and the mark behind which the flash is free.
  expect(tail!.offset % 65_536).toBe(4);
  expect(out.subarray(tail!.offset - 4, tail!.offset).toString('hex')).toBe('deadc0de');
  const folder = scratch();
  writeFileSync(join(folder, 'root'), out.subarray(start, tail!.offset));
  const said = spawnSync('unsquashfs', ['-cat', join(folder, 'root'), 'file'], { encoding: 'utf8' });
  expect(said.stdout).toBe('ours');
});

test('files are added to theirs: what they had stays, what is in both is ours', async () => {
  const ctx = registryContext();
  writeFileSync(join(ctx.folder, 'image.bin'), appendFirmwareInfo(body(squashfs('theirs')), info));
  mkdirSync(join(ctx.folder, 'more/app'), { recursive: true });
  writeFileSync(join(ctx.folder, 'more/app/main.py'), 'print(1)');
  const root = { how: 'add', path: 'more' } as const;
  const request = { image: 'image.bin', root, device: 'glinet_gl-mt300n-v2', output: 'out.bin' };
  const { sizeBytes } = await repackSysupgrade(ctx, request);
  const out = readFileSync(join(ctx.folder, 'out.bin'));
  expect(out.length).toBe(sizeBytes);
  const start = out.indexOf('hsqs', kernel.length);
  writeFileSync(join(ctx.folder, 'root'), out.subarray(start));
  const cat = (path: string): string =>
    spawnSync('unsquashfs', ['-cat', join(ctx.folder, 'root'), path], { encoding: 'utf8' }).stdout;
  expect([cat('file'), cat('app/main.py')]).toEqual(['theirs', 'print(1)']);
  writeFileSync(join(ctx.folder, 'more/file'), 'ours');
  await repackSysupgrade(ctx, request);
  writeFileSync(join(ctx.folder, 'root'), readFileSync(join(ctx.folder, 'out.bin')).subarray(start));
  expect([cat('file'), cat('app/main.py')]).toEqual(['ours', 'print(1)']);
  await expect(repackSysupgrade(ctx, { ...request, root: { how: 'add', path: 'nothing' } })).rejects.toMatchObject({
    code: 'KP2012',
  });
});

test('the trailer is that of fwtool: big-endian, a CRC-32 without the last inversion over all before it', () => {
  const out = Buffer.from(appendFirmwareInfo(Buffer.from('image'), info));
  const trailer = out.subarray(-16);
  expect(trailer.subarray(0, 4).toString('latin1')).toBe('FWx0');
  expect(trailer.readUInt32BE(4)).toBe((crc32(out.subarray(0, -16)) ^ 0xffffffff) >>> 0);
  expect([trailer.readUInt8(8), trailer.readUInt32BE(12)]).toEqual([1, info.length + 16]);
});

test('a signature behind the metadata is left out', async () => {
  const image = appendFirmwareInfo(body(theirs), info);
  const signed = Buffer.from(appendFirmwareInfo(image, Buffer.from('ucert')));
  signed.writeUInt8(0, signed.length - 8);
  const out = await repack(signed);
  expect(readFirmwareTail(out)).toMatchObject({ kind: 'info', isIntact: true });
  expect(out.includes('ucert')).toBe(false);
});

function flipped(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe('everything else is refused, and nothing is written', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['no metadata', () => repack(body(theirs)), 'KP7405'],
    [
      'a flipped bit in the metadata',
      () => repack(flipped(appendFirmwareInfo(body(theirs), info), body(theirs).length + 20)),
      'KP7405',
    ],
    ['a flipped bit in the kernel', () => repack(appendFirmwareInfo(flipped(body(theirs), 5000), info)), 'KP7405'],
    ['a flipped bit in the header', () => repack(appendFirmwareInfo(flipped(body(theirs), 20), info)), 'KP7405'],
    ['a tar archive', () => repack(appendFirmwareInfo(Buffer.alloc(10_240), info)), 'KP7405'],
    ['no squashfs', () => repack(appendFirmwareInfo(body(Buffer.alloc(5000)), info)), 'KP7405'],
    [
      'a squashfs that is cut off',
      () => repack(appendFirmwareInfo(Buffer.concat([kernel, theirs.subarray(0, 100)]), info)),
      'KP7405',
    ],
    [
      'metadata without devices',
      () => repack(appendFirmwareInfo(body(theirs), Buffer.concat([Buffer.alloc(8), Buffer.from('{}')]))),
      'KP7405',
    ],
    [
      'an image of another device',
      () => repack(appendFirmwareInfo(body(theirs), info), ours, 'glinet_gl-mt1300'),
      'KP7407',
    ],
    [
      'a device of another target',
      () => repack(appendFirmwareInfo(body(theirs), info), ours, 'qemu-malta-be'),
      'KP2320',
    ],
    ['a root that is no squashfs', () => repack(appendFirmwareInfo(body(theirs), info), Buffer.alloc(5000)), 'KP7406'],
    [
      'a root with gzip, which the kernel does not read',
      () => repack(appendFirmwareInfo(body(theirs), info), squashfs('ours', 'gzip')),
      'KP7406',
    ],
    [
      'a root that is too large',
      () => {
        const huge = Buffer.concat([ours, Buffer.alloc(17 * 2 ** 20)]);
        huge.writeBigUInt64LE(BigInt(huge.length), 40);
        return repack(appendFirmwareInfo(body(theirs), info), huge);
      },
      'KP7406',
    ],
  ])('%s', async (_title, work, code) => {
    expect(await codeOf(work())).toBe(code);
  });
});
