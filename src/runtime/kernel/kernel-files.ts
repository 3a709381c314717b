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
