import type { TargetName } from '../../spec/targets.ts';

/** A computer that QEMU imitates as a whole: everything that differs from one to the next. One row in `boards.ts`. */
export interface Board {
  /** What `--machine` takes. */
  readonly name: BoardName;
  /** What its processor executes. */
  readonly target: TargetName;
  /** For a person: what it stands for. */
  readonly description: string;
  /** Program of QEMU, and Debian's package of it. */
  readonly program: string;
  readonly debianPackage: string;
  /** `-M`, and `-cpu` without KVM. */
  readonly machine: string;
  readonly cpu: string;
  /** `uname -m` of hosts whose KVM can run it. */
  readonly kvmHosts: readonly string[];
  /** Further arguments that this board always needs. */
  readonly extra: readonly string[];
  /** `-device` of network cards. */
  readonly networkDevice: string;
  readonly disk: BoardDisk;
  /** Tty of the serial line. */
  readonly console: string;
  /** Always on the kernel's command line. */
  readonly append: readonly string[];
  /** What QEMU hands to the kernel at most; more is cut off without a word. */
  readonly commandLineBytes: number;
  /** On it too when the kernel is kilopy's own and nothing is accelerated: constants that other kernels measure, which takes seconds. */
  readonly ownKernelAppend: (qemu: QemuVersion) => readonly string[];
  readonly memory: { readonly defaultMiB: number; readonly leastMiB: number; readonly mostMiB: number };
  /** Which kernels kilopy builds for it; none where the row only carries what QEMU needs. */
  readonly kernels: readonly KernelVariant[];
  /** The kernel that Debian has compiled for it, where there is one. */
  readonly debianKernel?: DebianKernel;
  /** Kernel architecture (`ARCH=`), of which the form of the boot file follows too. */
  readonly kernelArch: 'mips' | 'x86' | 'arm64' | 'arm' | 'riscv';
}

/** A kernel of Debian's suite bookworm, in which drivers are modules. */
export interface DebianKernel {
  /** The package that names the one of the day. */
  readonly package: string;
  /** Debian's name of the architecture. */
  readonly architecture: string;
  /** What has to be loaded for the network card, without what that needs in turn. */
  readonly modules: readonly string[];
  readonly memoryMiB: number;
  /** What of the board is another, where its own has nothing that this kernel looks for. */
  readonly board?: Readonly<Pick<Board, 'machine' | 'networkDevice'>>;
}

export interface BoardDisk {
  /** Value of `if=` of `-drive`, or `none` with a `-device` of its own. */
  readonly interface: 'ide' | 'none';
  readonly device?: string;
  /** The first disk as the kernel calls it. */
  readonly node: string;
}

export type BoardName = 'malta-be' | 'malta-le' | 'x86-microvm' | 'arm64-virt' | 'armv7-virt' | 'riscv64-virt';

/** `initramfs`: root from memory; `disk`: root from a disk; `single`: the application inside the kernel. */
export type KernelVariant = 'initramfs' | 'disk' | 'single';

export interface QemuVersion {
  readonly major: number;
  readonly minor: number;
}
