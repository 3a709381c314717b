import { Option } from 'commander';
import { KilopyError } from '../../errors/kilopy-error.ts';
import type { SysupgradeRequest } from '../../pipeline/sysupgrade.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { formatBytes } from '../ui/bytes.ts';

export const sysupgradeCommand: CommandModule = {
  configure(command) {
    command
      .description(
        "Put a root file system into OpenWrt's *-squashfs-sysupgrade.bin of a ramips device, in place of theirs or on top of it. Experimental: nobody has flashed the result.",
      )
      .argument('<image>', "OpenWrt's image for the device")
      .addOption(new Option('--root <file>', 'in place of theirs: squashfs with xz'))
      .addOption(new Option('--add <path>', 'on top of theirs: a folder, tar, squashfs, ext4 or cpio'))
      .addOption(new Option('--device <name>', 'as kilopy devices lists it').makeOptionMandatory())
      .addOption(new Option('--out <file>', 'the new image').default('sysupgrade.bin'));
  },
  async run({ ctx, args, options, style }): Promise<Outcome> {
    const { repackSysupgrade } = await import('../../pipeline/sysupgrade.ts');
    const result = await repackSysupgrade(ctx, {
      image: args[0] ?? '',
      root: rootOption(options),
      device: options.device as string,
      output: options.out as string,
    });
    ctx.emit({ type: 'warning', text: 'experimental: nobody has flashed such an image; keep a way to recover' });
    if (result.wasSigned)
      ctx.emit({ type: 'warning', text: 'the signature of the image is left out: it does not hold for a changed one' });
    const size = `${formatBytes(result.sizeBytes)} bytes for ${result.device}, ${formatBytes(result.leftBytes)} left in flash`;
    return { data: { ...result }, text: `${style.bold(options.out as string)}\n${result.digest}\n${size}\n` };
  },
};

/** @throws KilopyError KP1001 unless there is one of them */
function rootOption({ root, add }: Call['options']): SysupgradeRequest['root'] {
  if ((root === undefined) === (add === undefined)) {
    throw new KilopyError('KP1001', 'sysupgrade takes one of --root and --add', {
      fix: '--root FILE puts a squashfs in the place of theirs, --add PATH puts files on top of it',
    });
  }
  return add === undefined ? { how: 'replace', path: root as string } : { how: 'add', path: add as string };
}
