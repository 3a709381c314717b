import type { CommandModule } from '../command.ts';
import { formatTable } from '../ui/table.ts';

export const machinesCommand: CommandModule = {
  configure() {},
  async run({ ctx, style }) {
    const { boards } = await import('../../machine/qemu-system/boards.ts');
    const { listInstances } = await import('../../machine/qemu-system/instances.ts');
    const running = await listInstances(ctx);
    const rows = await Promise.all(
      boards.map(async ({ name, target, program, debianPackage, description, kernels }) => ({
        name,
        target,
        emulator: (await ctx.tools.find(program)) === undefined ? `missing: ${debianPackage}` : program,
        kernels,
        description,
      })),
    );
    const head = ['machine', 'target', 'emulator', ''].map((text) => style.bold(text));
    const table = formatTable([head, ...rows.map((row) => [row.name, row.target, row.emulator, row.description])]);
    const below = running.map(({ id, machine, urls }) => [id, machine, ...urls]);
    const background =
      below.length === 0 ? 'None runs in the background.' : `In the background:\n${formatTable(below)}`;
    return { data: { machines: rows, running }, text: `${table}\n\n${background}\n` };
  },
};
