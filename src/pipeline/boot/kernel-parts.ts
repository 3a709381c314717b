import { writeUImage } from '../../codec/uimage.ts';
import type { Board } from '../../machine/qemu-system/board.ts';
import { requireFile, type KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import type { Store } from '../../store/store.ts';
import { bytesPart, type Part } from './part.ts';

/** Where Linux of this board is put, and where it begins, as U-Boot is told. */
const maltaLoadAddress = 0x80100000;

/** A kernel of the variant `initramfs` in every form that its board knows. */
export async function kernelParts(
  store: Store,
  board: Board,
  kernel: KernelFiles,
  timeSeconds: number,
): Promise<readonly Part[]> {
  const read = async (name: string): Promise<Uint8Array> => await store.read(requireFile(kernel, name));
  const vmlinux = await read('vmlinux');
  const parts: Part[] = [
    bytesPart(board.kernelArch === 'arm64' ? 'Image' : 'vmlinux.elf', 'kernel, as QEMU boots it', vmlinux),
  ];
  if (kernel.files['bzImage'] !== undefined)
    parts.push(bytesPart('bzImage', 'kernel, for boot loaders', await read('bzImage')));
  if (kernel.files['vmlinuz'] !== undefined)
    parts.push(bytesPart('vmlinuz', 'kernel that unpacks itself', await read('vmlinuz')));
  if (kernel.files['bin.lzma'] === undefined) return parts;
  const facts = {
    architecture: 'mips',
    loadAddress: maltaLoadAddress,
    entryPoint: elfEntry(vmlinux),
    name: `MIPS kilopy Linux-${kernel.release}`,
    timeSeconds,
  } as const;
  const lzma = withSize(await read('bin.lzma'), requireFile(kernel, 'bin').sizeBytes);
  const gzip = await read('bin.gz');
  return [
    ...parts,
    bytesPart('uImage-lzma', 'kernel for U-Boot', writeUImage(lzma, { ...facts, compression: 'lzma' })),
    bytesPart('uImage-gzip', 'kernel for U-Boot', writeUImage(gzip, { ...facts, compression: 'gzip' })),
  ];
}

/**
 * An `.lzma` file whose header says how much it unpacks to (LZMA specification, "LZMA file format": 64 bits at byte 5). `xz` writes
 * "unknown" and a mark at the end; boot loaders of devices want the number, and those that take either read on to the mark.
 */
function withSize(lzma: Uint8Array, sizeBytes: number): Uint8Array {
  const bytes = Buffer.from(lzma);
  bytes.writeBigUInt64LE(BigInt(sizeBytes), 5);
  return bytes;
}

/** e_entry of a 32-bit ELF file. */
function elfEntry(elf: Uint8Array): number {
  const bytes = Buffer.from(elf.buffer, elf.byteOffset, elf.byteLength);
  return bytes[5] === 1 ? bytes.readUInt32LE(24) : bytes.readUInt32BE(24);
}
