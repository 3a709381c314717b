import { resolve } from 'node:path';
import type { CommandModule, Outcome } from '../command.ts';
import { diffText } from '../ui/diff-text.ts';

export const diffCommand: CommandModule = {
  configure(command) {
    command
      .description(
        'Compare two images, archives, folders or packages down to the mode bits. Ends with 0 when they are the same, else 1.',
      )
      .argument('<before>', 'OCI archive or layout, docker archive, root file system (tar, folder) or .deb')
      .argument('<after>', 'the other one')
      .option('--platform <name>', 'of several images, the one for linux/arm64 or the like')
      .option('--tag <name>', 'of several images, this one')
      .option('--times', 'modification times count too');
  },
  async run({ ctx, args, options, style }): Promise<Outcome> {
    const { diff } = await import('../../pipeline/diff-images.ts');
    const result = await diff(ctx, {
      before: resolve(ctx.cwd, args[0] ?? ''),
      after: resolve(ctx.cwd, args[1] ?? ''),
      choice: { platform: options.platform as string | undefined, tag: options.tag as string | undefined },
      times: options.times === true,
    });
    return { exitCode: result.same ? 0 : 1, data: { ...result }, text: diffText(result, style) };
  },
};
