import { Option, type Command } from 'commander';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { WantedPort } from '../machine/qemu-system/plan-forwards.ts';
import type { KernelOrigin } from '../pipeline/boot/assemble-machine.ts';
import type { BootForm } from '../pipeline/boot/boot-form.ts';
import { parseSize } from '../spec/lower-budget.ts';
import type { Board } from '../machine/qemu-system/board.ts';
import type { Call } from './command.ts';

/** Options of commands that boot a board. */
export function addBootOptions(command: Command): Command {
  const group = 'With a --machine that boots:';
  return command
    .addOption(
      new Option(
        '--kernel <file>',
        'boot this kernel instead of one of ours; debian: the one that Debian has compiled',
      ).helpGroup(group),
    )
    .addOption(new Option('--root <file>', 'with this root file system: ext4, squashfs, disk, cpio').helpGroup(group))
    .addOption(
      new Option(
        '--form <name>',
        'initramfs, vmlinuz, single, single-vmlinuz, squashfs, ext4, disk (default: initramfs)',
      ).helpGroup(group),
    )
    .addOption(new Option('--disk-size <size>', 'of form disk, as 64M; data have what is more').helpGroup(group))
    .addOption(new Option('--memory <MiB>', 'memory of the machine').helpGroup(group))
    .addOption(
      new Option('--device <name>', 'of kilopy devices: it must fit, and what is left is said').helpGroup(group),
    )
    .addOption(new Option('--find-memory', 'first find the least memory with which it answers').helpGroup(group))
    .addOption(new Option('--publish <list>', 'ports on 127.0.0.1, as GUEST or HOST:GUEST').helpGroup(group))
    .addOption(new Option('--append <words>', 'further words for the kernel').helpGroup(group))
    .addOption(new Option('--detach', 'return when it answers; kilopy stop ID ends it').helpGroup(group))
    .addOption(new Option('--keep-writes', 'what is written to the disk image stays in it').helpGroup(group))
    .addOption(new Option('--timeout <seconds>', 'how long to wait for an answer').helpGroup(group));
}

/**
 * The form in which an application is booted.
 *
 * @throws KilopyError KP9213 for one that the board does not have
 */
export async function formOption({ options }: Call, board: Board): Promise<BootForm> {
  const { formsOf } = await import('../pipeline/boot/boot-form.ts');
  const text = (options.form as string | undefined) ?? 'initramfs';
  const known = formsOf(board);
  const form = known.find((name) => name === text);
  if (form !== undefined) return form;
  throw new KilopyError('KP9213', `there is no form ${text} for ${board.name}`, {
    fix: known.length === 0 ? 'give a kernel of your own: --kernel FILE' : `choose from ${known.join(', ')}`,
  });
}

/**
 * Whose kernel boots an application.
 *
 * @throws KilopyError KP1001 for anything but `debian`
 */
export function kernelOption({ options }: Call): KernelOrigin {
  const text = options.kernel as string | undefined;
  if (text === undefined) return 'kilopy';
  if (text === 'debian') return text;
  throw new KilopyError('KP1001', `--kernel takes debian here, not ${text}`, {
    fix: 'leave it out for a kernel that kilopy builds',
  });
}

/** @throws KilopyError KP1001 */
export function diskSizeOption({ options }: Call): number | undefined {
  const text = options.diskSize as string | undefined;
  if (text === undefined) return undefined;
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  throw new KilopyError('KP1001', `--disk-size takes a size, not ${text}`, { fix: 'write --disk-size 64M' });
}

/** @throws KilopyError KP1001 */
export function memoryOption({ options }: Call, { name, memory }: Board): number | undefined {
  const text = options.memory as string | undefined;
  if (text === undefined) return undefined;
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= memory.leastMiB && value <= memory.mostMiB) return value;
  throw new KilopyError('KP1001', `--memory ${text} is not possible on ${name}`, {
    fix: `give a number of MiB from ${String(memory.leastMiB)} to ${String(memory.mostMiB)}`,
  });
}

/** @throws KilopyError KP1001 */
export function publishOption({ options }: Call): readonly WantedPort[] | undefined {
  const text = options.publish as string | undefined;
  return text?.split(',').map((part) => {
    const found = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(part.trim());
    const numbers = [found?.[1], found?.[2]].map((digits) => (digits === undefined ? undefined : Number(digits)));
    const [hostPort, guestPort] = numbers;
    if (guestPort === undefined || numbers.some((port) => port !== undefined && (port < 1 || port > 65_535))) {
      throw new KilopyError('KP1001', `--publish takes ports, not ${part}`, {
        fix: 'write --publish 8080 or --publish 18080:8080',
      });
    }
    return { guestPort, hostPort };
  });
}

/** @throws KilopyError KP1001 */
export function timeoutOption({ options }: Call): number | undefined {
  const text = options.timeout as string | undefined;
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  throw new KilopyError('KP1001', `--timeout takes seconds, not ${text}`, { fix: 'write --timeout 60' });
}
