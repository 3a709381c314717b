import { KilopyError } from '../../errors/kilopy-error.ts';
import type { Board, KernelVariant } from '../../machine/qemu-system/board.ts';
import { boards } from '../../machine/qemu-system/boards.ts';
import type { KernelFiles } from '../../runtime/kernel/kernel-files.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { boardOption } from '../machine-option.ts';
import { formatBytes } from '../ui/bytes.ts';
import { formatTable } from '../ui/table.ts';

const machineHelp = 'one of those that kilopy kernel list shows';

export const kernelCommand: CommandModule = {
  configure(command) {
    command.command('list').description('Show the kernels that kilopy builds, and which are built already');
    command
      .command('build')
      .description("Build kernels from Debian's source; without --rebuild only those that are missing")
      .requiredOption('--machine <name>', machineHelp)
      .option('--variant <list>', 'initramfs, disk, single, all', 'initramfs')
      .option('--rebuild', 'build also what is there, from the newest source')
      .option('--out-dir <folder>', 'copy the files there');
    command
      .command('size')
      .description('Say what costs what in a kernel, from its link map')
      .requiredOption('--machine <name>', machineHelp)
      .option('--variant <name>', 'initramfs, disk or single', 'initramfs');
  },
  async run(call): Promise<Outcome> {
    if (call.command === 'kernel list') return await list(call);
    const board = requireBoard(call);
    return call.command === 'kernel size' ? await size(call, board) : await build(call, board);
  },
};

async function list({ ctx, style }: Call): Promise<Outcome> {
  const { openStore } = await import('../../store/store.ts');
  const { findKernel } = await import('../../runtime/kernel/ensure-kernel.ts');
  const store = await openStore(ctx);
  const kernels: { machine: string; variant: KernelVariant; built: KernelFiles | null }[] = [];
  for (const board of boards) {
    for (const variant of board.kernels) {
      kernels.push({ machine: board.name, variant, built: (await findKernel(ctx, store, board, variant)) ?? null });
    }
  }
  const rows = kernels.map(({ machine, variant, built }) => [machine, variant, ...stateOf(built)]);
  const head = ['machine', 'variant', 'version', 'in flash', 'recipe'].map((text) => style.bold(text));
  return { data: { kernels }, text: `${formatTable([head, ...rows], [3])}\n` };
}

function stateOf(kernel: KernelFiles | null): readonly string[] {
  if (kernel === null) return ['not built yet', '', ''];
  const flash = kernel.files['bin.lzma'] ?? kernel.files['bzImage'] ?? kernel.files['vmlinux'];
  return [kernel.release, formatBytes(flash?.sizeBytes ?? 0), kernel.recipe.slice(7, 19)];
}

async function build(call: Call, board: Board): Promise<Outcome> {
  const { ctx, options } = call;
  const { buildKernelFiles } = await import('../../pipeline/boot/build-kernel-files.ts');
  const kernels = await buildKernelFiles(ctx, board, {
    variants: variantsOf(options.variant as string, board),
    rebuild: options.rebuild === true,
    outDir: options.outDir as string | undefined,
  });
  const rows = kernels.map((kernel) => [board.name, kernel.variant, ...stateOf(kernel)]);
  return { data: { kernels }, text: `${formatTable(rows, [3])}\n` };
}

async function size(call: Call, board: Board): Promise<Outcome> {
  const [variant] = variantsOf(call.options.variant as string, board);
  if (variant === undefined) throw new Error('a kernel without a variant');
  const { kernelSizes } = await import('../../pipeline/boot/kernel-sizes.ts');
  const { kernel, parts } = await kernelSizes(call.ctx, board, variant);
  const rows = parts.map(({ name, sizeBytes }) => [formatBytes(sizeBytes), name]);
  const total = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const text = `${formatTable([...rows, [formatBytes(total), 'in all, in memory, before compression']], [0])}\n`;
  return { data: { machine: board.name, variant, release: kernel.release, parts }, text };
}

function requireBoard(call: Call): Board {
  const board = boardOption(call);
  if (board !== undefined) return board;
  throw new KilopyError('KP1001', `there is no machine ${String(call.options.machine)} that boots`, {
    fix: 'kilopy kernel list',
  });
}

function variantsOf(text: string, board: Board): readonly KernelVariant[] {
  if (text === 'all') return board.kernels;
  return text.split(',').map((name) => {
    const variant = board.kernels.find((one) => one === name.trim());
    if (variant !== undefined) return variant;
    throw new KilopyError('KP9213', `there is no kernel ${name} for ${board.name}`, {
      fix: `choose from ${board.kernels.join(', ') || 'the machines of kilopy kernel list'}`,
    });
  });
}
