import { join } from 'node:path';
import { encodeGzip, gzipEncoderVersion } from '../../codec/gzip/encode-gzip.ts';
import { writeUImage } from '../../codec/uimage.ts';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import { fetchTargetSums } from '../../feed/opkg/target-files.ts';
import { opkgUrlPath } from '../../feed/opkg/index.ts';
import type { Context } from '../../io/context.ts';
import { findBoard } from '../../machine/qemu-system/boards.ts';
import { findKernel } from '../../runtime/kernel/ensure-kernel.ts';
import { requireFile } from '../../runtime/kernel/kernel-files.ts';
import { downloadAll } from '../../store/download.ts';
import type { Store } from '../../store/store.ts';
import { rememberedBlob } from '../boot/remembered-blob.ts';
import { releaseFolder } from '../openwrt/feeds.ts';
import { keysByKind } from './keys.ts';
import type { Builder } from './open.ts';
import type { ImageBuilderRequest } from './request.ts';

/** What boots a malta board: the ELF file for QEMU and two forms for U-Boot. */
export interface MaltaKernel {
  readonly 'vmlinux.elf': Uint8Array;
  readonly 'uImage-gzip': Uint8Array;
  readonly 'uImage-lzma': Uint8Array;
}

const names = ['vmlinux.elf', 'uImage-gzip', 'uImage-lzma'] as const;

/** Where Linux of malta is put (target/linux/malta/image/Makefile). */
const loadAddress = 0x80100000;

/**
 * The kernel of a malta target: of the unpacked ImageBuilder, else OpenWrt's own files of the release by its signed list,
 * else kilopy's. Undefined where none can be had: that is said.
 */
export async function maltaKernel(
  ctx: Context,
  store: Store,
  builder: Builder,
  request: ImageBuilderRequest,
  timeSeconds: number,
): Promise<MaltaKernel | undefined> {
  const { folder } = builder;
  if (folder?.kernelFolder !== undefined) {
    const found = await fromFolder(ctx, store, folder.kernelFolder, builder.kernelVersion, timeSeconds);
    if (found !== undefined) return found;
  }
  const released = request.feeds.length > 0 ? undefined : await fromRelease(ctx, store, builder, request);
  return released ?? (await ownKernel(ctx, store, builder, timeSeconds));
}

/** `vmlinux` is the plain image, `vmlinux.elf` the file that QEMU boots. */
async function fromFolder(
  ctx: Context,
  store: Store,
  folder: string,
  version: string,
  timeSeconds: number,
): Promise<MaltaKernel | undefined> {
  const [elfPath, flatPath] = [join(folder, 'vmlinux.elf'), join(folder, 'vmlinux')];
  if (!(await ctx.fs.exists(elfPath)) || !(await ctx.fs.exists(flatPath))) return undefined;
  const [elf, flat] = [await ctx.fs.readFile(elfPath), await ctx.fs.readFile(flatPath)];
  const key = digestOf(flat);
  const gzip = await rememberedBlob(store, `gzip ${gzipEncoderVersion}`, key, async function* () {
    yield await encodeGzip(flat);
  });
  const lzma = await rememberedBlob(store, 'lzma-1', key, () =>
    ctx.tools.pipe('xz', ['--format=lzma', '--lzma1=preset=9,dict=8MiB,lc=1,lp=2,pb=2', '--stdout'], once(flat)),
  );
  const name = `MIPS OpenWrt Linux-${version}`;
  return {
    'vmlinux.elf': elf,
    'uImage-gzip': uImage(await store.read(gzip), 'gzip', loadAddress, name, timeSeconds),
    'uImage-lzma': uImage(await store.read(lzma), 'lzma', loadAddress, name, timeSeconds),
  };
}

async function fromRelease(
  ctx: Context,
  store: Store,
  { mirror, release, board, folder }: Builder,
  { keys, allowUntrusted }: ImageBuilderRequest,
): Promise<MaltaKernel | undefined> {
  const url = `${releaseFolder(mirror, release)}/targets/${board}`;
  try {
    const { usign } = await keysByKind(ctx, [...(keys ?? []), ...(folder?.keys ?? [])]);
    const settings = { name: 'openwrt_core', url, keys: usign, isOpenwrt: true, allowUntrusted };
    const { sums } = await fetchTargetSums(ctx, store, settings, { offline: store.offline, locked: false });
    const prefix = `openwrt-${release === 'snapshots' ? '' : `${release}-`}${board.replace('/', '-')}`;
    const wanted = names.map((name) => `${prefix}-${name}`);
    const missing = wanted.find((name) => !sums.has(name));
    if (missing !== undefined) {
      ctx.emit({ type: 'note', text: `${url} has no ${missing}` });
      return undefined;
    }
    const requests = wanted.map((name) => {
      const digest = `sha256:${sums.get(name) ?? ''}` as const;
      return { url: `${url}/${opkgUrlPath(name)}`, digest, sizeBytes: undefined, label: name };
    });
    const [elf, gzip, lzma] = await Promise.all(
      (await downloadAll(ctx, store, requests)).map((blob) => store.read(blob)),
    );
    if (elf === undefined || gzip === undefined || lzma === undefined) return undefined;
    return { 'vmlinux.elf': elf, 'uImage-gzip': gzip, 'uImage-lzma': lzma };
  } catch (error) {
    if (!(error instanceof KilopyError) || error.code === 'KP5002') throw error;
    ctx.emit({ type: 'note', text: `the kernel of ${release} cannot be had: ${error.message}` });
    return undefined;
  }
}

/** kilopy's kernel for disks, where it is built already: nobody who asks for a root file system waits for a compiler. */
async function ownKernel(
  ctx: Context,
  store: Store,
  { board }: Builder,
  timeSeconds: number,
): Promise<MaltaKernel | undefined> {
  const found = findBoard(board.replace('/', '-'));
  if (found === undefined) {
    ctx.emit({ type: 'note', text: `no kernel lies beside the root file systems: kilopy builds none for ${board}` });
    return undefined;
  }
  try {
    const kernel = await findKernel(ctx, store, found, 'disk');
    if (kernel === undefined) {
      const fix = `kilopy kernel build --machine ${found.name} --variant disk`;
      ctx.emit({ type: 'note', text: `no kernel lies beside the root file systems (${fix} makes one)` });
      return undefined;
    }
    ctx.emit({ type: 'note', text: `the kernel is kilopy's own, ${kernel.release}: it has no modules of OpenWrt` });
    const read = async (name: string): Promise<Uint8Array> => await store.read(requireFile(kernel, name));
    const elf = await read('vmlinux');
    const entry = elfEntry(elf);
    const name = `MIPS kilopy Linux-${kernel.release}`;
    return {
      'vmlinux.elf': elf,
      'uImage-gzip': uImage(await read('bin.gz'), 'gzip', entry, name, timeSeconds),
      'uImage-lzma': uImage(await read('bin.lzma'), 'lzma', entry, name, timeSeconds),
    };
  } catch (error) {
    if (!(error instanceof KilopyError)) throw error;
    const text = `there is no kernel beside the root file systems: ${error.message} (${error.code})`;
    ctx.emit({ type: 'warning', text });
    return undefined;
  }
}

function uImage(
  payload: Uint8Array,
  compression: 'gzip' | 'lzma',
  entryPoint: number,
  name: string,
  timeSeconds: number,
): Uint8Array {
  return writeUImage(payload, { architecture: 'mips', compression, loadAddress, entryPoint, name, timeSeconds });
}

/** e_entry of a 32-bit ELF file. */
function elfEntry(elf: Uint8Array): number {
  const bytes = Buffer.from(elf.buffer, elf.byteOffset, elf.byteLength);
  return bytes[5] === 1 ? bytes.readUInt32LE(24) : bytes.readUInt32BE(24);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
