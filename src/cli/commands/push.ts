import { resolve } from 'node:path';
import { addBuildOptions, buildRequest } from '../build-options.ts';
import type { CommandModule, Outcome } from '../command.ts';
import { addRegistryOptions } from '../registry-options.ts';
import { pushText } from '../ui/push-text.ts';

export const pushCommand: CommandModule = {
  configure(command) {
    command
      .description('Build an application and send its image to a registry: an index when it is for several targets.')
      .argument('<reference>', 'where to, such as ghcr.io/me/hello:1.2');
    addBuildOptions(command, 'the folder with main.py, or an archive or layout that is there already')
      .option('--out-dir <folder>', 'where the archive of the image goes', 'dist')
      .option('--compress <level>', 'default, or max: smaller and slower', 'default')
      .option('--mount-from <name...>', 'other repositories of the registry that may have layers already');
    addRegistryOptions(command);
  },
  async run(call): Promise<Outcome> {
    const { ctx, args, options, style } = call;
    const { pushBuild, pushFile } = await import('../../pipeline/registry/push.ts');
    const request = {
      reference: args[0] ?? '',
      plainHttp: options.plainHttp as string[],
      mountFrom: (options.mountFrom as string[] | undefined) ?? [],
    };
    const from = resolve(ctx.cwd, args[1] ?? '.');
    const result = (await isImage(ctx, from))
      ? await pushFile(ctx, request, from)
      : await pushBuild(ctx, request, buildRequest({ ...call, args: args.slice(1) }));
    return { data: { ...result }, text: pushText(result.reference, result, style) };
  },
};

/** A file, or a folder that is an OCI layout. */
async function isImage({ fs }: Parameters<CommandModule['run']>[0]['ctx'], path: string): Promise<boolean> {
  const stat = await fs.stat(path).catch(() => undefined);
  if (stat === undefined) return false;
  return stat.isFile() || (await fs.exists(resolve(path, 'oci-layout')));
}
