import type { TargetName } from '../spec/targets.ts';

/** How runtimes are compiled for a target. */
export interface BuildFacts {
  /** Debian package of the compiler on a computer of another kind. */
  readonly compiler: string;
  /** musl's name of the target. */
  readonly muslTarget: string;
  /** Flags that decide processor and ABI, for everything. */
  readonly archFlags: string;
  /** Flags of MicroPython alone. */
  readonly pythonFlags: string;
  /** Of the replacement of libgcc; undefined where Debian's has the right ABI. */
  readonly softFlags?: string | undefined;
  /** The largest page that kernels for it have. */
  readonly pageBytes: number;
  /** `-cpu` of QEMU that has what the flags promise and nothing more. */
  readonly qemuCpu?: string | undefined;
}

/** 24Kc: MIPS32 release 2 without floating point. */
const mips = '-march=24kc -msoft-float -mno-shared -mplt -fno-pic -fno-pie';
/** MIPS16 code is a quarter smaller; without registers of its own for it, exceptions of MicroPython go through setjmp. */
const mips16 = '-mips16 -minterlink-mips16';

/** Every target with a runtime. */
export const buildFacts: Partial<Record<TargetName, BuildFacts>> = {
  'linux/amd64': facts('x86-64-linux-gnu', 'x86_64-linux-musl', '', ''),
  // Doubles in SSE registers are rounded once; those of the x87 twice.
  'linux/386': facts('i686-linux-gnu', 'i386-linux-musl', '-march=i686', '-march=pentium4 -msse2 -mfpmath=sse'),
  'linux/arm64': { ...facts('aarch64-linux-gnu', 'aarch64-linux-musl', '', ''), pageBytes: 65_536 },
  'linux/arm/v7': facts(
    'arm-linux-gnueabihf',
    'arm-linux-musleabihf',
    '-march=armv7-a+fp -mthumb -mfloat-abi=hard',
    '',
  ),
  // Thumb-1 throughout is a quarter smaller than ARM code.
  'linux/arm/v5': {
    ...facts('arm-linux-gnueabi', 'arm-linux-musleabi', '-march=armv5te -mthumb', ''),
    qemuCpu: 'arm926',
  },
  'linux/riscv64': facts('riscv64-linux-gnu', 'riscv64-linux-musl', '-march=rv64gc -mabi=lp64d', ''),
  'linux/mips': mipsFacts('mips'),
  'linux/mipsle': mipsFacts('mipsel'),
};

function facts(triplet: string, muslTarget: string, archFlags: string, pythonFlags: string): BuildFacts {
  return { compiler: `gcc-${triplet}`, muslTarget, archFlags, pythonFlags, pageBytes: 4096 };
}

function mipsFacts(name: string): BuildFacts {
  return {
    ...facts(`${name}-linux-gnu`, `${name}-linux-muslsf`, mips, `${mips16} -DMICROPY_NLR_SETJMP=1`),
    softFlags: mips16,
    qemuCpu: '24Kc',
  };
}
