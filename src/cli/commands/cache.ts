import { KilopyError } from '../../errors/kilopy-error.ts';
import type { CommandModule } from '../command.ts';
import { formatBytes, formatSize } from '../ui/bytes.ts';
import { formatTable } from '../ui/table.ts';

const dayMs = 24 * 3600 * 1000;

export const cacheCommand: CommandModule = {
  configure(command) {
    command
      .command('info')
      .summary('Say where the store is and how big')
      .description('Say where the store is and how big.');
    command
      .command('clean')
      .summary('Remove what was not used lately')
      .description('Remove what was not used lately. Everything in the store can be downloaded or made again.')
      .option('--all', 'remove everything')
      .option('--older-than <days>', 'remove what was not used for so many days', '30')
      .option('--dry-run', 'only say what would be removed');
  },
  async run({ ctx, options, command }) {
    const { openStore } = await import('../../store/store.ts');
    const store = await openStore(ctx);
    if (command === 'cache info') {
      const info = await store.info();
      const text = formatTable(
        [
          ['blobs', String(info.blobs.count), `${formatBytes(info.blobs.sizeBytes)} B`],
          ['broken-off downloads', String(info.partial.count), `${formatBytes(info.partial.sizeBytes)} B`],
          ['remembered results', String(info.derived.count), ''],
        ],
        [1, 2],
      );
      return { data: { ...info }, text: `${info.root}\n${text}\n` };
    }
    const days = Number(options.olderThan);
    if (!Number.isFinite(days) || days < 0) {
      throw new KilopyError('KP1001', `--older-than takes a number of days, not ${String(options.olderThan)}`);
    }
    const dryRun = options.dryRun === true;
    const result = await store.clean({ unusedForMs: options.all === true ? 0 : days * dayMs, dryRun });
    const verb = dryRun ? 'would remove' : 'removed';
    return {
      data: { root: store.root, dryRun, ...result },
      text: `${verb} ${String(result.removedFiles)} files, ${formatSize(result.removedBytes)}\n`,
    };
  },
};
