import { relative } from 'node:path';
import { KilopyError } from '../errors/kilopy-error.ts';
import type { Board, KernelVariant } from '../machine/qemu-system/board.ts';
import { diskSizeOption, kernelOption } from './boot-options.ts';
import { buildRequest } from './build-options.ts';
import type { Call, Outcome } from './command.ts';
import { boardNames, boardOption } from './machine-option.ts';
import { formatBytes } from './ui/bytes.ts';
import { formatTable } from './ui/table.ts';

/** `kilopy build --machine BOARD --output firmware`. */
export async function buildFirmwareCommand(call: Call): Promise<Outcome> {
  const { ctx, options, style } = call;
  const board = boardOption(call);
  if (board === undefined) {
    throw new KilopyError('KP1001', 'firmware is built for a machine that boots', {
      fix: `give one: --machine ${boardNames.join(', ')}`,
    });
  }
  if (options.output !== 'firmware') {
    throw new KilopyError('KP1001', '--machine on build goes with --output firmware, and with nothing else', {
      fix: `kilopy build --machine ${board.name} --output firmware`,
    });
  }
  const { buildFirmware } = await import('../pipeline/boot/build-firmware.ts');
  const result = await buildFirmware(ctx, {
    ...buildRequest(call),
    board,
    forms: formsOf(options.form as string | undefined, board),
    diskBytes: diskSizeOption(call),
    kernelOf: kernelOption(call),
  });
  const rows = result.files.map(({ path, sizeBytes, what }) => [relative(ctx.cwd, path), formatBytes(sizeBytes), what]);
  const head = ['file', 'bytes', ''].map((text) => style.dim(text));
  const title = `${style.bold(result.name)} for ${result.machine}, Linux ${result.kernel.release}`;
  return { data: { ...result }, text: `${title}\n\n${formatTable([head, ...rows], [1])}\n` };
}

function formsOf(text: string | undefined, board: Board): readonly KernelVariant[] {
  return (text ?? 'initramfs').split(',').map((name) => {
    const form = board.kernels.find((one) => one === name.trim());
    if (form !== undefined) return form;
    throw new KilopyError('KP9213', `there is no form ${name} for ${board.name}`, {
      fix: board.kernels.length === 0 ? 'kilopy kernel list' : `choose from ${board.kernels.join(', ')}`,
    });
  });
}
