import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Context } from '../../io/context.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import type { RootKind } from '../../machine/qemu-system/root-facts.ts';
import { flashBytesOf, requireFile, type KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import type { Spec } from '../../spec/spec.ts';
import type { Store } from '../../store/store.ts';
import type { AssembledMachine } from './assemble-machine.ts';
import type { FlashBytes } from './device-room.ts';
import { diskPart, diskWords, ext4Part, squashfsPart, type DiskWishes } from './disk-parts.ts';
import { bytesPart, type Part } from './part.ts';
import { rootArchive } from './root-archive.ts';
import { singleParts } from './single-parts.ts';

/** How an application is booted: which kernel, and where its root file system lies. */
const forms: Readonly<Record<BootForm, KernelVariant>> = {
  initramfs: 'initramfs',
  vmlinuz: 'initramfs',
  single: 'single',
  'single-vmlinuz': 'single',
  squashfs: 'disk',
  ext4: 'disk',
  disk: 'disk',
};

export type BootForm = 'initramfs' | 'vmlinuz' | 'single' | 'single-vmlinuz' | 'squashfs' | 'ext4' | 'disk';

/** Everything that is booted together. */
export interface FormFiles {
  readonly kernel: Part;
  readonly root?: (Part & { readonly kind: RootKind; readonly unpackedBytes: number }) | undefined;
  /** Further words for the kernel. */
  readonly words: readonly string[];
  readonly flash: FlashBytes;
}

/** The forms that a board has. */
export function formsOf(board: Board): readonly BootForm[] {
  return (Object.keys(forms) as BootForm[]).filter(
    (form) =>
      board.kernels.includes(forms[form]) && (form !== 'vmlinuz' || selfExtracting[board.kernelArch] !== undefined),
  );
}

/** KP9213: Debian's kernels find disks by modules, and are compressed in their own way. */
export function noDebianForm(form: string): KilopyError {
  return new KilopyError('KP9213', `there is no form ${form} with Debian’s kernel`, {
    fix: 'use the form initramfs, or leave --kernel debian out',
  });
}

/** Throws KP2211 for forms in which an OpenWrt would have no place to write to, or no room. */
export function checkInit({ init }: Spec, form: BootForm | KernelVariant): void {
  if (init?.kind !== 'openwrt' || form === 'initramfs' || form === 'vmlinuz') return;
  throw new KilopyError('KP2211', `init: openwrt has no form ${form}`, {
    where: init.where,
    why: 'OpenWrt wants to write its configuration, and is larger than the room in the kernel',
    fix: 'use the form initramfs or vmlinuz, or init: true',
  });
}

export function variantOf(form: BootForm): KernelVariant {
  return forms[form];
}

/** The file of a kernel that unpacks itself and that QEMU boots. */
const selfExtracting: Readonly<Partial<Record<Board['kernelArch'], string>>> = { mips: 'vmlinuz', x86: 'bzImage' };

/**
 * The files of a form.
 *
 * @throws KilopyError KP9214, KP8012 to KP8014 when the application is too large for it
 */
export async function formFiles(
  ctx: Context,
  store: Store,
  board: Board,
  form: BootForm,
  kernel: KernelFiles,
  machine: AssembledMachine,
  wishes: DiskWishes,
): Promise<FormFiles> {
  const load = async (name: string): Promise<Part> =>
    bytesPart(name, 'kernel', await store.read(requireFile(kernel, name)));
  const kernelBytes = flashBytesOf(kernel);
  switch (form) {
    case 'initramfs':
    case 'vmlinuz': {
      const { blob, raw } = await rootArchive(ctx, store, machine.tree);
      const root = bytesPart('initramfs.cpio.xz', 'root', await store.read(blob));
      const name = form === 'vmlinuz' ? selfExtracting[board.kernelArch] : 'vmlinux';
      if (name === undefined) throw new KilopyError('KP9213', `there is no form ${form} for ${board.name}`);
      return {
        kernel: await load(name),
        root: { ...root, kind: 'cpio.xz', unpackedBytes: raw.sizeBytes },
        words: [],
        flash: { kernelBytes, rootBytes: root.sizeBytes },
      };
    }
    case 'single':
    case 'single-vmlinuz': {
      const { plain, packed } = await singleParts(ctx, store, kernel, machine.tree);
      const flash = { kernelBytes: packed.sizeBytes, rootBytes: 0 };
      return { kernel: form === 'single' ? plain : packed, words: [], flash };
    }
    default: {
      const squashfs = await squashfsPart(ctx, store, machine);
      const root =
        form === 'squashfs'
          ? squashfs
          : form === 'ext4'
            ? ext4Part(store, machine)
            : await diskPart(ctx, store, machine, wishes);
      // A partition for data is empty space, and not what the image takes.
      const rootBytes = form === 'disk' ? squashfs.sizeBytes : root.sizeBytes;
      return {
        kernel: await load('vmlinux'),
        root: { ...root, kind: form, unpackedBytes: 0 },
        words: diskWords(board, form),
        flash: { kernelBytes, rootBytes },
      };
    }
  }
}
