import { Option } from 'commander';
import type { CopyResult } from '../../pipeline/registry/copy.ts';
import type { Call, CommandModule, Outcome } from '../command.ts';
import { addRegistryOptions } from '../registry-options.ts';
import { formatBytes } from '../ui/bytes.ts';
import { pushText } from '../ui/push-text.ts';

export const copyCommand: CommandModule = {
  configure(command) {
    command
      .description(
        'Copy an image between registries, OCI layouts and archives without changing a byte of it. Paths begin with ./ or / or end in .tar; everything else is a reference.',
      )
      .argument('<from>', 'a reference, an archive or a layout')
      .argument('<to>', 'a reference, NAME.tar for an archive, or ./NAME for a layout')
      .addOption(new Option('--all', 'every platform of an index (the usual thing for files)').conflicts('platform'))
      .addOption(new Option('--platform <name>', 'of an index, the image for linux/arm64 or the like'));
    addRegistryOptions(command);
  },
  run: async (call) => await copied(call, call.args[1] ?? ''),
};

/** Does the work of `copy` and `pull`. */
export async function copied({ ctx, args, options, style }: Call, to: string): Promise<Outcome> {
  const { copyImage } = await import('../../pipeline/registry/copy.ts');
  const result = await copyImage(ctx, {
    from: args[0] ?? '',
    to,
    platform: options.all === true ? 'all' : (options.platform as string | undefined),
    plainHttp: options.plainHttp as string[],
  });
  return { data: { ...result }, text: copyText(result, style) };
}

function copyText(result: CopyResult, style: Call['style']): string {
  if (result.pushed !== undefined) return pushText(result.to, result.pushed, style);
  const what = result.platforms === 1 ? 'one platform' : `${String(result.platforms)} platforms`;
  return `${style.bold(result.to)}\n${result.digest}\n${what}, ${formatBytes(result.sizeBytes)} bytes\n`;
}
