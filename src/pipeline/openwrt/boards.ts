import { KilopyError } from '../../errors/kilopy-error.ts';

/** Which target of OpenWrt has the C library of an architecture, where no device decides it. */
const boards: readonly (readonly [architecture: string, board: string, from?: string])[] = [
  ['mips_24kc', 'malta/be'],
  ['mipsel_24kc', 'malta/le'],
  ['x86_64', 'x86/64'],
  ['i386_pentium4', 'x86/generic'],
  ['i386_pentium-mmx', 'x86/legacy'],
  ['aarch64_generic', 'armsr/armv8', '23.05'],
  ['aarch64_generic', 'armvirt/64'],
  ['arm_cortex-a15_neon-vfpv4', 'armsr/armv7', '23.05'],
  ['arm_cortex-a15_neon-vfpv4', 'armvirt/32'],
  ['aarch64_cortex-a53', 'bcm27xx/bcm2710'],
  ['aarch64_cortex-a72', 'bcm27xx/bcm2711'],
  ['aarch64_cortex-a76', 'bcm27xx/bcm2712', '24.10'],
  ['arm_cortex-a7_neon-vfpv4', 'bcm27xx/bcm2709'],
  ['arm_arm1176jzf-s_vfp', 'bcm27xx/bcm2708'],
  ['mipsel_74kc', 'ramips/rt3883'],
  ['mips_mips32', 'bmips/bcm6358'],
  ['arm_xscale', 'ixp4xx/generic'],
  ['riscv64_riscv64', 'sifiveu/generic'],
];

export const boardNames: readonly string[] = boards.map(([, board]) => board);

/** The target and subtarget of a release. Throws KP2301 for an architecture that needs one to be named. */
export function boardOf(architecture: string, release: string): string {
  const found = boards.find(
    ([name, , from]) => name === architecture && (from === undefined || !isBefore(release, from)),
  );
  if (found !== undefined) return found[1];
  throw new KilopyError('KP2301', `which target of OpenWrt is for ${architecture}?`, {
    why: 'The C library comes with a target, and kilopy knows no usual one for this architecture.',
    fix: 'write base: {openwrt: {board: ramips/mt76x8}}, or the like',
    data: { architecture },
  });
}

function isBefore(release: string, other: string): boolean {
  return /^\d\d\.\d\d/u.test(release) && release.slice(0, 5) < other;
}
