import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';

/** Files below device/kernel that make the configuration of a kernel, in the order in which they are laid over each other. */
export function fragmentsOf(board: Board, variant: KernelVariant): readonly string[] {
  const family = board.kernelArch === 'mips' ? 'malta' : board.name;
  const own = board.kernelArch === 'mips' ? [`boards/${board.name}.config`] : [];
  const both = variant === 'disk' || (variant === 'initramfs' && family === 'malta');
  const last = both ? [`boards/${family}-${variant}.config`] : [];
  return ['common.config', `boards/${family}.config`, ...own, `variants/${variant}.config`, ...last];
}

/** Changes to Debian's source that a kernel needs, below device/kernel/patches. */
export function patchesOf(board: Board): readonly string[] {
  return board.kernelArch === 'mips' ? ['patches/malta-count-rate.patch'] : [];
}
