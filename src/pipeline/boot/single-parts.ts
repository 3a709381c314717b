import { treeToCpio } from '../../emit/cpio.ts';
import { digestOf } from '../../emit/measure.ts';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import { requireFile, type KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import { fillRoom } from '../../runtime/kernel/room.ts';
import { replaceImage } from '../../runtime/kernel/single-image.ts';
import type { Store } from '../../store/store.ts';
import type { Tree } from '../../tree/node.ts';
import { bytesPart, type Part } from './part.ts';
import { rememberedBlob } from './remembered-blob.ts';

export interface SingleParts {
  /** As QEMU boots it. */
  readonly plain: Part;
  /** Unpacking itself. */
  readonly packed: Part;
}

/**
 * One file with everything: the archive inside the kernel, plain and self-extracting.
 *
 * @throws KilopyError KP9214 when the archive is larger than the kernel's room for it
 */
export async function singleParts(ctx: Context, store: Store, kernel: KernelFiles, tree: Tree): Promise<SingleParts> {
  const read = async (name: string): Promise<Uint8Array> => await store.read(requireFile(kernel, name));
  const pieces: Uint8Array[] = [];
  for await (const piece of treeToCpio(tree, store)) pieces.push(piece);
  const archive = Buffer.concat(pieces);
  const plain = fillRoom(await read('vmlinux'), archive);
  const flat = fillRoom(await read('bin'), archive);
  if (plain === undefined || flat === undefined) throw tooLarge(archive.length);
  const compressed = await rememberedBlob(store, 'lzma-1', digestOf(flat), () =>
    ctx.tools.pipe(
      'xz',
      ['--format=lzma', '--lzma1=preset=9,dict=8MiB,lc=1,lp=2,pb=2', '--stdout'],
      bytesPart('', '', flat).open(),
    ),
  );
  const unpacking = replaceImage(await read('vmlinuz'), await read('image'), await store.read(compressed));
  if (unpacking === undefined) throw tooLarge(archive.length);
  return {
    plain: bytesPart('single.elf', 'kernel with the application in it, as QEMU boots it', plain),
    packed: bytesPart('single-vmlinuz', 'the same, unpacking itself', unpacking),
  };
}

function tooLarge(sizeBytes: number): KilopyError {
  return new KilopyError('KP9214', 'the application is too large for the form `single`', {
    why: `its root file system has ${String(sizeBytes)} bytes, and the kernel has room for 1 048 576, of which 650 000 may be such as do not compress`,
    fix: 'leave this form out: --form initramfs,disk',
  });
}
