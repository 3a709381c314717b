import type { OciPlatform } from '../values/oci-image.ts';

/** One machine family to build for, with its name in every ecosystem that kilopy touches. */
export interface Target {
  /** Name in kilopy.yaml and in messages, as OCI and Docker write platforms. */
  readonly name: TargetName;
  /** OCI platform: arm64 without a variant, arm always with one (image-spec, image-index.md). */
  readonly oci: OciPlatform;
  /** `ARCH[VARIANT]` in names of output files. */
  readonly fileLabel: string;
  /** Words for a person: what machines this is. */
  readonly description: string;
  readonly elf: ElfMachine;
  /** Program of QEMU that runs one process of this family. */
  readonly qemuUser: string;
  /** GNU triplet of Debian's cross compiler. */
  readonly gnuTriplet: string;
  /** Folder under /usr/lib on Debian; differs from the compiler's triplet for 386 only. */
  readonly multiarch: string;
  /** Architecture in Debian's archive, where Debian has it. */
  readonly debian?: string;
  /** Architecture in Alpine's repositories. */
  readonly alpine?: string;
  /** Architecture in Wolfi's repository. */
  readonly wolfi?: string;
  /** Package architectures of OpenWrt (DISTRIB_ARCH) with this ABI, the most usual one first. */
  readonly openwrt?: readonly string[];
  /** Other names that people use and that mean this target only. */
  readonly aliases: readonly string[];
}

export type TargetName =
  | 'linux/amd64'
  | 'linux/386'
  | 'linux/arm64'
  | 'linux/arm/v7'
  | 'linux/arm/v6'
  | 'linux/arm/v5'
  | 'linux/riscv64'
  | 'linux/ppc64le'
  | 'linux/s390x'
  | 'linux/mips'
  | 'linux/mipsle';

/** What the ELF header of a program for this target says (System V gABI, chapter 4). */
interface ElfMachine {
  /** EI_CLASS, in bits. */
  readonly class: 32 | 64;
  /** EI_DATA. */
  readonly byteOrder: 'little' | 'big';
  /** e_machine. */
  readonly machine: number;
  /** Calling convention of floating point, where the family has several. */
  readonly floatAbi?: 'hard' | 'soft';
}

/** e_machine (gABI, "Machine Information"). */
const EM = { 386: 3, MIPS: 8, PPC64: 21, S390: 22, ARM: 40, X86_64: 62, AARCH64: 183, RISCV: 243 } as const;

/** Every target, one row each. */
export const targets: readonly Target[] = [
  {
    name: 'linux/amd64',
    oci: { os: 'linux', architecture: 'amd64' },
    fileLabel: 'amd64',
    description: 'PCs, servers and clouds, 64 bit',
    elf: { class: 64, byteOrder: 'little', machine: EM.X86_64 },
    qemuUser: 'qemu-x86_64',
    gnuTriplet: 'x86_64-linux-gnu',
    multiarch: 'x86_64-linux-gnu',
    debian: 'amd64',
    alpine: 'x86_64',
    wolfi: 'x86_64',
    openwrt: ['x86_64'],
    aliases: ['x86_64', 'x86-64', 'x64'],
  },
  {
    name: 'linux/arm64',
    oci: { os: 'linux', architecture: 'arm64' },
    fileLabel: 'arm64',
    description: 'Raspberry Pi 3 and later, ARM servers and clouds, 64 bit',
    elf: { class: 64, byteOrder: 'little', machine: EM.AARCH64 },
    qemuUser: 'qemu-aarch64',
    gnuTriplet: 'aarch64-linux-gnu',
    multiarch: 'aarch64-linux-gnu',
    debian: 'arm64',
    alpine: 'aarch64',
    wolfi: 'aarch64',
    openwrt: ['aarch64_generic', 'aarch64_cortex-a53', 'aarch64_cortex-a72', 'aarch64_cortex-a76'],
    aliases: ['aarch64', 'arm64/v8', 'arm64v8', 'armv8'],
  },
  {
    name: 'linux/arm/v7',
    oci: { os: 'linux', architecture: 'arm', variant: 'v7' },
    fileLabel: 'armv7',
    description: 'ARM 32 bit with floating point, from Cortex-A5 on (Debian armhf, Alpine armv7)',
    elf: { class: 32, byteOrder: 'little', machine: EM.ARM, floatAbi: 'hard' },
    qemuUser: 'qemu-arm',
    gnuTriplet: 'arm-linux-gnueabihf',
    multiarch: 'arm-linux-gnueabihf',
    debian: 'armhf',
    alpine: 'armv7',
    openwrt: [
      'arm_cortex-a7_neon-vfpv4',
      'arm_cortex-a7_vfpv4',
      'arm_cortex-a15_neon-vfpv4',
      'arm_cortex-a9_vfpv3-d16',
      'arm_cortex-a9_neon',
      'arm_cortex-a8_vfpv3',
      'arm_cortex-a5_vfpv4',
    ],
    aliases: ['armv7', 'armv7l', 'armv7hf', 'arm32v7'],
  },
  {
    name: 'linux/arm/v6',
    oci: { os: 'linux', architecture: 'arm', variant: 'v6' },
    fileLabel: 'armv6',
    description: 'the first Raspberry Pi and the Zero (Alpine armhf)',
    elf: { class: 32, byteOrder: 'little', machine: EM.ARM, floatAbi: 'hard' },
    qemuUser: 'qemu-arm',
    gnuTriplet: 'arm-linux-gnueabihf',
    multiarch: 'arm-linux-gnueabihf',
    alpine: 'armhf',
    openwrt: ['arm_arm1176jzf-s_vfp'],
    aliases: ['armv6', 'armv6l', 'armv6hf', 'arm32v6'],
  },
  {
    name: 'linux/arm/v5',
    oci: { os: 'linux', architecture: 'arm', variant: 'v5' },
    fileLabel: 'armv5',
    description: 'ARM 32 bit without floating point, such as ARM926 (Debian armel)',
    elf: { class: 32, byteOrder: 'little', machine: EM.ARM, floatAbi: 'soft' },
    qemuUser: 'qemu-arm',
    gnuTriplet: 'arm-linux-gnueabi',
    multiarch: 'arm-linux-gnueabi',
    debian: 'armel',
    openwrt: ['arm_arm926ej-s', 'arm_xscale'],
    aliases: ['armel', 'armv5', 'armv5te', 'armv5tel', 'arm32v5'],
  },
  {
    name: 'linux/386',
    oci: { os: 'linux', architecture: '386' },
    fileLabel: '386',
    description: 'PCs, 32 bit',
    elf: { class: 32, byteOrder: 'little', machine: EM[386] },
    qemuUser: 'qemu-i386',
    gnuTriplet: 'i686-linux-gnu',
    multiarch: 'i386-linux-gnu',
    debian: 'i386',
    alpine: 'x86',
    openwrt: ['i386_pentium4', 'i386_pentium-mmx'],
    aliases: ['i386', 'i486', 'i586', 'i686', 'ia32'],
  },
  {
    name: 'linux/riscv64',
    oci: { os: 'linux', architecture: 'riscv64' },
    fileLabel: 'riscv64',
    description: 'RISC-V, 64 bit (rv64gc)',
    elf: { class: 64, byteOrder: 'little', machine: EM.RISCV, floatAbi: 'hard' },
    qemuUser: 'qemu-riscv64',
    gnuTriplet: 'riscv64-linux-gnu',
    multiarch: 'riscv64-linux-gnu',
    debian: 'riscv64',
    alpine: 'riscv64',
    openwrt: ['riscv64_generic', 'riscv64_riscv64'],
    aliases: ['rv64', 'rv64gc'],
  },
  {
    name: 'linux/ppc64le',
    oci: { os: 'linux', architecture: 'ppc64le' },
    fileLabel: 'ppc64le',
    description: 'POWER8 and later, little-endian (Debian ppc64el)',
    elf: { class: 64, byteOrder: 'little', machine: EM.PPC64 },
    qemuUser: 'qemu-ppc64le',
    gnuTriplet: 'powerpc64le-linux-gnu',
    multiarch: 'powerpc64le-linux-gnu',
    debian: 'ppc64el',
    alpine: 'ppc64le',
    aliases: ['ppc64el', 'powerpc64le'],
  },
  {
    name: 'linux/s390x',
    oci: { os: 'linux', architecture: 's390x' },
    fileLabel: 's390x',
    description: 'IBM Z, big-endian',
    elf: { class: 64, byteOrder: 'big', machine: EM.S390 },
    qemuUser: 'qemu-s390x',
    gnuTriplet: 's390x-linux-gnu',
    multiarch: 's390x-linux-gnu',
    debian: 's390x',
    alpine: 's390x',
    aliases: [],
  },
  {
    name: 'linux/mips',
    oci: { os: 'linux', architecture: 'mips' },
    fileLabel: 'mips',
    description: 'MIPS32 big-endian routers, such as KNOT and others with QCA9531',
    elf: { class: 32, byteOrder: 'big', machine: EM.MIPS, floatAbi: 'soft' },
    qemuUser: 'qemu-mips',
    gnuTriplet: 'mips-linux-gnu',
    multiarch: 'mips-linux-gnu',
    openwrt: ['mips_24kc', 'mips_4kec', 'mips_mips32'],
    aliases: ['mipseb', 'mips32', 'mips32r2'],
  },
  {
    name: 'linux/mipsle',
    oci: { os: 'linux', architecture: 'mipsle' },
    fileLabel: 'mipsle',
    description: 'MIPS32 little-endian routers, such as GL-MT300N-V2 and others with MT7628',
    elf: { class: 32, byteOrder: 'little', machine: EM.MIPS, floatAbi: 'soft' },
    qemuUser: 'qemu-mipsel',
    gnuTriplet: 'mipsel-linux-gnu',
    multiarch: 'mipsel-linux-gnu',
    openwrt: ['mipsel_24kc', 'mipsel_74kc', 'mipsel_mips32'],
    aliases: ['mipsel', 'mips32el', 'mips32r2el'],
  },
];
