import { Option } from 'commander';
import { resolve } from 'node:path';
import type { CommandModule, Outcome } from '../command.ts';
import { inspectText } from '../ui/inspect-text.ts';
import { topOption } from './size.ts';

export const inspectCommand: CommandModule = {
  configure(command) {
    command
      .description(
        'Look into an image that exists: OCI layout or archive, docker archive, root file system (tar, folder) or .deb.',
      )
      .argument('<file>', 'an archive or folder')
      .addOption(new Option('--platform <name>', 'of several images, those for linux/arm64 or the like'))
      .addOption(new Option('--tag <name>', 'of several images, this one'))
      .addOption(new Option('--top <n>', 'so many packages and files at most'));
  },
  async run(call): Promise<Outcome> {
    const { ctx, args, options, style } = call;
    const top = topOption(call) ?? 10;
    const { inspect } = await import('../../pipeline/inspect.ts');
    const result = await inspect(ctx, resolve(ctx.cwd, args[0] ?? ''), {
      platform: options.platform as string | undefined,
      tag: options.tag as string | undefined,
    });
    return { data: { ...result }, text: inspectText(result, args[0] ?? '', top, style) };
  },
};
