import type { TargetName } from '../../spec/targets.ts';

/** What differs from `BuildFacts` where zig's clang compiles, whose words and abilities are not gcc's. */
export interface ZigFacts {
  readonly archFlags: string;
  readonly pythonFlags: string;
  /** `-target` and `-mcpu` of zig itself, which compiles its compiler-rt. */
  readonly zigTarget: string;
  readonly zigCpu: string;
}

/** musl's own -O2 is for gcc, which has words to make it small; here it grows. */
const small = '-Os';

/** Without MIPS16: clang 22.1.8 does not assemble its own code for it ("expected an immediate"). */
const mips = `${small} -march=mips32r2 -msoft-float -fno-pic`;

/** MicroPython's garbage collector reads registers by variables that gcc keeps in them and clang does not: setjmp does it right. */
const collector = '-DMICROPY_GCREGS_SETJMP=1';
/** Its exceptions, where their assembler text counts on a frame pointer (386), or is no Thumb-1 for clang (arm/v5). */
const exceptions = '-DMICROPY_NLR_SETJMP=1';

/** Every target that zig compiles a runtime for. */
export const zigFacts: Partial<Record<TargetName, ZigFacts>> = {
  'linux/amd64': facts(small, '', 'x86_64-linux-musl', 'baseline'),
  'linux/386': facts(
    `${small} -march=i686`,
    `-march=pentium4 -msse2 -mfpmath=sse ${exceptions}`,
    'x86-linux-musl',
    'i686',
  ),
  'linux/arm64': facts(small, '', 'aarch64-linux-musl', 'generic'),
  'linux/arm/v7': facts(
    `${small} -march=armv7-a+fp -mthumb -mfloat-abi=hard`,
    '',
    'thumb-linux-musleabihf',
    'generic+v7a+vfp3d16',
  ),
  // clang reads the assembler texts in musl's C as the code around them is, and they are no Thumb-1.
  'linux/arm/v5': facts(`${small} -march=armv5te`, `-mthumb ${exceptions}`, 'arm-linux-musleabi', 'generic+v5te'),
  'linux/riscv64': facts(`${small} -march=rv64gc -mabi=lp64d`, '', 'riscv64-linux-musl', 'baseline_rv64'),
  'linux/mips': facts(mips, '', 'mips-linux-musleabi', 'mips32r2+soft_float'),
  'linux/mipsle': facts(mips, '', 'mipsel-linux-musleabi', 'mips32r2+soft_float'),
};

function facts(archFlags: string, pythonFlags: string, zigTarget: string, zigCpu: string): ZigFacts {
  return { archFlags, pythonFlags: `${collector} ${pythonFlags}`.trim(), zigTarget, zigCpu };
}
