import type { ElfAbi, ElfMachine } from './elf-file.ts';
import type { ElfView } from './elf-view.ts';
import type { Segment } from './segments.ts';

/** ARM ELF ABI (aaelf32), "ELF Header". */
const arm = { softFloat: 0x200, hardFloat: 0x400, eabiShift: 24 } as const;
/** MIPS: binutils include/elf/mips.h; the abiflags structure is in the MIPS O32 FP64 specification. */
const mips = {
  abi2: 0x20,
  nan2008: 0x400,
  abiMask: 0xf000,
  o32: 0x1000,
  abiFlagsSegment: 0x7000_0003,
  floatAt: 7,
} as const;
const mipsIsas: readonly string[] = [
  'mips1',
  'mips2',
  'mips3',
  'mips4',
  'mips5',
  'mips32',
  'mips64',
  'mips32r2',
  'mips64r2',
  'mips32r6',
  'mips64r6',
];
/** `fp_abi`: any, double, single, soft, old, xx, 64, 64a. */
const mipsFloats = [undefined, 'double', 'single', 'soft', undefined, 'double', 'double', 'double'] as const;
/** RISC-V psABI, "File Header". */
const riscv = { compressed: 1, floatMask: 6, embedded: 8 } as const;
const riscvFloats = ['soft', 'single', 'double', 'quad'] as const;

/** Explains `e_flags`. */
export function readAbi(
  view: ElfView,
  machine: ElfMachine,
  fileClass: 32 | 64,
  flags: number,
  segments: readonly Segment[],
): ElfAbi {
  if (machine === 'arm') {
    const float = (flags & arm.hardFloat) !== 0 ? 'hard' : (flags & arm.softFloat) !== 0 ? 'soft' : undefined;
    return { eabi: flags >>> arm.eabiShift, ...(float === undefined ? {} : { float }) };
  }
  if (machine === 'riscv') {
    return {
      float: riscvFloats[(flags & riscv.floatMask) >> 1] ?? 'soft',
      riscv: { compressed: (flags & riscv.compressed) !== 0, embedded: (flags & riscv.embedded) !== 0 },
    };
  }
  if (machine === 'mips') {
    const segment = segments.find(({ type }) => type === mips.abiFlagsSegment);
    const float = segment === undefined ? undefined : mipsFloats[view.u8(segment.offset + mips.floatAt)];
    const isa = mipsIsas[flags >>> 28] ?? 'other';
    const facts = { abi: mipsAbi(fileClass, flags), isa, nan2008: (flags & mips.nan2008) !== 0 };
    return { mips: facts, ...(float === undefined ? {} : { float }) };
  }
  return machine === 'ppc64' ? { ppc64Version: flags & 3 } : {};
}

function mipsAbi(fileClass: 32 | 64, flags: number): 'o32' | 'n32' | 'n64' | 'other' {
  if ((flags & mips.abi2) !== 0) return 'n32';
  if ((flags & mips.abiMask) === mips.o32) return 'o32';
  return fileClass === 64 ? 'n64' : 'other';
}
