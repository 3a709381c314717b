export type ElfMachine =
  | 'x86-64'
  | '386'
  | 'aarch64'
  | 'arm'
  | 'riscv'
  | 'mips'
  | 'ppc'
  | 'ppc64'
  | 's390'
  | 'loongarch'
  | 'other';

/** What the dynamic linker and the kernel need to know of a program or library. */
export interface ElfFile {
  readonly class: 32 | 64;
  readonly byteOrder: 'little' | 'big';
  readonly machine: ElfMachine;
  /** `e_machine`, for machines without a name here. */
  readonly machineNumber: number;
  /** `shared` is what position-independent programs are, too. */
  readonly type: 'relocatable' | 'executable' | 'shared' | 'core' | 'other';
  /** `e_flags`, whose meaning depends on the machine; `abi` explains it. */
  readonly flags: number;
  readonly abi: ElfAbi;
  /** PT_INTERP: path of the dynamic linker. */
  readonly interpreter: string | undefined;
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  readonly soname: string | undefined;
  /** DT_RPATH, split at colons, with `$ORIGIN` and the like as they stand. */
  readonly rpath: readonly string[];
  /** DT_RUNPATH, likewise. When there is one, DT_RPATH is ignored (ld.so(8)). */
  readonly runpath: readonly string[];
  /** DT_FLAGS_1: 0x08000000 marks a position-independent program. */
  readonly flags1: number;
}

/** Facts of `e_flags` (and of PT_MIPS_ABIFLAGS) that decide whether code runs together. Absent where they do not apply. */
export interface ElfAbi {
  readonly float?: 'soft' | 'single' | 'double' | 'quad' | 'hard';
  /** ARM: 5 for every current system. */
  readonly eabi?: number;
  readonly mips?: { readonly abi: 'o32' | 'n32' | 'n64' | 'other'; readonly isa: string; readonly nan2008: boolean };
  readonly riscv?: { readonly compressed: boolean; readonly embedded: boolean };
  /** PowerPC 64: 2 is the little-endian ELFv2 ABI. */
  readonly ppc64Version?: number;
}
