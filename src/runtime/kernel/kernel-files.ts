import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import type { BlobRef } from '../../values/blob.ts';

/** A kernel that was built, in the store. */
export interface KernelFiles {
  readonly board: Board['name'];
  readonly variant: KernelVariant;
  /** `6.1.192` */
  readonly release: string;
  /** The Debian package of the source, with its version. */
  readonly source: string;
  /** SHA-256 of everything that it was made from. */
  readonly recipe: string;
  /** By the names of the recipe: `vmlinux` is what QEMU boots; `bin`, `bin.lzma`, `bin.gz`, `vmlinuz`, `bzImage`, `config`, `map`. */
  readonly files: Readonly<Record<string, BlobRef>>;
}

/** A file that every kernel of this kind has. */
export function requireFile({ files, board, variant }: KernelFiles, name: string): BlobRef {
  const file = files[name];
  if (file === undefined) throw new Error(`the kernel ${board} ${variant} has no ${name}`);
  return file;
}

/** Bytes of the header of a uImage. */
const uImageHeaderBytes = 64;

/** What it takes in flash: as uImage-lzma where the board's boot loader takes that, else its own compressed form. */
export function flashBytesOf(kernel: KernelFiles): number {
  const flat = kernel.files['bin.lzma'];
  if (flat !== undefined) return flat.sizeBytes + uImageHeaderBytes;
  return (kernel.files['bzImage'] ?? requireFile(kernel, 'vmlinux')).sizeBytes;
}
