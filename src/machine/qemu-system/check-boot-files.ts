import { KilopyError } from '../../errors/kilopy-error.ts';
import { targets } from '../../spec/targets.ts';
import type { Board } from './board.ts';
import type { KernelFacts, KernelFeature } from './kernel-facts.ts';
import { isInitramfs, type RootKind } from './root-facts.ts';

/** What shall be booted together. */
export interface BootFiles {
  readonly kernel: { readonly path: string; readonly facts: KernelFacts };
  readonly root?:
    | { readonly path: string; readonly kind: RootKind; readonly sizeBytes: number; readonly unpackedBytes: number }
    | undefined;
  readonly memoryMiB: number;
  /** Ports are to be reached. */
  readonly needsNetwork?: boolean | undefined;
}

/** Page tables, network buffers, device tables and the first programs: with 5 MiB malta-be does not boot, with 6 it serves. */
const reserveBytes = 2.7e6;

/**
 * Says before the boot what could only end in a panic or in silence.
 *
 * @throws KilopyError KP9202
 */
export function checkBootFiles(board: Board, files: BootFiles): void {
  checkProcessor(board, files.kernel);
  if (files.needsNetwork === true) checkNetwork(board, files.kernel);
  if (files.root === undefined) return;
  checkFeatures(board, files.kernel, files.root);
  checkMemory(board, files);
}

function checkProcessor(board: Board, { path, facts }: BootFiles['kernel']): void {
  const target = targets.find(({ name }) => name === board.target);
  const { elf, form } = facts;
  if (form === 'uImage') {
    throw unfit(`${path} is a uImage, which only U-Boot unpacks`, {
      why: `QEMU's ${board.name} loads the ELF form of a kernel`,
      fix: 'give the vmlinux.elf that lies beside it',
    });
  }
  if (form === 'unknown')
    throw unfit(`${path} is not a kernel that ${board.name} can load`, {
      why: 'it is neither ELF nor one of the forms of Linux',
    });
  if (elf === undefined || target === undefined) return;
  if (elf.byteOrder !== target.elf.byteOrder) {
    const other = board.name.startsWith('malta') ? (board.name === 'malta-be' ? 'malta-le' : 'malta-be') : undefined;
    throw unfit(`${path} is ${elf.byteOrder}-endian, and ${board.name} is ${target.elf.byteOrder}-endian`, {
      fix: other === undefined ? undefined : `use --machine ${other}`,
    });
  }
  const machine = elfMachineOf(board);
  if (elf.machine !== machine)
    throw unfit(`${path} is a kernel for ${elf.machine}, and ${board.name} is ${machine}`, {});
}

function elfMachineOf({ kernelArch }: Board): string {
  return { mips: 'mips', x86: 'x86-64', arm64: 'aarch64', arm: 'arm', riscv: 'riscv' }[kernelArch];
}

function checkFeatures(board: Board, { path, facts }: BootFiles['kernel'], root: NonNullable<BootFiles['root']>): void {
  if (!facts.isReadable) return;
  const lacks = (feature: KernelFeature): boolean => !facts.has[feature];
  if (isInitramfs(root.kind)) {
    if (lacks('initramfs')) {
      throw unfit(`the kernel ${path} cannot take an initramfs such as ${root.path}`, {
        why: "it was built without CONFIG_BLK_DEV_INITRD, as OpenWrt's own kernels for malta are",
        fix: 'give --root an ext4 or squashfs image, or use a kernel of kilopy',
      });
    }
    return;
  }
  if (root.kind === 'unknown' || root.kind === 'gzip') {
    const why =
      root.kind === 'gzip'
        ? 'it is compressed with gzip'
        : 'it is neither ext4, squashfs, a partitioned disk nor a cpio archive';
    throw unfit(`${root.path} is not a root file system that a kernel can use`, {
      why,
      fix: root.kind === 'gzip' ? 'unpack it first: gunzip -k FILE' : undefined,
    });
  }
  const fileSystem = root.kind === 'disk' ? undefined : root.kind;
  if (fileSystem !== undefined && lacks(fileSystem)) {
    throw unfit(`the kernel ${path} cannot read ${fileSystem}, which ${root.path} is`, {
      why: 'the file system is not built into it',
      fix: 'give the root in another form, or a kernel with that file system',
    });
  }
  const disk: KernelFeature = board.disk.interface === 'ide' ? 'ide-disk' : 'virtio-disk';
  if (lacks(disk)) {
    throw unfit(`the kernel ${path} has no driver for the disk of ${board.name}`, {
      why: `nothing in it speaks to ${board.disk.interface === 'ide' ? 'the IDE controller (ata_piix)' : 'virtio block devices'}`,
      fix: 'give the root as an initramfs (cpio.xz), or a kernel with that driver',
    });
  }
}

/** A module may be in the root, so only what was not built at all is refused; texts of an image prove nothing about modules. */
function checkNetwork(board: Board, { path, facts }: BootFiles['kernel']): void {
  const card: KernelFeature = board.networkDevice === 'pcnet' ? 'pcnet32' : 'virtio-net';
  if (!facts.isConfigured || facts.has[card] || facts.isModule[card] === true) return;
  throw unfit(`the kernel ${path} has no driver for the network card of ${board.name}`, {
    why: `its configuration is without ${card === 'pcnet32' ? 'CONFIG_PCNET32' : 'CONFIG_VIRTIO_NET'}`,
    fix: 'use a kernel with that driver, or ask for no port',
  });
}

function checkMemory(board: Board, { kernel, root, memoryMiB }: BootFiles): void {
  if (root === undefined || !isInitramfs(root.kind)) return;
  const neededBytes = (kernel.facts.memoryBytes ?? 0) + root.sizeBytes + root.unpackedBytes + reserveBytes;
  const haveBytes = memoryMiB * 2 ** 20;
  if (neededBytes <= haveBytes) return;
  const needed = Math.ceil(neededBytes / 2 ** 20);
  throw unfit(`the root file system is too large for ${String(memoryMiB)} MiB of memory`, {
    why: `kernel, archive and the unpacked files need about ${String(needed)} MiB on ${board.name}`,
    fix:
      needed <= board.memory.mostMiB ? `give it more: --memory ${String(needed)}` : 'boot it from a disk image instead',
    data: { neededBytes, haveBytes },
  });
}

function unfit(
  message: string,
  options: {
    readonly why?: string | undefined;
    readonly fix?: string | undefined;
    readonly data?: Readonly<Record<string, unknown>>;
  },
): KilopyError {
  return new KilopyError('KP9202', message, options);
}
