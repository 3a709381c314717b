import { basename, join } from 'node:path';
import { measure } from '../../emit/measure.ts';
import type { Context } from '../../io/context.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import { ensureKernels } from '../../runtime/kernel/ensure-kernel.ts';
import { flashBytesOf, requireFile, type KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import { findDevice } from '../../spec/devices.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { BuildRequest } from '../build-request.ts';
import { assembleMachine, type AssembledMachine, type KernelOrigin } from './assemble-machine.ts';
import { checkInit, noDebianForm } from './boot-form.ts';
import { checkBoard, deviceRoom, type FlashBytes } from './device-room.ts';
import { diskPart, ext4Part, squashfsPart } from './disk-parts.ts';
import { kernelParts } from './kernel-parts.ts';
import { bytesPart, type Part } from './part.ts';
import { rootArchive } from './root-archive.ts';
import { singleParts } from './single-parts.ts';

export interface FirmwareRequest extends BuildRequest {
  readonly board: Board;
  /** Which kernels, and with them which files. */
  readonly forms: readonly KernelVariant[];
  /** Whose kernel; without it kilopy's. */
  readonly kernelOf?: KernelOrigin | undefined;
  /** Of the disk image; absent: as small as it can be. */
  readonly diskBytes?: number | undefined;
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

/**
 * Everything that boots the application on a board, as files in the output folder, each whole or not at all.
 *
 * @throws KilopyError KP9214 and KP8013 when the application is too large for a form, KP2321 and KP2322 when it is for the device that is named,
 *   and those of a build
 */
export async function buildFirmware(ctx: Context, request: FirmwareRequest): Promise<FirmwareResult> {
  const { board, forms, outDir } = request;
  const device = request.device === undefined ? undefined : findDevice(request.device);
  if (device !== undefined) checkBoard(device, board);
  const store = await openStore(ctx, undefined, { offline: request.offline });
  const machine = await assembleMachine(ctx, store, request, board, request.kernelOf);
  for (const form of forms) checkInit(machine.spec, form);
  const { debianKernel: debian } = machine;
  const other = forms.find((form) => form !== 'initramfs');
  if (debian !== undefined && other !== undefined) throw noDebianForm(other);
  const kernels = debian === undefined ? await ensureKernels(ctx, store, board, forms) : [debian];
  ctx.emit({ type: 'step.started', step: 'emit', title: 'making firmware', target: board.target });
  const parts: Part[] = [];
  for (const kernel of kernels) {
    const made = await partsOf(ctx, store, request, kernel, machine);
    if (device !== undefined) deviceRoom(device, board, flashOf(kernel, made), machine.tree);
    parts.push(...made);
  }
  ctx.emit({ type: 'step.finished', step: 'emit', target: board.target });
  const listed = [...parts, manifestPart(machine, board, kernels)];
  const files: FirmwareFile[] = [];
  await ctx.fs.makeDirectory(outDir);
  const write = async (part: Part): Promise<void> => {
    const path = join(outDir, part.name);
    const { digest, sizeBytes } = await measure(part.open());
    await ctx.fs.writeAtomic(path, part.open());
    ctx.emit({ type: 'artifact.written', path, sizeBytes });
    files.push({ path, sizeBytes, digest, what: part.what });
  };
  for (const part of listed) await write(part);
  const sums = files
    .map(({ path, digest }) => `${digest.slice('sha256:'.length)} *${basename(path)}\n`)
    .sort((a, b) => (a.slice(65) < b.slice(65) ? -1 : 1))
    .join('');
  await write(bytesPart('sha256sums', 'checksums of all of them', Buffer.from(sums)));
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
  { board, diskBytes }: FirmwareRequest,
  kernel: KernelFiles,
  machine: AssembledMachine,
): Promise<readonly Part[]> {
  switch (kernel.variant) {
    case 'initramfs': {
      const root = await rootArchive(ctx, store, machine.tree);
      const archive = bytesPart('initramfs.cpio.xz', 'root file system for it', await store.read(root.blob));
      if (machine.debianKernel === undefined) {
        return [...(await kernelParts(store, board, kernel, machine.createdSeconds)), archive];
      }
      const bytes = await store.read(requireFile(kernel, 'vmlinux'));
      return [bytesPart('vmlinuz', `${kernel.source} of Debian, as it is`, bytes), archive];
    }
    case 'disk': {
      const vmlinux = await store.read(requireFile(kernel, 'vmlinux'));
      return [
        bytesPart('vmlinux-disk.elf', 'kernel for the disk images, as QEMU boots it', vmlinux),
        await squashfsPart(ctx, store, machine),
        ext4Part(store, machine),
        await diskPart(ctx, store, machine, { diskBytes }),
      ];
    }
    default: {
      const { plain, packed } = await singleParts(ctx, store, kernel, machine.tree);
      return [plain, packed];
    }
  }
}

/** Which of the files a flash would hold together. */
function flashOf(kernel: KernelFiles, parts: readonly Part[]): FlashBytes {
  const sizeOf = (name: string): number => parts.find((part) => part.name === name)?.sizeBytes ?? 0;
  if (kernel.variant === 'single') return { kernelBytes: sizeOf('single-vmlinuz'), rootBytes: 0 };
  const root = kernel.variant === 'disk' ? 'rootfs-squashfs.img' : 'initramfs.cpio.xz';
  return { kernelBytes: flashBytesOf(kernel), rootBytes: sizeOf(root) };
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
  return bytesPart('manifest', 'what is in it', Buffer.from(`${text}\n`));
}
