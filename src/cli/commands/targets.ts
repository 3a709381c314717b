import type { CommandModule } from '../command.ts';
import { formatTable } from '../ui/table.ts';

export const targetsCommand: CommandModule = {
  configure(command) {
    command.option('--base <name>', 'only those that this base has');
  },
  async run({ options, style }) {
    const [{ targets }, { bases, findBase }] = await Promise.all([
      import('../../spec/targets.ts'),
      import('../../spec/bases.ts'),
    ]);
    const wanted = options.base as string | undefined;
    const shown = wanted === undefined ? targets : findBase(wanted).targets;
    const rows = shown.map((target) => ({
      name: target.name,
      description: target.description,
      aliases: [...target.aliases],
      bases: bases.filter((base) => base.available && base.targets.includes(target)).map((base) => base.name),
      debian: target.debian,
      alpine: target.alpine,
      openwrt: target.openwrt,
    }));
    const text = formatTable([
      ['target', 'machines', 'Debian', 'Alpine', 'also known as', 'bases now'].map((head) => style.bold(head)),
      ...rows.map((row) => [
        row.name,
        row.description,
        row.debian ?? '-',
        row.alpine ?? '-',
        row.aliases.join(' '),
        row.bases.join(' ') || '-',
      ]),
    ]);
    return { data: { targets: rows }, text: `${text}\n` };
  },
};
