import { join } from 'node:path';
import { writeUImage } from '../../codec/uimage.ts';
import { treeToCpio } from '../../emit/cpio.ts';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import { ensureKernels } from '../../runtime/kernel/ensure-kernel.ts';
import { requireFile, type KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import { fillRoom } from '../../runtime/kernel/room.ts';
import { replaceImage } from '../../runtime/kernel/single-image.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import type { BuildRequest } from '../build-request.ts';
import { assembleMachine, type AssembledMachine } from './assemble-machine.ts';
import { rememberedBlob } from './remembered-blob.ts';
import { rootArchive } from './root-archive.ts';
import { rootSquashfs } from './root-squashfs.ts';

export interface FirmwareRequest extends BuildRequest {
  readonly board: Board;
  /** Which kernels, and with them which files. */
  readonly forms: readonly KernelVariant[];
}

export interface FirmwareFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: string;
  /** For a person. */
  readonly what: string;
}

export interface FirmwareResult {
  readonly machine: string;
  readonly name: string;
  readonly kernel: {
    readonly release: string;
    readonly source: string;
    readonly recipes: Readonly<Record<string, string>>;
  };
  readonly files: readonly FirmwareFile[];
}

interface Part {
  readonly name: string;
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Where Linux of this board is put, and where it begins, as U-Boot is told. */
const maltaLoadAddress = 0x80100000;

/**
 * Everything that boots the application on a board, as files in the output folder, each whole or not at all.
 *
 * @throws KilopyError KP9214 when the application is too large for a form, and those of a build
 */
export async function buildFirmware(ctx: Context, request: FirmwareRequest): Promise<FirmwareResult> {
  const { board, forms, outDir } = request;
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const machine = await assembleMachine(ctx, store, request, board);
  const kernels = await ensureKernels(ctx, store, board, forms);
  ctx.emit({ type: 'step.started', step: 'emit', title: 'making firmware', target: board.target });
  const parts: Part[] = [];
  for (const kernel of kernels) parts.push(...(await partsOf(ctx, store, board, kernel, machine)));
  ctx.emit({ type: 'step.finished', step: 'emit', target: board.target });
  const listed = [...parts, manifestPart(machine, board, kernels)];
  const sums = listed
    .map(({ name, bytes }) => `${digestOf(bytes).slice('sha256:'.length)} *${name}\n`)
    .sort((a, b) => (a.slice(65) < b.slice(65) ? -1 : 1))
    .join('');
  listed.push({ name: 'sha256sums', what: 'checksums of all of them', bytes: Buffer.from(sums) });
  await ctx.fs.makeDirectory(outDir);
  const files: FirmwareFile[] = [];
  for (const { name, what, bytes } of listed) {
    const path = join(outDir, name);
    await ctx.fs.writeAtomic(path, bytes);
    ctx.emit({ type: 'artifact.written', path, sizeBytes: bytes.length });
    files.push({ path, sizeBytes: bytes.length, digest: digestOf(bytes), what });
  }
  const recipes = Object.fromEntries(kernels.map(({ variant, recipe }) => [variant, recipe]));
  const [first] = kernels;
  return {
    machine: board.name,
    name: machine.spec.name,
    kernel: { release: first?.release ?? '', source: first?.source ?? '', recipes },
    files,
  };
}

async function partsOf(
  ctx: Context,
  store: Store,
  board: Board,
  kernel: KernelFiles,
  machine: AssembledMachine,
): Promise<readonly Part[]> {
  switch (kernel.variant) {
    case 'initramfs':
      return await initramfsParts(ctx, store, board, kernel, machine);
    case 'disk':
      return [
        {
          name: 'vmlinux-disk.elf',
          what: 'kernel for the disk images, as QEMU boots it',
          bytes: await store.read(requireFile(kernel, 'vmlinux')),
        },
        {
          name: 'rootfs-squashfs.img',
          what: 'root file system as a disk',
          bytes: await rootSquashfs(ctx, store, machine.tree, machine.createdSeconds),
        },
      ];
    default:
      return await singleParts(ctx, store, kernel, machine.tree);
  }
}

async function initramfsParts(
  ctx: Context,
  store: Store,
  board: Board,
  kernel: KernelFiles,
  { tree, createdSeconds }: AssembledMachine,
): Promise<readonly Part[]> {
  const read = async (name: string): Promise<Uint8Array> => await store.read(requireFile(kernel, name));
  const root = await rootArchive(ctx, store, tree);
  const parts: Part[] = [
    {
      name: board.kernelArch === 'arm64' ? 'Image' : 'vmlinux.elf',
      what: 'kernel, as QEMU boots it',
      bytes: await read('vmlinux'),
    },
    { name: 'initramfs.cpio.xz', what: 'root file system for it', bytes: await store.read(root.blob) },
  ];
  if (kernel.files['bzImage'] !== undefined)
    parts.push({ name: 'bzImage', what: 'kernel, for boot loaders', bytes: await read('bzImage') });
  if (kernel.files['vmlinuz'] !== undefined)
    parts.push({ name: 'vmlinuz', what: 'kernel that unpacks itself', bytes: await read('vmlinuz') });
  const flat = [
    ['lzma', 'bin.lzma'],
    ['gzip', 'bin.gz'],
  ] as const;
  for (const [compression, name] of flat) {
    if (kernel.files[name] === undefined) continue;
    const entryPoint = elfEntry(await read('vmlinux'));
    const facts = {
      architecture: 'mips',
      compression,
      loadAddress: maltaLoadAddress,
      entryPoint,
      name: `MIPS kilopy Linux-${kernel.release}`,
      timeSeconds: createdSeconds,
    } as const;
    parts.push({
      name: `uImage-${compression}`,
      what: 'kernel for U-Boot',
      bytes: writeUImage(await read(name), facts),
    });
  }
  return parts;
}

/** One file with everything: the archive inside the kernel, plain and self-extracting. */
async function singleParts(ctx: Context, store: Store, kernel: KernelFiles, tree: Tree): Promise<readonly Part[]> {
  const read = async (name: string): Promise<Uint8Array> => await store.read(requireFile(kernel, name));
  const pieces: Uint8Array[] = [];
  for await (const piece of treeToCpio(tree, store)) pieces.push(piece);
  const archive = Buffer.concat(pieces);
  const plain = fillRoom(await read('vmlinux'), archive);
  const flat = fillRoom(await read('bin'), archive);
  if (plain === undefined || flat === undefined) throw tooLarge(archive.length);
  const compressed = await rememberedBlob(store, 'lzma-1', digestOf(flat), () =>
    ctx.tools.pipe('xz', ['--format=lzma', '--lzma1=preset=9,dict=8MiB,lc=1,lp=2,pb=2', '--stdout'], once(flat)),
  );
  const unpacking = replaceImage(await read('vmlinuz'), await read('image'), await store.read(compressed));
  if (unpacking === undefined) throw tooLarge(archive.length);
  return [
    { name: 'single.elf', what: 'kernel with the application in it, as QEMU boots it', bytes: plain },
    { name: 'single-vmlinuz', what: 'the same, unpacking itself', bytes: unpacking },
  ];
}

function tooLarge(sizeBytes: number): KilopyError {
  return new KilopyError('KP9214', 'the application is too large for the form `single`', {
    why: `its root file system has ${String(sizeBytes)} bytes, and the kernel has room for 1 048 576, of which 650 000 may be such as do not compress`,
    fix: 'leave this form out: --form initramfs,disk',
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** e_entry of a 32-bit ELF file. */
function elfEntry(elf: Uint8Array): number {
  const bytes = Buffer.from(elf.buffer, elf.byteOffset, elf.byteLength);
  return bytes[5] === 1 ? bytes.readUInt32LE(24) : bytes.readUInt32BE(24);
}

/** What is in it, one line a package, as OpenWrt's manifests are. */
function manifestPart({ spec, tree }: AssembledMachine, board: Board, kernels: readonly KernelFiles[]): Part {
  const packages = new Set<string>();
  for (const { origin } of tree.values())
    if (origin.kind === 'package') packages.add(`${origin.name} - ${origin.version}`);
  const kernelLines = kernels.map(
    ({ variant, release, recipe }) => `kernel-${board.name}-${variant} - ${release} (recipe ${recipe.slice(7, 19)})`,
  );
  const text = [`app - ${spec.name}`, ...[...packages].sort(), ...kernelLines].join('\n');
  return { name: 'manifest', what: 'what is in it', bytes: Buffer.from(`${text}\n`) };
}
